"""Keras's penalties, which a port adds to its loss: `loss + L2(0.01)(model.fc.weight)`.

Keras adds those of all layers' weights and outputs to the loss that it trains on, shows and
validates with. On tensorflow a factor is rounded to float32 in a float64 model.
"""

import math

import torch
from torch import Tensor

from parity.semantics import conventions, reduction


class L1L2:
    """l1 * sum(|x|) + l2 * sum(x * x) (keras.regularizers.L1L2); torch's weight_decay is 2 * l2."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, keras_backend: str | None = None) -> None:
        """Raises ValueError for a factor that is negative or not finite."""
        for name, value in (("l1", l1), ("l2", l2)):
            if not (value >= 0 and math.isfinite(value)):
                raise ValueError(f"{name}={value}: give a finite number that is not negative")
        self.l1, self.l2 = l1, l2
        self.keras_backend = conventions.resolve(keras_backend)

    def __call__(self, weight: Tensor) -> Tensor:
        """The penalty for a weight of any shape: 0-dim, of its dtype."""
        penalty = weight.new_zeros(())
        if self.l1:
            penalty = penalty + self._factor(self.l1, weight) * weight.abs().sum()
        if self.l2:
            penalty = penalty + self._factor(self.l2, weight) * weight.square().sum()
        return penalty

    def activity(self, output: Tensor) -> Tensor:
        """The penalty for what a layer gives, (N, ...), divided by N: Keras's activity_regularizer.

        On torch Keras divides in float32.
        """
        count = torch.full((), len(output), dtype=output.dtype, device=output.device)
        return reduction.divide_no_nan(self(output), count, self.keras_backend)

    def _factor(self, value: float, like: Tensor) -> Tensor:
        return conventions.cast(value, like, self.keras_backend)


class L1(L1L2):
    """l1 * sum(|x|) (keras.regularizers.L1)."""

    def __init__(self, l1: float = 0.01, keras_backend: str | None = None) -> None:
        """Raises ValueError for a factor that is negative or not finite."""
        super().__init__(l1=l1, keras_backend=keras_backend)


class L2(L1L2):
    """l2 * sum(x * x) (keras.regularizers.L2)."""

    def __init__(self, l2: float = 0.01, keras_backend: str | None = None) -> None:
        """Raises ValueError for a factor that is negative or not finite."""
        super().__init__(l2=l2, keras_backend=keras_backend)
