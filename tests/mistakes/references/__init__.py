"""Keras files of pairs that exist for the tests alone: what the registered models do not use."""
