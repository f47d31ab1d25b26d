"""The Keras models. Each has a PyTorch twin of the same name in torch_port/."""
