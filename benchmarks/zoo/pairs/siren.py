"""tf-siren against siren-pytorch: a picture as a function of its coordinates, sines throughout."""

from typing import Any

from benchmarks.zoo.by_hand import leaves, owners, put

KIND = "generative"
PACKAGES = ("tf-siren", "siren-pytorch")
TRUTH: dict[str, int] = {}
SHAPE = (2,)


def keras_model() -> Any:
    import keras
    from tf_siren import SIRENModel

    inputs = keras.Input((2,))
    model = SIRENModel(units=16, final_units=3, num_layers=3, w0=1.0, w0_initial=30.0)
    return keras.Model(inputs, model(inputs))


def torch_module() -> Any:
    from siren_pytorch import SirenNet

    return SirenNet(2, 16, 3, 3)


def copy(keras_model: Any, module: Any) -> None:
    for part, values in zip(leaves(module), owners(keras_model).values(), strict=True):
        put(part.weight, values["kernel"].T)
        put(part.bias, values["bias"])
