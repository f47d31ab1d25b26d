"""keras-hub's GPT-NeoX against transformers': a part of each head turns; another gelu."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH = {"gelu": 2}


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
    from keras_hub.models import GPTNeoXBackbone

    return GPTNeoXBackbone(100, 2, 4, 32, 64, max_sequence_length=24)


def torch_module() -> Any:
    from torch import nn
    from transformers import GPTNeoXConfig, GPTNeoXModel

    config = GPTNeoXConfig(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        intermediate_size=64,
        max_position_embeddings=24,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.neox = GPTNeoXModel(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.neox(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    """Keras keeps q, k and v in one kernel, head by head, as the port does."""
    names = (
        ("^token_embedding", "neox.embed_in"),
        ("^layer_norm", "neox.final_layer_norm"),
        (r"^transformer_layer_(\d)/", r"neox.layers.\1."),
        ("self_attention/attention_output", "attention.dense"),
        ("self_attention/", "attention."),
        ("self_attention_layer_norm", "input_layernorm"),
        ("feedforward_layer_norm", "post_attention_layernorm"),
        ("feedforward_intermediate_dense", "mlp.dense_h_to_4h"),
        ("feedforward_output_dense", "mlp.dense_4h_to_h"),
    )
    fill_by_name(keras_model, module, names)


def mend(module: Any) -> None:
    from torch import nn

    for layer in module.neox.layers:
        layer.mlp.act = nn.GELU(approximate="tanh")
