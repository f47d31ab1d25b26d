"""keras-hub's Gemma against transformers': kernels that lead with the heads, norms of 1 + scale."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, put, translated

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
    from keras_hub.models import GemmaBackbone

    return GemmaBackbone(100, 2, 4, 2, 32, 128, 8)


def torch_module() -> Any:
    from torch import nn
    from transformers import GemmaConfig, GemmaModel

    config = GemmaConfig(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        hidden_size=32,
        intermediate_size=64,  # of each of both halves that Keras counts together
        head_dim=8,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gemma = GemmaModel(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.gemma(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        (r"^decoder_block_(\d)/", r"gemma.layers.\1."),
        ("^token_embedding", "gemma.embed_tokens"),
        ("^final_normalization", "gemma.norm"),
        ("pre_attention_norm", "input_layernorm"),
        ("pre_ffw_norm", "post_attention_layernorm"),
        ("attention/attention_output", "self_attn.o_proj"),
        ("attention/query", "self_attn.q_proj"),
        ("attention/key", "self_attn.k_proj"),
        ("attention/value", "self_attn.v_proj"),
        ("ffw_gating_2", "mlp.up_proj"),
        ("ffw_gating", "mlp.gate_proj"),
        ("ffw_linear", "mlp.down_proj"),
    )
    for path, value in owners(keras_model).items():
        part = module.get_submodule(translated(path, names))
        if path.endswith(("query", "key", "value")):  # (heads, in, size) -> (heads x size, in)
            put(part.weight, value["kernel"].transpose(0, 2, 1).reshape(-1, 32))
        else:
            fill(part, value)
