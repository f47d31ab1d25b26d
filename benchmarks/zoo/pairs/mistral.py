"""keras-hub's Mistral against transformers': attention that looks back over a window alone."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, translated

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}
WINDOW = 4


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
    from keras_hub.models import MistralBackbone

    return MistralBackbone(100, 2, 4, 32, 64, 2, sliding_window=WINDOW)


def torch_module() -> Any:
    from torch import nn
    from transformers import MistralConfig, MistralModel

    config = MistralConfig(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        hidden_size=32,
        intermediate_size=64,
        sliding_window=WINDOW,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mistral = MistralModel(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.mistral(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    values = owners(keras_model)
    embedding = values.pop("token_embedding")  # what turns features back into words is not used
    fill(module.mistral.embed_tokens, {"embeddings": embedding["embeddings"]})
    names = (
        ("attention_output", "o_proj"),
        ("self_attention/query", "self_attn.q_proj"),
        ("self_attention/key", "self_attn.k_proj"),
        ("self_attention/value", "self_attn.v_proj"),
        ("self_attention/", "self_attn."),
        ("self_attention_layernorm", "input_layernorm"),
        ("feedforward_layernorm", "post_attention_layernorm"),
        ("feedforward_intermediate_dense", "mlp.up_proj"),
        ("feedforward_gate_dense", "mlp.gate_proj"),
        ("feedforward_output_dense", "mlp.down_proj"),
        ("^sequence_output_layernorm", "mistral.norm"),
        (r"^transformer_layer_(\d)/", r"mistral.layers.\1."),
    )
    for path, value in values.items():
        fill(module.get_submodule(translated(path, names)), value)
