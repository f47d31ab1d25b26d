"""keras-rs's cross layers against deepctr-torch's, which holds all of them in one parameter."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, put

KIND = "tabular"
PACKAGES = ("keras-rs", "deepctr-torch")
TRUTH: dict[str, int] = {}
SHAPE = (6,)


def keras_model() -> Any:
    import keras
    from keras_rs.layers import FeatureCross

    x = inputs = keras.Input((6,))
    for _ in range(3):
        x = FeatureCross()(inputs, x)
    return keras.Model(inputs, keras.layers.Dense(2)(x))


def torch_module() -> Any:
    from deepctr_torch.layers import CrossNet
    from torch import nn

    return nn.Sequential(CrossNet(6, 3, "matrix"), nn.Linear(6, 2))


def copy(keras_model: Any, module: Any) -> None:
    *crosses, dense = owners(keras_model).values()
    put(module[0].kernels, np.stack([cross["kernel"].T for cross in crosses]))
    put(module[0].bias, np.stack([cross["bias"][:, None] for cross in crosses]))
    fill(module[1], dense)
