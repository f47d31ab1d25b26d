"""Embedding; and keras_hub's: of positions, and one whose table gives logits, too."""

from parity.mapping.layout_moves import COPY, DENSE
from parity.mapping.rules.dense import LINEAR, MATRICES
from parity.mapping.rules.registry import Context, Place, Places, rule

TABLES = ("Embedding", "embedding", "EmbeddingBag", "embedding_bag", "getitem")


@rule("Embedding", torch=TABLES, operation="embedding")
@rule("ReversibleEmbedding", torch=TABLES, operation="embedding")
def embedding(context: Context) -> Places:
    """One row a token on both sides. torch's padding_idx row is a row like any other in Keras."""
    return Places((Place("embeddings", COPY, "weight"),))


@rule("ReversibleEmbedding", torch=(*LINEAR, *MATRICES), operation="dense")
def reversed_embedding(context: Context) -> Places:
    """Called with reverse=True, by its table, (tokens, features), as a Linear holds it, or by a
    matrix of its own, (features, tokens)."""
    weight = next((role for role, shape in context.torch.items() if len(shape) > 1), "weight")
    if "reverse_embeddings" in context.keras:
        return Places((Place("reverse_embeddings", DENSE, weight),))
    return Places((Place("embeddings", COPY, weight),))


@rule("PositionEmbedding", torch=TABLES, operation="embedding")
def position_embedding(context: Context) -> Places:
    (table,) = context.keras
    return Places((Place(table, COPY, "weight"),))
