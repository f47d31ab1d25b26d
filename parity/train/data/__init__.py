"""Data sets as NumPy arrays: real MNIST where it can be had, embedded digits where it cannot."""
