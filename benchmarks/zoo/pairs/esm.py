"""keras-hub's ESM against transformers': positions that are turned into queries and keys."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    """Without 0, which is padding in Keras, and 2, the port's mask."""
    draw = np.random.default_rng(0)
    return {"token_ids": draw.integers(3, 100, (3, 7)).astype(np.int32)}


def keras_model() -> Any:
    from keras_hub.models import ESMBackbone

    return ESMBackbone(100, 2, 4, 32, 64)


def torch_module() -> Any:
    from torch import nn
    from transformers import EsmConfig, EsmModel

    config = EsmConfig(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        intermediate_size=64,
        position_embedding_type="rotary",
        layer_norm_eps=1e-12,
        pad_token_id=0,
        mask_token_id=2,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.esm = EsmModel(config, add_pooling_layer=False)

        def forward(self, token_ids: Any) -> Any:
            return self.esm(token_ids).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    module.esm.contact_head = None  # nothing that is compared comes of it
    names = (
        ("^token_embedding", "esm.embeddings.word_embeddings"),
        ("^output_layer_norm", "esm.encoder.emb_layer_norm_after"),
        (r"^transformer_layer_(\d)/", r"esm.encoder.layer.\1."),
        ("attention_layer/q_dense_layer", "attention.self.query"),
        ("attention_layer/k_dense_layer", "attention.self.key"),
        ("attention_layer/v_dense_layer", "attention.self.value"),
        ("attention_layer/o_dense_layer", "attention.output.dense"),
        ("attention_norm", "attention.LayerNorm"),
        ("ffn_norm", "LayerNorm"),
        ("feedforward_intermediate_dense", "intermediate.dense"),
        ("feedforward_output_dense", "output.dense"),
    )
    fill_by_name(keras_model, module, names)
