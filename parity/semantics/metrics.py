"""Keras's running metrics: means over the samples of many batches of unequal size.

What `fit` prints for an epoch is such a mean, taken while the weights move; the naive mean of
batch means weighs a short last batch too much. The last axis is Keras's: channels last. Nothing is
read back from the device before `result()` is used.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from parity.semantics import conventions, losses, reduction


class _Average:
    """Total and count, in the dtype of the values (Keras: floatx, float32 by default)."""

    def __init__(self, keras_backend: str | None = None) -> None:
        """Raises ValueError for an unknown backend."""
        self.keras_backend = conventions.resolve(keras_backend)
        self.reset()

    def reset(self) -> None:
        """Forget all batches, as Keras does at the start of an epoch."""
        self._total: Tensor | None = None
        self._count: Tensor | None = None

    def result(self) -> Tensor:
        """The mean so far, a 0-dim tensor; 0 before the first update."""
        if self._total is None or self._count is None:
            return torch.zeros(())
        return reduction.divide_no_nan(self._total, self._count, self.keras_backend)

    def _add(self, values: Tensor, weight: Tensor | float | None) -> None:
        values = values.detach()
        if not values.is_floating_point():
            values = values.to(torch.get_default_dtype())
        if weight is None:
            count = torch.full_like(values.sum(), values.shape[0] if values.ndim else 1)
        else:
            values, share = self._weigh(values, torch.as_tensor(weight).to(values))
            count = share.sum()
        total = self._mean_from(values, 1).sum()
        self._total = total if self._total is None else self._total + total
        self._count = count if self._count is None else self._count + count

    def _weigh(self, values: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Values times weight, one a sample, and the weight of each sample."""
        if values.ndim == weight.ndim + 1 and values.shape[-1] == 1:
            values = values.squeeze(-1)
        elif weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
            weight = weight.squeeze(-1)
        values = self._mean_from(values, weight.ndim)
        if weight.ndim > values.ndim or any(
            w not in (1, v) for w, v in zip(weight.shape, values.shape, strict=True)
        ):
            raise ValueError(
                f"weight {tuple(weight.shape)} does not fit values {tuple(values.shape)}: "
                "give one number a sample"
            )
        weight = weight.expand_as(values)
        return values * weight, self._mean_from(weight, 1)

    def _mean_from(self, values: Tensor, axis: int) -> Tensor:
        """The mean over `axis` and all axes after it."""
        if values.ndim <= axis:
            return values
        return reduction.mean(values.flatten(axis), axis, self.keras_backend)


class Mean(_Average):
    """The mean of what is given to `update` (keras.metrics.Mean)."""

    def update(self, values: Tensor, weight: Tensor | float | None = None) -> None:
        """values: (N, ...), one mean a sample; or 0-dim, such as a batch's loss.

        weight: (N,), or for a 0-dim value one number: the size of the batch, as `fit` gives it.
        Raises ValueError where the weight's shape does not fit.
        """
        self._add(values, weight)


class _Compared(_Average, ABC):
    """A mean of something that is computed from predictions and targets."""

    def update(
        self, prediction: Tensor, target: Tensor, weight: Tensor | float | None = None
    ) -> None:
        """Take in a batch of N samples; weight: (N,). Raises ValueError where shapes differ."""
        self._add(self.values(prediction, target), weight)

    @abstractmethod
    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        """One value a sample and place."""


class BinaryAccuracy(_Compared):
    """The share of places where the thresholded prediction equals the target.

    keras.metrics.BinaryAccuracy thresholds the prediction only: a grey pixel is never right.
    """

    def __init__(self, threshold: float = 0.5, keras_backend: str | None = None) -> None:
        """Raises ValueError for a threshold outside (0, 1), or an unknown backend."""
        super().__init__(keras_backend)
        if not 0 < threshold < 1:
            raise ValueError(f"threshold={threshold}: give a number in (0, 1)")
        self.threshold = threshold

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        prediction, target = losses.align(prediction, target, -1)
        return (target == (prediction > self.threshold).to(target.dtype)).to(prediction.dtype)


class CategoricalAccuracy(_Compared):
    """The share of samples whose largest value is at the same place (keras CategoricalAccuracy).

    prediction and target: (N, ..., classes). Of two largest values the first counts; that Keras on
    tensorflow and jax takes -0.0 to be less than 0.0 is not followed.
    """

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        prediction, target = losses.align(prediction, target, -1)
        return (prediction.argmax(-1) == target.argmax(-1)).to(prediction.dtype)


class SparseCategoricalAccuracy(_Compared):
    """The share of samples whose largest value is at the class (keras SparseCategoricalAccuracy).

    prediction: (N, ..., classes); target: (N, ...) or (N, ..., 1), class indices.
    """

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        if target.ndim == prediction.ndim and target.shape[-1] == 1:
            target = target.squeeze(-1)
        if target.shape != prediction.shape[:-1]:
            raise ValueError(
                f"prediction {tuple(prediction.shape)}, target {tuple(target.shape)}: "
                f"give class indices of shape {tuple(prediction.shape[:-1])}"
            )
        return (prediction.argmax(-1) == target).to(prediction.dtype)


class MeanSquaredError(_Compared):
    """The mean of squared differences (keras.metrics.MeanSquaredError)."""

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        loss = losses.MeanSquaredError("none", keras_backend=self.keras_backend)
        return loss.forward(prediction, target)


class MeanAbsoluteError(_Compared):
    """The mean of absolute differences (keras.metrics.MeanAbsoluteError)."""

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        loss = losses.MeanAbsoluteError("none", keras_backend=self.keras_backend)
        return loss.forward(prediction, target)


def accuracy(
    target_shape: tuple[int, ...],
    prediction_shape: tuple[int, ...],
    keras_backend: str | None = None,
) -> BinaryAccuracy | CategoricalAccuracy | SparseCategoricalAccuracy:
    """What Keras makes of the string "accuracy" (keras.src.trainers.compile_utils.get_metric).

    The shapes decide, and never the loss: an output with one channel gets binary accuracy; a
    target of lower rank, or with one channel, sparse; any other categorical accuracy, even the
    784 pixels of an auto-encoder. Shapes as Keras has them: batch first, channels last.
    Raises ValueError for a shape without a batch axis.
    """
    if not target_shape or not prediction_shape:
        raise ValueError(
            f"target {target_shape}, prediction {prediction_shape}: give shapes with a batch axis"
        )
    if prediction_shape[-1] == 1:
        return BinaryAccuracy(keras_backend=keras_backend)
    if len(target_shape) < len(prediction_shape) or target_shape[-1] == 1:
        return SparseCategoricalAccuracy(keras_backend)
    return CategoricalAccuracy(keras_backend)
