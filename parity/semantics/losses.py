"""Keras's losses as modules, but called as torch's are: `loss(prediction, target)`.

`axis` is the axis that is the last one in Keras: -1, or 1 where the port's output is NCHW. Keras
reduces over it first, then over what is left; with reduction "none" the shape is the
prediction's without this axis.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from parity.semantics import conventions, reduction

EPSILON = 1e-7  # keras.config.epsilon()


class Loss(nn.Module, ABC):
    """The frame of every loss: align the shapes, compute, reduce (keras.losses.Loss)."""

    def __init__(self, axis: int, reduction_: str | None, keras_backend: str | None) -> None:
        super().__init__()
        self.axis = axis
        self.reduction = reduction.check(reduction_)
        self.keras_backend = conventions.resolve(keras_backend)

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """prediction and target of one shape; an axis of length 1 may be missing in one of them.

        Returns a 0-dim tensor, or one of the prediction's shape without `axis` for reduction
        "none". Raises ValueError for other shapes: nothing is broadcast.
        """
        prediction, target = align(prediction, target, self.axis)
        values = self.values(prediction, target.to(prediction.dtype))
        return reduction.reduce(values, self.reduction, self.keras_backend)

    @abstractmethod
    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The loss of every sample: the shape without `axis`."""

    def mean(self, values: Tensor) -> Tensor:
        """Keras's mean over the last axis."""
        return reduction.mean(values, self.axis, self.keras_backend)

    def extra_repr(self) -> str:
        return (
            f"axis={self.axis}, reduction={self.reduction!r}, keras_backend={self.keras_backend!r}"
        )


def align(prediction: Tensor, target: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Add or drop an axis of length 1 where the ranks differ by one, as Keras does.

    (N, 1) against (N,) is taken as (N, 1); (N, H, 1) against (N, H) as (N, H).
    Raises ValueError where the shapes still differ.
    """
    given = prediction.shape, target.shape
    if prediction.ndim == target.ndim + 1:
        prediction, target = _match(prediction, target, axis)
    elif target.ndim == prediction.ndim + 1:
        target, prediction = _match(target, prediction, axis)
    if prediction.shape != target.shape:
        raise ValueError(
            f"prediction {tuple(given[0])} and target {tuple(given[1])}: "
            "give them one shape; nothing is broadcast"
        )
    return prediction, target


def _match(longer: Tensor, shorter: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    if longer.shape[axis] != 1:
        return longer, shorter
    if shorter.ndim == 1:
        return longer, shorter.unsqueeze(-1)
    return longer.squeeze(axis), shorter


class MeanSquaredError(Loss):
    """Mean of squared differences (keras.losses.MeanSquaredError).

    On jax and torch the mean over the last axis of float64 values is computed in float32. The
    gradient is exact all the same; of the value see `parity.semantics.reduction.mean`.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        keras_backend: str | None = None,
    ) -> None:
        """Raises ValueError for an unknown reduction or backend."""
        super().__init__(axis, reduction, keras_backend)

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        return self.mean((target - prediction).square())


class MeanAbsoluteError(Loss):
    """Mean of absolute differences (keras.losses.MeanAbsoluteError); rounded as the squared one."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        keras_backend: str | None = None,
    ) -> None:
        """Raises ValueError for an unknown reduction or backend."""
        super().__init__(axis, reduction, keras_backend)

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        return self.mean((target - prediction).abs())


class Huber(Loss):
    """Half the square up to delta, a line beyond (keras.losses.Huber).

    It is torch's HuberLoss, not its SmoothL1Loss, which is divided by beta.
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        keras_backend: str | None = None,
    ) -> None:
        """Raises ValueError for a delta that is not positive, an unknown reduction or backend."""
        super().__init__(axis, reduction, keras_backend)
        if not delta > 0:
            raise ValueError(f"delta={delta}: give a positive number")
        self.delta = delta

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        error = prediction - target
        size = error.abs()
        near = 0.5 * error.square()
        far = self.delta * size - 0.5 * self.delta**2
        return self.mean(torch.where(size <= self.delta, near, far))


class KLDivergence(Loss):
    """Sum of target * log(target / prediction) over the last axis (keras.losses.KLDivergence).

    Both are probabilities and are clipped to [1e-7, 1] first; torch's KLDivLoss takes the
    logarithm of the prediction, and by default averages over all elements.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        keras_backend: str | None = None,
    ) -> None:
        """Raises ValueError for an unknown reduction or backend."""
        super().__init__(axis, reduction, keras_backend)

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        # Keras's ops.clip on torch makes tensors of its bounds, which halves the gradient there.
        backend = "jax" if self.keras_backend == "torch" else self.keras_backend
        target = clip(target, EPSILON, 1.0, backend)
        prediction = clip(prediction, EPSILON, 1.0, backend)
        return (target * (target / prediction).log()).sum(dim=self.axis)


def clip(values: Tensor, low: float, high: float, backend: str) -> Tensor:
    """Values in [low, high]. The gradient beyond is 0.

    At a bound itself it is 1 on tensorflow, 1/2 on jax, and what `clamp` has on torch.
    """
    if backend == "torch":
        return values.clamp(low, high)
    lowest = torch.full((), low, dtype=values.dtype, device=values.device)
    highest = torch.full((), high, dtype=values.dtype, device=values.device)
    if backend == "jax":
        return torch.minimum(torch.maximum(values, lowest), highest)
    return torch.where(values < lowest, lowest, torch.where(values > highest, highest, values))
