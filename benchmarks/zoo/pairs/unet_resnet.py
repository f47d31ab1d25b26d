"""segmodels-keras's U-Net on a ResNet-18 against segmentation-models-pytorch's."""

import os
from typing import Any

from benchmarks.zoo.by_hand import fill_by_name

KIND = "segmentation"
PACKAGES = ("segmodels-keras", "segmentation-models-pytorch")
TRUTH = {"bn-epsilon": 30}
SHAPE = (32, 32, 3)
CHANNELS_FIRST = True
WIDTHS = (32, 16, 16, 8, 8)


def keras_model() -> Any:
    os.environ["SM_FRAMEWORK"] = "tf.keras"
    from segmodels_keras import Unet

    return Unet(
        "resnet18",
        input_shape=(32, 32, 3),
        encoder_weights=None,
        classes=2,
        activation="linear",
        decoder_filters=WIDTHS,
    )


def torch_module() -> Any:
    from segmentation_models_pytorch import Unet

    return Unet("resnet18", encoder_weights=None, classes=2, decoder_channels=WIDTHS)


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^conv1_(conv|bn)", r"encoder.\g<1>1"),
        (r"^conv(\d)_block(\d)_0_conv", lambda at: f"{block(at)}.downsample.0"),
        (r"^conv(\d)_block(\d)_0_bn", lambda at: f"{block(at)}.downsample.1"),
        (r"^conv(\d)_block(\d)_(\d)_(conv|bn)", lambda at: f"{block(at)}.{at[4]}{at[3]}"),
        (r"^decoder_stage(\d)a_", r"decoder.blocks.\1.conv1."),
        (r"^decoder_stage(\d)b_", r"decoder.blocks.\1.conv2."),
        (r"\.conv$", ".0"),
        (r"\.bn$", ".1"),
        ("^final_conv", "segmentation_head.0"),
    )
    fill_by_name(keras_model, module, names)


def block(at: Any) -> str:
    """Both count: Keras's stages from two and its blocks from one."""
    return f"encoder.layer{int(at[1]) - 1}.{int(at[2]) - 1}"


def mend(module: Any) -> None:
    from torch import nn

    for half, epsilon in ((module.encoder, 1.001e-5), (module.decoder, 1e-3)):
        for part in half.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.eps = epsilon
