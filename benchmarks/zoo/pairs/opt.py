"""keras-hub's OPT against transformers': positions are counted from two on, in a longer table."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}
UNUSED = 2  # rows of the port's positions


def inputs() -> dict[str, np.ndarray]:
    """Without padding: transformers gives it a position of its own."""
    draw = np.random.default_rng(0)
    return {
        "token_ids": draw.integers(0, 100, (3, 7)).astype(np.int32),
        "padding_mask": np.ones((3, 7), np.int32),
    }


def keras_model() -> Any:
    from keras_hub.models import OPTBackbone

    return OPTBackbone(100, 2, 4, 32, 64, max_sequence_length=24)


def torch_module() -> Any:
    from torch import nn
    from transformers import OPTConfig, OPTModel

    config = OPTConfig(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        word_embed_proj_dim=32,
        ffn_dim=64,
        max_position_embeddings=24,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.opt = OPTModel(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.opt(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    import torch
    from torch import nn

    names = (
        ("^embeddings/token_embedding", "opt.decoder.embed_tokens"),
        ("^embeddings/position_embedding", "opt.decoder.embed_positions"),
        ("^layer_norm", "opt.decoder.final_layer_norm"),
        (r"^transformer_layer_(\d)/", r"opt.decoder.layers.\1."),
        ("self_attention/attention_output", "self_attn.out_proj"),
        (r"self_attention/(\w).*$", r"self_attn.\1_proj"),
        ("self_attention_layer_norm", "self_attn_layer_norm"),
        ("feedforward_layer_norm", "final_layer_norm"),
        ("feedforward_intermediate_dense", "fc1"),
        ("feedforward_output_dense", "fc2"),
    )
    positions = module.opt.decoder.embed_positions
    unused, used = positions.weight.detach().tensor_split([UNUSED])
    positions.weight = nn.Parameter(used)
    fill_by_name(keras_model, module, names)
    positions.weight = nn.Parameter(torch.cat([unused, positions.weight.detach()]))
