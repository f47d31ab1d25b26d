"""A trainable table of rows that Keras's optimizers treat as Keras's."""

import torch.nn.functional as F
from torch import Tensor, nn

from parity.semantics import conventions


class Embedding(nn.Embedding):
    """nn.Embedding for an optimizer of this room: keras.layers.Embedding.

    On tensorflow Keras's optimizers see each occurrence of a row by itself (see occurrences), for
    which the gradient is a sparse one there; on jax and torch it is dense. torch's own optimizers
    but SGD, SparseAdam and Adagrad refuse a sparse gradient. The rows start from
    uniform(-0.05, 0.05), torch's from a unit normal. State dicts of nn.Embedding fit.
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, keras_backend: str | None = None
    ) -> None:
        """Raises ValueError for an unknown backend."""
        is_sliced = conventions.resolve(keras_backend) == "tensorflow"
        super().__init__(num_embeddings, embedding_dim, sparse=is_sliced)

    def reset_parameters(self) -> None:
        nn.init.uniform_(self.weight, -0.05, 0.05)

    def forward(self, numbers: Tensor) -> Tensor:
        """Numbers of rows, of any shape, in; the rows out, (*shape, embedding_dim)."""
        rows = super().forward(numbers)
        if self.sparse and rows.requires_grad:
            rows.register_hook(_apart)  # type: ignore[no-untyped-call]
        return rows


def _apart(gradient: Tensor) -> Tensor:
    """The same gradient, its rows not side by side in memory.

    Where a table is looked up twice in one pass, torch puts such sparse gradients behind each
    other, as tensorflow does; those side by side it merges where their rows happen to meet.
    """
    return F.pad(gradient, (0, 1))[..., :-1]
