"""Losses: reduced otherwise, of logits or probabilities, clipped, and of other targets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from parity.diagnose.left import Figures, left
from parity.diagnose.remedies import Remedy, Trial, explain
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Finding
from parity.records.interventions import Ahead

ACCURACY = "accuracy"  # a figure that no reduction touches
SATURATED = "saturated predictions"
CLASSES = 1  # torch's axis
CLIP = 1e-7  # Keras's, of probabilities
ACTIVATIONS = {"BinaryCrossentropy": "sigmoid", "CategoricalCrossentropy": "softmax"}


@dataclass(frozen=True)
class DifferingLoss:
    """keras, torch: the losses' names; batch, values: the samples, and the values of one;
    under: the figures when something stands ahead of the port's loss."""

    keras: str
    torch: str
    figures: Figures
    batch: int
    values: int
    under: Callable[[Ahead], Figures]


def find(subject: DifferingLoss, budget: Budget = UNLIMITED) -> Finding:
    trials = _trials(subject)
    return explain("loss", subject.keras, subject.torch, subject.figures, trials, budget)


def _trials(subject: DifferingLoss) -> Iterator[Trial]:
    yield from reductions(subject.figures, subject.batch, subject.values)
    dim = {"dim": CLASSES}
    for ahead, cause, says, fix in (
        (Ahead("prediction", "log"), "loss-logits", "probabilities stand where the port's loss "
         "takes logits", "loss(logits, target), without the softmax"),
        (Ahead("prediction", "softmax", dim), "loss-logits", "logits stand where the port's loss "
         "takes probabilities", "loss(output.softmax(1), target)"),
        (Ahead("prediction", "sigmoid"), "loss-logits", "logits stand where the port's loss takes "
         "probabilities", "loss(output.sigmoid(), target)"),
        (Ahead("prediction", "clip", {"low": CLIP, "high": 1 - CLIP}), "loss-clip",
         f"Keras clips probabilities to {CLIP:g} from 0 and 1, the port does not",
         f"output.clamp({CLIP:g}, 1 - {CLIP:g})"),
        *((Ahead("target", "roll", {"by": by, **dim}), "targets-shifted",
           f"the port's classes are shifted by {-by}", f"labels + {by}") for by in (1, -1)),
    ):  # fmt: skip
        yield Trial((Remedy(cause, says, fix),), (partial(subject.under, ahead),))
    yield from _as_keras_clips(subject)


def _as_keras_clips(subject: DifferingLoss) -> Iterator[Trial]:
    """Keras's own way from the last activation's input to the loss, in place of the port's: any
    loss would agree then, so that of ordinary predictions the port's has to be Keras's already."""
    name = subject.keras
    ordinary = [one for one in subject.figures if not one.keras_name.endswith(SATURATED)]
    if name not in ACTIVATIONS or subject.torch == name or not left(ordinary).is_noise:
        return
    activation = ACTIVATIONS[name]
    own = Ahead("loss", name, {"axis": CLASSES, "activation": activation})
    says = (
        f"next to 0 and 1 {subject.torch} is another: Keras takes the logits behind its "
        f"{activation}, or where it finds none clips probabilities to {CLIP:g}"
    )
    fix = f"parity.semantics.{name}(axis={CLASSES}, activation={activation!r}), of logits"
    yield Trial((Remedy("loss-clip", says, fix),), (partial(subject.under, own),))


def reductions(figures: Figures, batch: int, values: int) -> Iterator[Trial]:
    """The same number but for a factor, the same for all figures."""
    for name, factor, count in (
        ("of the batch", batch, "len(batch)"),
        ("of one sample's values", values, f"{values}"),
        ("of all values", batch * values, f"(len(batch) * {values})"),
    ):
        for by, had, wants, sign in (
            (factor, "mean", "sum", "*"),
            (1 / factor, "sum", "mean", "/"),
        ):
            says = f"the port takes the {had} {name}, Keras the {wants}"
            remedy = Remedy("loss-reduction", says, f"loss {sign} {count}")
            if factor > 1:
                yield Trial((remedy,), (partial(scaled, figures, by),))


def scaled(figures: Figures, by: float) -> Figures:
    """The figures with all of the port's losses, or gradients, so many times as large."""
    return [
        one
        if one.keras_name.startswith(ACCURACY)
        else replace(one, torch=np.asarray(one.torch * by))
        for one in figures
    ]
