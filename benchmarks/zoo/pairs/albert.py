"""keras-hub's ALBERT against transformers': one layer's weights, called as often as there are
layers."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    """Words first and padding behind them, as text is: a query without a key is nobody's case."""
    draw = np.random.default_rng(0)
    mask = np.ones((3, 7), np.int32)
    mask[1, 5:] = 0
    return {
        "token_ids": draw.integers(0, 50, (3, 7)).astype(np.int32),
        "segment_ids": draw.integers(0, 2, (3, 7)).astype(np.int32),
        "padding_mask": mask,
    }


def keras_model() -> Any:
    from keras_hub.models import AlbertBackbone

    return AlbertBackbone(
        vocabulary_size=50,
        num_layers=2,
        num_heads=4,
        embedding_dim=12,
        hidden_dim=16,
        intermediate_dim=24,
        max_sequence_length=24,
    )


def torch_module() -> Any:
    from torch import nn
    from transformers import AlbertConfig, AlbertModel

    config = AlbertConfig(
        vocab_size=50,
        num_hidden_layers=2,
        num_attention_heads=4,
        embedding_size=12,
        hidden_size=16,
        intermediate_size=24,
        max_position_embeddings=24,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.albert = AlbertModel(config)

        def forward(self, token_ids: Any, segment_ids: Any, padding_mask: Any) -> dict[str, Any]:
            found = self.albert(token_ids, padding_mask, segment_ids)
            return {
                "sequence_output": found.last_hidden_state,
                "pooled_output": found.pooler_output,
            }

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^token_embedding", "albert.embeddings.word_embeddings"),
        ("^position_embedding", "albert.embeddings.position_embeddings"),
        ("^segment_embedding", "albert.embeddings.token_type_embeddings"),
        ("^embeddings_layer_norm", "albert.embeddings.LayerNorm"),
        ("^embedding_projection", "albert.encoder.embedding_hidden_mapping_in"),
        ("^pooled_dense", "albert.pooler"),
        ("^group_0_inner_layer_0/", "albert.encoder.albert_layer_groups.0.albert_layers.0."),
        ("self_attention_layer/attention_output", "attention.dense"),
        ("self_attention_layer/", "attention."),
        ("self_attention_layer_norm", "attention.LayerNorm"),
        ("feedforward_layer_norm", "full_layer_layer_norm"),
        ("feedforward_intermediate_dense", "ffn"),
        ("feedforward_output_dense", "ffn_output"),
    )
    fill_by_name(keras_model, module, names)
