"""Keras's three cross-entropies.

What Keras computes depends on how the model ends, and on the backend. A model that ends in softmax
or sigmoid hands probabilities to the loss. On tensorflow the loss finds the logits behind them and
uses the fused formula, which never saturates. On jax and torch it clips the probabilities to
[1e-7, 1 - 1e-7]: the loss stops at 16.1, and the gradient beyond is 0.

A port that returns logits says so with `activation="softmax"` (or "sigmoid"): "the Keras model ends
with it, and the port leaves it to the loss". A port that returns probabilities, of which the loss
cannot know where they came from, gets the clipped formula; `from_logits=True` is for a Keras
model that ends without an activation and whose loss says from_logits=True.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from parity.semantics import reduction
from parity.semantics.losses import EPSILON, Loss, clip

ACTIVATIONS = (None, "softmax", "sigmoid")


class _CrossEntropy(Loss):
    """What the three share: from logits or from probabilities?"""

    def __init__(
        self,
        from_logits: bool,
        activation: str | None,
        axis: int,
        reduction_: str | None,
        keras_backend: str | None,
    ) -> None:
        super().__init__(axis, reduction_, keras_backend)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation={activation!r}: choose softmax, sigmoid or None")
        if activation is not None and from_logits:
            raise ValueError(
                f"from_logits=True, activation={activation!r}: give one of them; "
                "activation says that the Keras model ends with it, from_logits that it does not"
            )
        self.from_logits = from_logits
        self.activation = activation

    def find(self, output: Tensor, hidden: bool = False) -> tuple[Tensor, bool]:
        """The output as Keras's formula gets it, and whether it is logits.

        hidden: Keras did something to the output that hides the activation from it.
        """
        if self.activation is None:
            return output, self.from_logits
        if self.keras_backend == "tensorflow" and not hidden:
            return output, True
        if self.activation == "softmax":
            return output.softmax(dim=self.axis), False
        return output.sigmoid(), False

    def clip(self, probabilities: Tensor) -> Tensor:
        return clip(probabilities, EPSILON, 1 - EPSILON, self.keras_backend)

    def normalise(self, probabilities: Tensor) -> Tensor:
        return probabilities / probabilities.sum(dim=self.axis, keepdim=True)


class CategoricalCrossentropy(_CrossEntropy):
    """Targets are one-hot or soft, of the prediction's shape (keras CategoricalCrossentropy).

    Probabilities are divided by their sum, then clipped. From logits on tensorflow the gradient is
    softmax - target, whatever the target sums to; elsewhere it is softmax * sum(target) - target.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        activation: str | None = None,
        keras_backend: str | None = None,
    ) -> None:
        """Raises ValueError, naming the argument, for a value that Keras does not have."""
        super().__init__(from_logits, activation, axis, reduction, keras_backend)
        self.label_smoothing = _smoothing(label_smoothing)

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        if self.label_smoothing:
            classes = target.shape[self.axis]
            target = target * (1 - self.label_smoothing) + self.label_smoothing / classes
        output, logits = self.find(prediction)
        if logits and self.keras_backend == "tensorflow":
            return _tensorflow_softmax_crossentropy(output, target, self.axis)
        if logits:
            log = output.log_softmax(dim=self.axis)
        else:
            log = self.clip(self.normalise(output)).log()
        return -(target * log).sum(dim=self.axis)


class SparseCategoricalCrossentropy(_CrossEntropy):
    """Targets are class indices (keras.losses.SparseCategoricalCrossentropy).

    prediction (N, ..., classes) with classes at `axis`; target of the shape without it, or with
    length 1 there. Probabilities: jax and torch divide by the sum, then clip; tensorflow clips,
    then divides. Samples of `ignore_class` count neither in the loss nor in its mean; on
    tensorflow such a loss does not find the logits behind an activation.
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        activation: str | None = None,
        keras_backend: str | None = None,
    ) -> None:
        """Raises ValueError, naming the argument, for a value that Keras does not have."""
        super().__init__(from_logits, activation, axis, reduction, keras_backend)
        self.ignore_class = ignore_class

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Returns a 0-dim tensor, or one of the target's shape for reduction "none".

        Raises ValueError where the target's shape is not the prediction's without `axis`.
        """
        if target.ndim == prediction.ndim and target.shape[self.axis] == 1:
            target = target.squeeze(self.axis)
        expected = list(prediction.shape)
        del expected[self.axis]
        if list(target.shape) != expected:
            raise ValueError(
                f"prediction {tuple(prediction.shape)}, target {tuple(target.shape)}: "
                f"give class indices of shape {tuple(expected)}"
            )
        target = target.long()
        if self.ignore_class is None:
            values = self.values(prediction, target)
            return reduction.reduce(values, self.reduction, self.keras_backend)
        valid = target != self.ignore_class
        values = self.values(prediction, target.where(valid, 0))
        values = values.where(valid, 0.0)
        return reduction.reduce(values, self.reduction, self.keras_backend, valid)

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        output, logits = self.find(prediction, hidden=self.ignore_class is not None)
        if logits:
            log = output.log_softmax(dim=self.axis)
        elif self.keras_backend == "tensorflow":
            log = self.clip(output).log().log_softmax(dim=self.axis)
        else:
            log = self.clip(self.normalise(output)).log()
        return -log.gather(self.axis, target.unsqueeze(self.axis)).squeeze(self.axis)


class BinaryCrossentropy(_CrossEntropy):
    """Targets in [0, 1], of the prediction's shape (keras.losses.BinaryCrossentropy).

    torch's BCELoss does not clip; it keeps log(p) above -100.
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        activation: str | None = None,
        keras_backend: str | None = None,
    ) -> None:
        """Raises ValueError, naming the argument, for a value that Keras does not have."""
        super().__init__(from_logits, activation, axis, reduction, keras_backend)
        self.label_smoothing = _smoothing(label_smoothing)

    def values(self, prediction: Tensor, target: Tensor) -> Tensor:
        if self.label_smoothing:
            target = target * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
        output, logits = self.find(prediction)
        return self.mean(self._elements(output, target, logits))

    def _elements(self, output: Tensor, target: Tensor, logits: bool) -> Tensor:
        if logits:
            return _BINARY_FROM_LOGITS[self.keras_backend](output, target)
        p = self.clip(output)
        if self.keras_backend == "torch":
            return F.binary_cross_entropy(p, target, reduction="none")
        return -(target * p.log() + (1 - target) * (1 - p).log())


def _smoothing(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError(f"label_smoothing={value}: give a number in [0, 1]")
    return value


def _binary_tensorflow(x: Tensor, z: Tensor) -> Tensor:
    positive = x >= 0
    zeros = torch.zeros_like(x)
    tail = torch.where(positive, -x, x).exp().log1p()
    return torch.where(positive, x, zeros) - x * z + tail


def _binary_jax(x: Tensor, z: Tensor) -> Tensor:
    return -z * F.logsigmoid(x) - (1 - z) * F.logsigmoid(-x)


def _binary_torch(x: Tensor, z: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(x, z, reduction="none")


_BINARY_FROM_LOGITS = {
    "tensorflow": _binary_tensorflow,
    "jax": _binary_jax,
    "torch": _binary_torch,
}


class _SoftmaxCrossEntropy(torch.autograd.Function):
    """tf.nn.softmax_cross_entropy_with_logits, whose gradient takes the targets to sum to 1."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, target: Tensor, axis: int) -> Tensor:
        ctx.save_for_backward(logits, target)
        ctx.axis = axis
        return -(target * logits.log_softmax(dim=axis)).sum(dim=axis)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        logits, target = ctx.saved_tensors
        grad = grads[0].unsqueeze(ctx.axis)
        by_logits = by_target = None
        if ctx.needs_input_grad[0]:
            by_logits = grad * (logits.softmax(dim=ctx.axis) - target)
        if ctx.needs_input_grad[1]:
            by_target = -grad * logits.log_softmax(dim=ctx.axis)
        return by_logits, by_target, None


def _tensorflow_softmax_crossentropy(logits: Tensor, target: Tensor, axis: int) -> Tensor:
    return _SoftmaxCrossEntropy.apply(logits, target, axis)  # type: ignore[no-any-return]
