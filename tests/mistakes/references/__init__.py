"""Keras files of pairs that exist for the tests alone: what the six models do not use."""
