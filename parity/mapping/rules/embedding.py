"""Embedding."""

from parity.mapping.layout_moves import COPY
from parity.mapping.rules.registry import Context, Place, Places, rule


@rule("Embedding", torch=("Embedding", "embedding", "getitem"), operation="embedding")
def embedding(context: Context) -> Places:
    """One row a token on both sides. torch's padding_idx row is a row like any other in Keras."""
    return Places((Place("embeddings", COPY, "weight"),))
