"""The PyTorch translations. Each has a Keras twin of the same name in keras_reference/."""
