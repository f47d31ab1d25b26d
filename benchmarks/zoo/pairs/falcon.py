"""keras-hub's Falcon against transformers': query, key and value packed by head, and ALiBi."""

import re
from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, translated

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    """Words first and padding behind them, as text is: a query without a key is nobody's case."""
    draw = np.random.default_rng(0)
    mask = np.ones((3, 7), np.int32)
    mask[1, 5:] = 0
    return {
        "token_ids": draw.integers(0, 100, (3, 7)).astype(np.int32),
        "padding_mask": mask,
    }


def keras_model() -> Any:
    from keras_hub.models import FalconBackbone

    return FalconBackbone(100, 2, 4, 32, 128)


def torch_module() -> Any:
    from torch import nn
    from transformers import FalconConfig, FalconModel

    config = FalconConfig(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        alibi=True,
        multi_query=False,
        parallel_attn=False,
        bias=True,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.falcon = FalconModel(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.falcon(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    values = owners(keras_model)
    names = (
        ("^token_embedding", "falcon.word_embeddings"),
        ("^final_layernorm", "falcon.ln_f"),
        ("attention/output_dense", "self_attention.dense"),
        ("dense_(h|4h)_to", r"mlp.dense_\1_to"),
        (r"^transformer_layer_(\d)/", r"falcon.h.\1."),
    )
    for path, value in values.items():
        if not re.search("(query|key|value)_dense$", path):
            fill(module.get_submodule(translated(path, names)), value)
    for number, layer in enumerate(module.falcon.h):
        path = f"transformer_layer_{number}/attention"
        parts = [values[f"{path}/{part}_dense"] for part in ("query", "key", "value")]
        kernel = np.stack([part["kernel"] for part in parts], axis=2)  # (in, heads, 3, size)
        bias = np.stack([part["bias"] for part in parts], axis=1)  # (heads, 3, size)
        fill(layer.self_attention.query_key_value, {"kernel": kernel, "bias": bias})
