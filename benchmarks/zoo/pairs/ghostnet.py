"""kimm's GhostNet against timm's: cheap convolutions joined with their own input."""

from typing import Any

from benchmarks.zoo.by_hand import fill_by_name

KIND = "vision"
PACKAGES = ("kimm", "timm")
TRUTH: dict[str, int] = {}
SHAPE = (64, 64, 3)
CHANNELS_FIRST = True


def keras_model() -> Any:
    from kimm.models import GhostNetW050

    return GhostNetW050(
        input_shape=(64, 64, 3),
        weights=None,
        classes=10,
        classifier_activation="linear",
        include_preprocessing=False,
    )


def torch_module() -> Any:
    import timm

    return timm.create_model("ghostnet_050", num_classes=10)


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^conv_stem_conv2d", "conv_stem"),
        ("^conv_stem_bn", "bn1"),
        (r"^blocks_(\d+)_(\d+)_", r"blocks.\1.\2."),
        (r"(ghost\d)_", r"\1."),
        ("_conv_(dw)?conv2d$", "_conv.0"),
        ("_conv_bn$", "_conv.1"),
        ("_operation_dwconv2d$", "_operation.0"),
        ("_operation_bn$", "_operation.1"),
        ("conv_dw_dwconv2d", "conv_dw"),
        ("conv_dw_bn", "bn_dw"),
        ("se_conv", "se.conv"),
        ("shortcut1_dwconv2d", "shortcut.0"),
        ("shortcut1_bn", "shortcut.1"),
        ("shortcut2_conv2d", "shortcut.2"),
        ("shortcut2_bn", "shortcut.3"),
        ("^blocks_9_conv2d", "blocks.9.0.conv"),
        ("^blocks_9_bn", "blocks.9.0.bn1"),
    )
    fill_by_name(keras_model, module, names)
