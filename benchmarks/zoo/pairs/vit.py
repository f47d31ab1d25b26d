"""kimm's vision transformer against timm's, of which it is a port."""

from typing import Any

from benchmarks.zoo.by_hand import fill, owners, put, translated

KIND = "vision"
PACKAGES = ("kimm", "timm")
TRUTH: dict[str, int] = {}
SHAPE = (32, 32, 3)
CHANNELS_FIRST = True


def keras_model() -> Any:
    from kimm._src.models.vision_transformer import VisionTransformer

    return VisionTransformer(
        *(8, 32, 2, 4),
        input_shape=(32, 32, 3),
        weights=None,
        classes=10,
        classifier_activation="linear",
        include_preprocessing=False,
    )


def torch_module() -> Any:
    from timm.models.vision_transformer import VisionTransformer

    return VisionTransformer(32, 8, 3, 10, embed_dim=32, depth=2, num_heads=4)


def copy(keras_model: Any, module: Any) -> None:
    values = owners(keras_model)
    raw = values.pop("postition_embedding")
    put(module.pos_embed, raw["pos_embed"])
    put(module.cls_token, raw["cls_token"])
    names = (
        ("^patch_embed_conv", "patch_embed.proj"),
        (r"^.*/", ""),
        (r"^blocks_(\d)_", r"blocks.\1."),
        (r"(attn|mlp)_", r"\1."),
    )
    for path, value in values.items():
        fill(module.get_submodule(translated(path, names)), value)
