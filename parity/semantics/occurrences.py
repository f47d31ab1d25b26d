"""The gradient of a table whose rows are looked up: what each occurrence of a row adds to it.

Keras on tensorflow has it as tf.IndexedSlices, in which a row that is looked up twice stands
twice, and keeps it so through its optimizers: what a function is applied to (a square, a norm, a
clip) is each occurrence by itself, and only then are they added. A step of Adam divides by the
root of the sum of squares where torch (and Keras on jax and torch) has the square of the sum.
A sparse, uncoalesced gradient of torch, which nn.Embedding(sparse=True) makes, is the same thing.
"""

import torch
from torch import Tensor


def values(gradient: Tensor) -> Tensor:
    """The gradient of each occurrence, (occurrences, ...); a dense gradient is its own."""
    return gradient._values() if gradient.is_sparse else gradient


def with_values(gradient: Tensor, new: Tensor) -> Tensor:
    """These values at the places that the gradient has."""
    if not gradient.is_sparse:
        return new
    return torch.sparse_coo_tensor(gradient._indices(), new, gradient.shape, check_invariants=False)


def total(gradient: Tensor) -> Tensor:
    """The sum over all occurrences of each row: dense."""
    return gradient.to_dense() if gradient.is_sparse else gradient
