"""kimm's MobileViT against timm's: other epsilons, and patches unfolded into the batch."""

from typing import Any

from benchmarks.zoo.by_hand import fill_by_name

KIND = "vision"
PACKAGES = ("kimm", "timm")
TRUTH = {"layernorm-epsilon": 21}
SHAPE = (64, 64, 3)
CHANNELS_FIRST = True


def keras_model() -> Any:
    from kimm.models import MobileViTXXS

    return MobileViTXXS(
        input_shape=(64, 64, 3),
        weights=None,
        classes=10,
        classifier_activation="linear",
        include_preprocessing=False,
    )


def torch_module() -> Any:
    import timm

    return timm.create_model("mobilevit_xxs", num_classes=10)


def copy(keras_model: Any, module: Any) -> None:
    names = (
        (r"^.*/", ""),
        ("^classifier", "head.fc"),
        ("conv_pw_", "conv1_1x1_"),
        ("conv_dw_", "conv2_kxk_"),
        ("conv_pwl_", "conv3_1x1_"),
        ("_(dw)?conv2d$", ".conv"),
        ("_bn$", ".bn"),
        (r"^stages_(\d)_(\d)_", r"stages.\1.\2."),
        (r"transformer_(\d)_", r"transformer.\1."),
        ("(attn|mlp)_", r"\1."),
    )
    fill_by_name(keras_model, module, names)


def mend(module: Any) -> None:
    from torch import nn

    for part in module.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = 1e-6
