"""aeon's InceptionTime against tsai's, at the depth of one residual."""

from typing import Any

from benchmarks.zoo.by_hand import fill, owners

KIND = "time series"
PACKAGES = ("aeon", "tsai")
TRUTH = {"bn-epsilon": 4}
SHAPE = (64, 4)
CHANNELS_FIRST = True


def keras_model() -> Any:
    import keras
    from aeon.networks import InceptionNetwork

    network = InceptionNetwork(n_filters=8, bottleneck_size=8, depth=3, kernel_size=39)
    inputs, features = network.build_network((64, 4))
    return keras.Model(inputs, keras.layers.Dense(5)(features))


def torch_module() -> Any:
    from tsai.models.InceptionTime import InceptionTime

    return InceptionTime(4, 5, nf=8, ks=39, depth=3)


def copy(keras_model: Any, module: Any) -> None:
    values = {path.split("/")[-1]: value for path, value in owners(keras_model).items()}
    convolutions = sorted((name for name in values if name.startswith("conv1d")), key=number)
    norms = sorted((name for name in values if name.startswith("batch")), key=number)
    block = module.inceptionblock
    for inception in block.inception:
        parts = [inception.bottleneck, *inception.convs, inception.maxconvpool[1]]
        for part in parts:
            fill(part, values[convolutions.pop(0)])
        fill(inception.bn, values[norms.pop(0)])
    fill(block.shortcut[0][0], values[convolutions.pop(0)])
    fill(block.shortcut[0][1], values[norms.pop(0)])
    (dense,) = (name for name in values if name.startswith("dense"))
    fill(module.fc, values[dense])
    assert not [*convolutions, *norms]


def number(name: str) -> int:
    """Of a layer's name as Keras counts them."""
    end = name.rsplit("_", 1)[-1]
    return int(end) if end.isdigit() else 0


def mend(module: Any) -> None:
    import torch

    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm1d):
            part.eps = 1e-3
