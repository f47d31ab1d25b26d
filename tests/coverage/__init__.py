"""A small Keras model for every item that the tool covers, and its faithful port, side by side."""
