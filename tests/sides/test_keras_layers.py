"""Keras's layers, computed by torch, give what Keras's own give."""

from typing import Any

import numpy as np
import pytest
import torch

from parity.records.comparison import Array
from parity.sides.keras_layers import keras_layer
from parity.sides.process import Sides
from tests.semantics.keras_answers.floatx import floatx

IMAGE, SIGNAL, FEATURES = (2, 7, 6, 3), (2, 9, 4), (2, 5)
CASES: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("Dense", {"units": 4}, FEATURES),
    ("Dense", {"units": 4, "use_bias": False}, SIGNAL),
    ("Conv1D", {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, SIGNAL),
    ("Conv2D", {"filters": 4, "kernel_size": (3, 2), "padding": "same", "strides": 2}, IMAGE),
    ("Conv1D", {"filters": 4, "kernel_size": 4, "groups": 2}, SIGNAL),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, IMAGE),
    ("AveragePooling2D", {"pool_size": 2, "padding": "same"}, IMAGE),
    ("AveragePooling1D", {"pool_size": 2}, SIGNAL),
    ("GlobalMaxPooling2D", {"keepdims": True}, IMAGE),
    ("GlobalAveragePooling1D", {}, SIGNAL),
    ("BatchNormalization", {"epsilon": 0.01}, IMAGE),
    ("LayerNormalization", {"epsilon": 0.01, "center": False}, SIGNAL),
    ("LayerNormalization", {"axis": [1, 2]}, IMAGE),
    ("LayerNormalization", {"axis": (3, 1), "epsilon": 0.1}, IMAGE),
    ("RMSNormalization", {"epsilon": 0.1}, SIGNAL),
    ("RMSNormalization", {"axis": [2, 3]}, IMAGE),
    ("GroupNormalization", {"groups": 2, "epsilon": 0.1}, SIGNAL),
    ("GroupNormalization", {"groups": -1, "axis": 1}, IMAGE),
    ("UnitNormalization", {}, FEATURES),
    ("UnitNormalization", {"axis": [1, 2]}, IMAGE),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2, "padding": "same"}, IMAGE),
    ("DepthwiseConv1D", {"kernel_size": 3, "strides": 2, "use_bias": False}, SIGNAL),
    ("Normalization", {"mean": [0.5, 1.0, 2.0], "variance": [1.0, 4.0, 0.5]}, IMAGE),
    ("Normalization", {"axis": None, "mean": 0.5, "variance": 4.0, "invert": True}, IMAGE),
    ("Normalization", {"axis": 2, "mean": [0.5, 1, 2, 4, 0, 3], "variance": [4] * 6}, IMAGE),
    ("Rescaling", {"scale": 0.5, "offset": -1.0}, IMAGE),
    ("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, IMAGE),
    ("ZeroPadding1D", {"padding": (1, 2)}, SIGNAL),
    ("Cropping2D", {"cropping": ((1, 0), (0, 2))}, IMAGE),
    ("UpSampling2D", {"size": (2, 3)}, IMAGE),
    ("Permute", {"dims": (2, 1, 3)}, IMAGE),
    ("Flatten", {}, IMAGE),
    ("Reshape", {"target_shape": (6, 6)}, SIGNAL),
    ("RepeatVector", {"n": 3}, FEATURES),
]
OPERATIONS: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("Transpose", {"axes": (0, 2, 1, 3)}, IMAGE),
    ("Transpose", {"axes": None}, SIGNAL),
    ("Swapaxes", {"axis1": 1, "axis2": -1}, IMAGE),
    ("Moveaxis", {"source": (1, 2), "destination": (3, 1)}, IMAGE),
    ("Reshape", {"newshape": (-1, 6, 6)}, SIGNAL),
    ("Normalize", {"axis": -1, "order": 2}, IMAGE),
    ("Normalize", {"axis": 1, "order": 1}, SIGNAL),
    *((kind, {}, SIGNAL) for kind in ("Sin", "Sign", "Round", "Rsqrt", "Reciprocal", "Expm1")),
]


def of_keras(kind: str, given: dict[str, Any], x: Array) -> tuple[Array, dict[str, Any], Any]:
    """What the layer gives in float64, its settings, and its weights by role."""
    from keras import layers

    generator = np.random.default_rng(0)
    with floatx("float64"):
        layer = getattr(layers, kind)(**given)
        layer.build(x.shape)
        for variable in layer.variables:
            variable.assign(generator.uniform(0.5, 1.5, variable.shape))
        weights = {variable.name: np.array(variable) for variable in layer.weights}
        plain = {n: list(v) if isinstance(v, list) else v for n, v in layer.get_config().items()}
        return np.array(layer(x)), plain, weights


@pytest.mark.parametrize(("kind", "given", "shape"), CASES, ids=str)
@pytest.mark.parametrize("is_first", [False, True], ids=["last", "first"])
def test_a_layer_gives_what_keras_gives(
    sides: Sides, kind: str, given: dict[str, Any], shape: tuple[int, ...], is_first: bool
) -> None:
    x = np.random.default_rng(1).normal(size=shape)
    wanted, config, weights = sides.keras.run(of_keras, kind, given, x)
    rank = len(shape)
    axes = (0, *range(2, rank), 1) if is_first else tuple(range(rank))
    order = [axes.index(axis) for axis in range(rank)]
    taken = torch.from_numpy(x).permute(order)
    found = keras_layer(taken, kind, config, axes, **weights).numpy()
    found = found.transpose(axes) if found.ndim == rank else found
    assert found.shape == wanted.shape
    assert np.allclose(found, wanted, rtol=1e-7, atol=1e-7)


def operated(kind: str, config: dict[str, Any], x: Array) -> Array:
    from keras.src import ops

    homes = (getattr(home, kind, None) for home in (ops.numpy, ops.nn, ops.math))
    return np.array(next(filter(None, homes))(**config)(x))


def test_an_operation_gives_what_keras_gives(sides: Sides) -> None:
    for kind, config, shape in OPERATIONS:
        x = np.random.default_rng(1).normal(size=shape)
        wanted = sides.keras.run(operated, kind, config, x)
        found = keras_layer(torch.from_numpy(x), kind, config, range(len(shape))).numpy()
        assert np.allclose(found, wanted, rtol=1e-12, atol=0, equal_nan=True), kind
