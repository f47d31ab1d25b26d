"""keras-hub's Qwen3 against transformers': queries and keys are normalised, by another epsilon."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {"layernorm-epsilon": 4}


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
    from keras_hub.models import Qwen3Backbone

    return Qwen3Backbone(100, 2, 4, 2, 8, 32, 64)


def torch_module() -> Any:
    from torch import nn
    from transformers import Qwen3Config, Qwen3Model

    config = Qwen3Config(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        num_key_value_heads=2,
        head_dim=8,
        intermediate_size=64,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qwen3 = Qwen3Model(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.qwen3(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^token_embedding", "qwen3.embed_tokens"),
        ("self_attention/attention_output", "self_attn.o_proj"),
        (r"self_attention/(query|key)_dense_layernorm", r"self_attn.\1_norm"),
        ("query_norm", "q_norm"),
        ("key_norm", "k_norm"),
        (r"self_attention/(\w).*$", r"self_attn.\1_proj"),
        ("self_attention_layernorm", "input_layernorm"),
        ("feedforward_layernorm", "post_attention_layernorm"),
        ("feedforward_intermediate_dense", "mlp.up_proj"),
        ("feedforward_gate_dense", "mlp.gate_proj"),
        ("feedforward_output_dense", "mlp.down_proj"),
        ("^sequence_output_layernorm", "qwen3.norm"),
        (r"^transformer_layer_(\d)/", r"qwen3.layers.\1."),
    )
    fill_by_name(keras_model, module, names)


def mend(module: Any) -> None:
    for layer in module.qwen3.layers:
        for norm in (layer.self_attn.q_norm, layer.self_attn.k_norm):
            norm.variance_epsilon = 1e-5
