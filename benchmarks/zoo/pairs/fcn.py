"""aeon's fully convolutional network against tsai's, which has no bias and pads an even kernel."""

from typing import Any

from benchmarks.zoo.by_hand import fill, owners

KIND = "time series"
PACKAGES = ("aeon", "tsai")
TRUTH = {"bias-missing": 3, "bn-epsilon": 3}
SHAPE = (50, 3)
CHANNELS_FIRST = True


def keras_model() -> Any:
    import keras
    from aeon.networks import FCNNetwork

    inputs, features = FCNNetwork(n_filters=[16, 32, 16]).build_network((50, 3))
    return keras.Model(inputs, keras.layers.Dense(4)(features))


def torch_module() -> Any:
    from tsai.models.FCN import FCN

    return FCN(3, 4, layers=[16, 32, 16], kss=[8, 5, 3])


def copy(keras_model: Any, module: Any) -> None:
    *values, dense = owners(keras_model).values()
    for block, (conv, norm) in zip(
        (module.convblock1, module.convblock2, module.convblock3),
        zip(values[::2], values[1::2], strict=True),
        strict=True,
    ):
        convolution = getattr(block[0], "conv1d_same", block[0])
        fill(convolution, {"kernel": conv["kernel"]})
        fill(block[1], norm)
        convolution.left_out = conv["bias"]
    fill(module.fc, dense)


def mend(module: Any) -> None:
    import torch

    for block in (module.convblock1, module.convblock2, module.convblock3):
        convolution = getattr(block[0], "conv1d_same", block[0])
        convolution.bias = torch.nn.Parameter(torch.from_numpy(convolution.left_out))
        block[1].eps = 1e-3
