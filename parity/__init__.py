"""Know, not hope, that a PyTorch translation is the Keras model it came from."""
