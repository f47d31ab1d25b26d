"""Keras's learning-rate schedules as torch's schedulers: call `step()` behind every optimizer step.

    optimizer = Adam(model.parameters(), lr=0.1)
    scheduler = CosineDecay(optimizer, decay_steps=1000)

The optimizer's lr is Keras's `initial_learning_rate`. Keras counts calls of the optimizer from 0:
batches, not epochs, and all of them where gradients are accumulated.

Keras computes a schedule in float32 on tensorflow, whatever the model's dtype; compiled, as in
fit, a division by a constant is a product with its reciprocal there. These rates are the same
numbers to the last bit. On jax and torch it computes in float64 in a float64 model, but a cosine
is float32 on jax. (keras/src/optimizers/schedules/learning_rate_schedule.py)
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from parity.semantics import conventions


class Schedule(LRScheduler, ABC):
    """The frame: a rate from the count of steps and the rate to begin with."""

    def __init__(
        self, optimizer: Optimizer, keras_backend: str | None = None, last_epoch: int = -1
    ) -> None:
        """last_epoch: the count to go on from, as torch's schedulers call it; -1 begins anew."""
        self.keras_backend = conventions.resolve(keras_backend)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:  # type: ignore[override]
        step = self.number(self.last_epoch)
        return [float(self.rate(step, self.number(float(base)))) for base in self.base_lrs]

    @abstractmethod
    def rate(self, step: Tensor, initial: Tensor) -> Tensor:
        """step, from 0; initial, the group's rate to begin with; 0-dim, as is what is returned."""

    @property
    def is_tensorflow(self) -> bool:
        return self.keras_backend == "tensorflow"

    def number(self, value: float) -> Tensor:
        """A number of the dtype that Keras computes in."""
        return torch.tensor(value, dtype=torch.float32 if self.is_tensorflow else torch.float64)

    def share(self, step: Tensor, steps: float) -> Tensor:
        """step / steps, by a constant."""
        number = self.number(steps)
        return step * (1 / number) if self.is_tensorflow else step / number

    def cosine(self, angle: Tensor) -> Tensor:
        """0.5 * (1 + cos(angle)); torch.polar has the C library's cosine, torch.cos another's."""
        given = angle if self.keras_backend == "torch" else angle.float()
        return 0.5 * (1 + torch.polar(torch.ones_like(given), given).real)


class _ByQuotient(Schedule):
    """A rate that falls with step / decay_steps."""

    def __init__(
        self,
        optimizer: Optimizer,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        keras_backend: str | None = None,
        last_epoch: int = -1,
    ) -> None:
        """staircase: the quotient is rounded down. Raises ValueError for decay_steps below 1."""
        self.decay_steps = _positive("decay_steps", decay_steps)
        self.decay_rate, self.staircase = decay_rate, staircase
        super().__init__(optimizer, keras_backend, last_epoch)

    def quotient(self, step: Tensor) -> Tensor:
        passed = self.share(step, self.decay_steps)
        return passed.floor() if self.staircase else passed


class ExponentialDecay(_ByQuotient):
    """initial * decay_rate ** (step / decay_steps) (keras ExponentialDecay)."""

    def rate(self, step: Tensor, initial: Tensor) -> Tensor:
        return initial * self.number(self.decay_rate) ** self.quotient(step)


class InverseTimeDecay(_ByQuotient):
    """initial / (1 + decay_rate * step / decay_steps) (keras InverseTimeDecay)."""

    def rate(self, step: Tensor, initial: Tensor) -> Tensor:
        return initial / (1 + self.number(self.decay_rate) * self.quotient(step))


class PiecewiseConstantDecay(Schedule):
    """values[i] up to and at step boundaries[i], values[-1] after (keras PiecewiseConstantDecay).

    The optimizer's own lr counts for nothing. torch's MultiStepLR has changed at a milestone.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        boundaries: Sequence[int],
        values: Sequence[float],
        keras_backend: str | None = None,
        last_epoch: int = -1,
    ) -> None:
        """Raises ValueError unless there is one value more than boundaries."""
        if len(values) != len(boundaries) + 1:
            raise ValueError(
                f"boundaries={list(boundaries)}, values={list(values)}: give one value more"
            )
        self.boundaries, self.values = list(boundaries), list(values)
        super().__init__(optimizer, keras_backend, last_epoch)

    def rate(self, step: Tensor, initial: Tensor) -> Tensor:
        passed = sum(int(step) > boundary for boundary in self.boundaries)
        return self.number(self.values[passed])


class PolynomialDecay(Schedule):
    """(initial - end) * (1 - step / decay_steps) ** power + end (keras PolynomialDecay).

    Compiled for jax, Keras has NaN from decay_steps on for some decay_steps and a power that is
    not whole, because the difference is negative by a rounding; here it is the end.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        decay_steps: int,
        end_learning_rate: float = 1e-4,
        power: float = 1.0,
        cycle: bool = False,
        keras_backend: str | None = None,
        last_epoch: int = -1,
    ) -> None:
        """cycle: behind decay_steps begin anew, over twice, three times ... as many.

        Raises ValueError for decay_steps below 1.
        """
        self.decay_steps = _positive("decay_steps", decay_steps)
        self.end_learning_rate, self.power, self.cycle = end_learning_rate, power, cycle
        super().__init__(optimizer, keras_backend, last_epoch)

    def rate(self, step: Tensor, initial: Tensor) -> Tensor:
        end = self.number(self.end_learning_rate)
        if self.cycle:
            rounds = self.share(step, self.decay_steps).ceil().clamp(min=1)
            passed = step / (self.number(self.decay_steps) * rounds)
        else:
            passed = self.share(step.clamp(max=self.decay_steps), self.decay_steps)
        return (initial - end) * (1 - passed) ** self.number(self.power) + end


class CosineDecay(Schedule):
    """From the top to alpha of it along half a cosine, and to stay (keras CosineDecay).

    With a warmup_target the rate first goes in a straight line from the optimizer's lr, often 0,
    to the target within warmup_steps, and down from there in decay_steps more.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        decay_steps: int,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: int = 0,
        keras_backend: str | None = None,
        last_epoch: int = -1,
    ) -> None:
        """alpha: a share of the rate, not a rate. Raises ValueError for decay_steps below 1."""
        self.decay_steps = _positive("decay_steps", decay_steps)
        self.alpha = alpha
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps
        super().__init__(optimizer, keras_backend, last_epoch)

    def rate(self, step: Tensor, initial: Tensor) -> Tensor:
        if self.warmup_target is None:
            step = step.clamp(max=self.decay_steps)
            if self.is_tensorflow:  # compiled, pi / decay_steps is one constant
                return initial * self._left(
                    step * self.share(self.number(math.pi), self.decay_steps)
                )
            left = self._left(math.pi * step / self.decay_steps)
            return initial.to(left.dtype) * left
        target = self.number(self.warmup_target)
        if step < self.warmup_steps:  # no constants are joined within tensorflow's conditions
            return (target - initial) * (step / self.number(self.warmup_steps)) + initial
        passed = (step - self.warmup_steps).clamp(max=self.decay_steps)
        return target * self._left(self.number(math.pi) * (passed / self.number(self.decay_steps)))

    def _left(self, angle: Tensor) -> Tensor:
        """The share of the rate that is left; of the cosine's dtype."""
        cosine = self.cosine(angle)
        if self.keras_backend == "jax":  # product and sum are rounded once, as XLA fuses them
            share = torch.tensor(1 - self.alpha, dtype=cosine.dtype)
            least = torch.tensor(self.alpha, dtype=cosine.dtype)
            return (share.double() * cosine.double() + least.double()).to(cosine.dtype)
        return self.number(1 - self.alpha) * cosine + self.number(self.alpha)


class CosineDecayRestarts(Schedule):
    """Half a cosine again and again (keras CosineDecayRestarts).

    Each period is t_mul times as long as the one before, and begins at m_mul times its rate.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        keras_backend: str | None = None,
        last_epoch: int = -1,
    ) -> None:
        """Raises ValueError for first_decay_steps below 1."""
        self.first_decay_steps = _positive("first_decay_steps", first_decay_steps)
        self.t_mul, self.m_mul, self.alpha = t_mul, m_mul, alpha
        super().__init__(optimizer, keras_backend, last_epoch)

    def rate(self, step: Tensor, initial: Tensor) -> Tensor:
        period, passed = self._place(self.share(step, self.first_decay_steps))
        height = self.number(self.m_mul) ** period
        angle = self.number(math.pi) * passed
        share, least = 1 - self.number(self.alpha), self.number(self.alpha)
        # The order in which tensorflow, compiled, multiplies.
        return initial * (share * height * self.cosine(angle) + least)

    def _place(self, passed: Tensor) -> tuple[Tensor, Tensor]:
        """The number of the period, and the share of it that has passed."""
        if self.t_mul == 1.0:
            return passed.floor(), passed - passed.floor()
        times = self.number(self.t_mul)
        one = torch.ones_like(times)  # torch.xlogy has the C library's logarithm, torch.log another
        period = (torch.xlogy(one, 1 - passed * (1 - times)) / torch.xlogy(one, times)).floor()
        before = (1 - times**period) / (1 - times)
        return period, (passed - before) / times**period


def _positive(name: str, value: int) -> int:
    if not value >= 1:
        raise ValueError(f"{name}={value}: give a whole number from 1 on")
    return value
