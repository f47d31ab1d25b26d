"""What a person's own function does to each value, where it is an activation by another name.

A lambda has no name that says it. It is run on numbers and held against Keras's activations; of
those with a setting, the numbers tell which.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from parity.records.comparison import Array

NUMBERS = np.random.default_rng(0).permutation(np.linspace(-8.0, 8.0, 97))
NEAR = 1e-6  # what is rounded once to float32 on the way is as near
SAME = 1e-14  # what runs the same code is
PLAIN = (
    *("relu", "relu6", "silu", "tanh", "sigmoid", "hard_sigmoid", "hard_silu", "softplus"),
    *("softsign", "mish", "selu", "exponential", "hard_tanh"),
)
LAYERS = {
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "celu": "Celu",
    "gelu": "Gelu",
}  # of those with a setting

Function = Callable[[Array], Array]  # float64, of one shape on both sides


@dataclass(frozen=True)
class Known:
    """An activation. is_keras: is it Keras's own code, with what that rounds?"""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    is_keras: bool = False

    @property
    def config(self) -> str | dict[str, Any]:
        """As Keras writes an activation down in a layer's configuration."""
        if not self.settings:
            return self.name
        return {"class_name": LAYERS[self.name], "config": self.settings}


def recognised(function: Function, shape: tuple[int, ...] = NUMBERS.shape) -> Known | None:
    """The activation that a function is; None where it is none of those that are known, or cannot
    be run on float64 values of this shape."""
    numbers = np.resize(NUMBERS, shape)
    try:
        found = function(numbers)
    except Exception:  # it is the person's own
        return None
    if found.shape != numbers.shape or found.dtype != np.float64 or not np.isfinite(found).all():
        return None
    gaps = [
        (float(np.abs(found - _called(one, numbers)).max()), one)
        for one in _candidates(numbers, found)
    ]
    gap, nearest = min(gaps, key=lambda each: each[0])
    if gap > NEAR:
        return None
    return Known(nearest.name, nearest.settings, gap <= SAME)


def _candidates(numbers: Array, found: Array) -> Iterator[Known]:
    yield from map(Known, PLAIN)
    yield from (Known("gelu", {"approximate": each}) for each in (False, True))
    least = np.unravel_index(numbers.argmin(), numbers.shape)
    slope = _rounded(found[least] / numbers[least])
    yield Known("leaky_relu", {"negative_slope": slope})
    yield Known("elu", {"alpha": _rounded(found[least] / np.expm1(numbers[least]))})
    yield Known("celu", {"alpha": _rounded(_alpha_of_celu(numbers[least], found[least]))})


def _alpha_of_celu(number: float, found: float) -> float:
    """Of a number below zero: what is found falls as alpha grows."""
    low, high = 1e-3, 1e3
    for _ in range(100):
        middle = (low + high) / 2
        is_above = middle * np.expm1(number / middle) > found
        low, high = (middle, high) if is_above else (low, middle)
    return low


def _rounded(number: float) -> float:
    """As a person writes it who had it rounded to float32."""
    return float(f"{number:.7g}")


def _called(known: Known, numbers: Array) -> Array:
    function = getattr(keras.activations, known.name)
    found: Array = ops.convert_to_numpy(
        function(ops.convert_to_tensor(numbers, "float64"), **known.settings)
    )
    return found
