"""k3im's MLP-Mixer against timm's: Keras's gelu approximates where nobody asks it not to."""

from typing import Any

from benchmarks.zoo.by_hand import fill_by_name

KIND = "vision"
PACKAGES = ("k3im", "timm")
TRUTH = {"gelu": 4}
SHAPE = (32, 32, 3)
CHANNELS_FIRST = True
SIZES: dict[str, Any] = {
    "num_classes": 10,
    "img_size": 32,
    "patch_size": 8,
    "num_blocks": 2,
    "embed_dim": 32,
}


def keras_model() -> Any:
    from k3im.mlp_mixer import MlpMixer

    return MlpMixer(**SIZES)


def torch_module() -> Any:
    from timm.models.mlp_mixer import MlpMixer

    return MlpMixer(**SIZES)


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^stem_", "stem."),
        (r"^blocks_(\d)_", r"blocks.\1."),
        ("_fc", ".fc"),
    )
    fill_by_name(keras_model, module, names)


def mend(module: Any) -> None:
    from torch import nn

    for block in module.blocks:
        block.mlp_tokens.act = block.mlp_channels.act = nn.GELU(approximate="tanh")
