"""Gradients that differ where the loss agrees: a factor of all of them, or some have none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from parity.diagnose.left import Figures
from parity.diagnose.losses import reductions, scaled
from parity.diagnose.parting import NOT_CLEARED
from parity.diagnose.remedies import Remedy, Trial, explain
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Finding
from parity.records.otherwise import Otherwise
from parity.records.training import RandomLayer

MOST_BATCHES = 1024  # that are added up to one step
SURE = 1e-6
HOOKED = Remedy(
    "gradient-hook",
    "a hook of the port's changes the gradient of a parameter",
    "parameters without register_hook",
)


@dataclass(frozen=True)
class DifferingGradients:
    """batch, values: the samples, and the values of one; frozen: the port's parameters that have no
    gradient, and have one in Keras; under: the figures when the port is differentiated otherwise;
    accumulated: the batches that make a step of Keras's; is_stepped: has the port a step of its
    own? drops: does Keras drop anything? idle: what it drops, and no call of the port's does;
    undropped: the figures with Keras's where some of that is not dropped."""

    figures: Figures
    batch: int
    values: int
    frozen: tuple[str, ...] = ()
    under: Callable[[Otherwise], Figures] | None = None
    accumulated: int = 1
    is_stepped: bool = False
    drops: bool = False
    idle: tuple[RandomLayer, ...] = ()
    undropped: Callable[[tuple[str, ...]], Figures] | None = None


def find(subject: DifferingGradients, budget: Budget = UNLIMITED) -> Finding:
    figures = _without_loss(subject.figures)
    return explain("gradients", "gradients", "gradients", figures, _trials(subject), budget)


def _without_loss(figures: Figures) -> Figures:
    return [figure for figure in figures if figure.keras_name != "loss"]


def _trials(subject: DifferingGradients) -> Iterator[Trial]:
    figures = _without_loss(subject.figures)
    if subject.is_stepped:
        yield from _divided(figures, subject.accumulated)
    yield from reductions(figures, subject.batch, subject.values)
    if subject.is_stepped:
        yield from _times(figures)
    if subject.under is None:
        return
    yield from _dropping(subject, subject.under)
    if subject.frozen:
        names = ", ".join(subject.frozen)
        yield _trial(
            subject.under,
            Otherwise(has_gradient=tuple((name, True) for name in subject.frozen)),
            Remedy("frozen", f"the port's {names} has requires_grad=False", "requires_grad_(True)"),
        )
    yield _trial(
        subject.under,
        Otherwise(is_attached=True),
        Remedy(
            "detached",
            "the port detaches a value on its way to the loss, or computes it under no_grad()",
            "the pass without detach() and no_grad()",
        ),
    )
    yield _trial(subject.under, Otherwise(is_unhooked=True), HOOKED)
    if subject.is_stepped:
        yield _trial(
            subject.under,
            Otherwise(is_attached=True, is_joined=True),
            Remedy(
                "detached",
                "the port's step detaches a value on its way to the loss",
                "the loss without detach() and no_grad()",
            ),
        )
        # which may call an optimizer twice
        yield _trial(subject.under, Otherwise(is_clear=True), NOT_CLEARED)


def _dropping(
    subject: DifferingGradients, under: Callable[[Otherwise], Figures]
) -> Iterator[Trial]:
    """Other rates, and what is not dropped."""
    if subject.drops:
        remedy = Remedy(
            "dropout-rate",
            "what the port keeps of a dropout is scaled by another rate than Keras's",
            "the rates of Keras's layers",
        )
        yield _trial(under, Otherwise(is_rated=True), remedy)
    every = [(layer,) for layer in subject.idle]
    for layers in [*every, subject.idle] if len(every) > 1 else every:
        names = tuple(layer.name for layer in layers)
        told = ", ".join(f"{x.name} drops {x.rate:g} of {x.shape}" for x in layers)
        remedy = Remedy(
            "layer-missing",
            f"the port drops nothing where in Keras {told}",
            f"F.dropout(x, {layers[0].rate:g}, self.training)",
        )
        yield Trial((remedy,), (partial(_undropped, subject, names),))


def _undropped(subject: DifferingGradients, names: tuple[str, ...]) -> Figures:
    assert subject.undropped is not None
    return _without_loss(subject.undropped(names))


def _trial(under: Callable[[Otherwise], Figures], otherwise: Otherwise, remedy: Remedy) -> Trial:
    return Trial((remedy,), (lambda: _without_loss(under(otherwise)),))


def _times(figures: Figures) -> Iterator[Trial]:
    """All of them are so many times as large: the step scales its loss behind the one it tells."""
    first = max(figures, key=lambda figure: float(np.abs(figure.keras).max(initial=0.0)))
    place = np.abs(first.torch).argmax()
    found, wanted = float(first.torch.flat[place]), float(first.keras.flat[place])
    if found and wanted:
        says = f"the port's gradients are {found / wanted:.6g} times Keras's"
        remedy = Remedy("loss-reduction", says, "loss.backward(), of the loss as it is")
        yield Trial((remedy,), (partial(scaled, figures, wanted / found),))


def _divided(figures: Figures, every: int) -> Iterator[Trial]:
    """By the number of batches that are added up, which is not Keras's."""
    first = max(figures, key=lambda figure: float(np.abs(figure.keras).max(initial=0.0)))
    place = np.abs(first.torch).argmax()
    found = float(first.torch.flat[place])
    ratio = float(first.keras.flat[place]) / found if found else 0.0
    count = round(ratio)
    if not 1 < count <= MOST_BATCHES or abs(ratio - count) > SURE * count:
        return
    told = f"{every}, whose gradients it averages" if every > 1 else "one"
    says = f"the port divides its loss by {count}; in Keras a step is of {told}"
    fix = f"(loss / {every}).backward(), and a step every {every} batches"
    yield Trial((Remedy("accumulation", says, fix),), (partial(scaled, figures, count),))
