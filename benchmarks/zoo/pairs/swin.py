"""keras-hub's Swin against transformers': query, key and value in one Dense, in windows."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, put, translated

KIND = "vision"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}
SHAPE = (64, 64, 3)
SIZES = (16, [2, 2], [2, 4], 4)


def keras_model() -> Any:
    from keras_hub.models import SwinTransformerBackbone

    return SwinTransformerBackbone((64, 64, 3), *SIZES)


def torch_module() -> Any:
    from torch import nn
    from transformers import SwinConfig, SwinModel

    width, depths, heads, window = SIZES
    config = SwinConfig(
        image_size=64, embed_dim=width, depths=depths, num_heads=heads, window_size=window
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.swin = SwinModel(config, add_pooling_layer=False)

        def forward(self, images: Any) -> Any:
            return self.swin(images.permute(0, 3, 1, 2)).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^norm$", "swin.layernorm"),
        ("^patch_embedding/conv_projection", "swin.embeddings.patch_embeddings.projection"),
        ("^patch_embedding/norm", "swin.embeddings.norm"),
        (r"^stage_(\d)/", r"swin.encoder.layers.\1."),
        (r"blocks_(\d)/", r"blocks.\1."),
        ("norm1", "layernorm_before"),
        ("norm2", "layernorm_after"),
        ("attn(/|$)", r"attention\1"),
        ("attention_projection", "o_proj"),
        ("/", "."),
    )
    for path, values in owners(keras_model).items():
        name = translated(path, names)
        if path.endswith("attention_qkv"):
            for part, one in zip("qkv", _thirds(values), strict=True):
                fill(module.get_submodule(name.replace("attention_qkv", f"{part}_proj")), one)
        elif path.endswith("attn"):
            own = module.get_submodule(f"{name}.relative_position_bias")
            put(own.relative_position_bias_table, values["relative_position_bias_table"])
        else:
            fill(module.get_submodule(name), values)


def _thirds(values: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    split = {name: np.split(value, 3, axis=-1) for name, value in values.items()}
    return [{name: parts[place] for name, parts in split.items()} for place in range(3)]
