"""Layers of Keras's as changes of a port that has not got them."""

from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Literal

import numpy as np

from parity.diagnose import activation_of
from parity.diagnose.activation_of import Activation
from parity.diagnose.hypothesis import Case
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Layout, Step, Variable
from parity.records.interventions import Change, Lent, Taken

MERGES = frozenset(
    ("add", "subtract", "multiply", "divide", "average", "maximum", "minimum", "concatenate")
)
IN_TRAINING_ALONE = frozenset(("dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout"))
Axes = tuple[int, ...]  # Keras's axis i is torch's axis axes[i]


def changes(
    case: Case,
    steps: tuple[Step, ...],
    place: str,
    where: Literal["input", "output"],
    lend: Callable[[str], Lent],
    values: Mapping[str, Lent],
    answers: Mapping[str, Taken],
    own: str = "",
) -> tuple[Change, ...]:
    """What does these steps, which follow each other, to the input or the output of a torch step.

    case: of what stands before them, with the axes of what the first of them takes. place: the
    torch step; lend: a variable of Keras's by name; values: what Keras's steps take and give;
    answers: the port's values by Keras's names, each with its axes by Keras's; own: the one of
    Keras's that the first step takes from the port. Nothing where a step takes several values, of
    which one is not known.
    """
    found: list[Change] = []
    axes = case.axes
    working = [step for step in steps if KERAS.get(step.kind) not in IN_TRAINING_ALONE]
    for step in working or steps:
        if len(axes) < 2:
            return ()
        joined = merged(step, place, where, axes, answers)
        others = _others(step, own, values)
        own = step.name
        if joined is not None:
            found.append(joined)
            continue
        if (numbered := _numbered(step, place, where)) is not None:
            found.append(numbered)
            continue
        if others is None:
            return ()
        wanted = _activation(case, step, axes)
        if not _is_activation(step):
            lent = {v.role: lend(v.name) for v in step.variables if v.kind == "weight"}
            lent |= {v.role: Lent(v.name, v.held) for v in _of_each(step) if v.held is not None}
            config = step.settings | ({"inputs": len(step.inputs)} if others else {})
            value = {"kind": step.kind, "config": config, "axes": axes, **lent, **others}
            found.append(Change(place, where, "keras_layer", value))
        if wanted is not None and wanted.name != "linear":
            found.append(Change(place, where, wanted.name, wanted.settings))
        axes = axes if len(step.shape) == len(axes) else tuple(range(len(step.shape)))
    return tuple(found)


def _others(step: Step, own: str, values: Mapping[str, Lent]) -> dict[str, Lent] | None:
    """What else a step takes than the one value, by its place; None where that is not known."""
    if len(set(step.inputs)) == 1:
        return {}
    others = {place: name for place, name in enumerate(step.inputs) if name != own}
    if own not in step.inputs or any(name not in values for name in others.values()):
        return None
    return {f"input_{place}": values[name] for place, name in others.items()}


def _of_each(step: Step) -> Iterator[Variable]:
    """The graph's constants with a number for each element of a sample, as a table of positions
    has; of fewer, as of a mask that all heads have, other causes tell more."""
    for constant in step.constants:
        if prod(constant.shape) == prod(step.shape[1:]):
            yield constant


def merged(
    layer: Step,
    place: str,
    where: Literal["input", "output"],
    axes: Axes,
    answers: Mapping[str, Taken],
) -> Change | None:
    """What a merging layer does, done with the port's own values; where the port has none for what
    it takes, that is what stands at this place. None where that is more than one, or all."""
    kind, rank = KERAS.get(layer.kind, ""), len(layer.shape)
    own = [answers.get(name) for name in layer.inputs]
    if kind not in MERGES or own.count(None) > 1 or len({*layer.inputs}) < 2 or len(axes) != rank:
        return None
    axis = layer.settings.get("axis", -1)
    values = [None if value is None else _turned(value, axes) for value in own]
    along = {"axis": axes[axis % rank]} if kind == "concatenate" else {}
    return Change(place, where, "merged", {"kind": kind, "values": values, **along})


def _turned(value: Taken, axes: Axes) -> Taken:
    """A value of the port's with its axes in the order that Keras's have at another place."""
    if len(value.dims) != len(axes):
        return Taken(value.name)
    dims = tuple(value.dims[axes.index(axis)] for axis in range(len(axes)))
    return Taken(value.name, () if dims == tuple(range(len(dims))) else dims)


def _numbered(step: Step, place: str, where: Literal["input", "output"]) -> Change | None:
    """Arithmetic with one number; None of another step."""
    numbers, kind = step.settings.get("scalars", ()), KERAS.get(step.kind, "")
    if len(numbers) != 1 or not numbers[0]:
        return None
    number, leads = float(numbers[0]), bool(step.settings.get("number_leads"))
    scaled = {
        ("multiply", False): {"by": number},
        ("multiply", True): {"by": number},
        ("divide", False): {"by": 1 / number},
        ("add", False): {"add": number},
        ("add", True): {"add": number},
        ("subtract", False): {"add": -number},
        ("subtract", True): {"by": -1.0, "add": number},
    }
    if (kind, leads) in scaled:
        return Change(place, where, "scale", scaled[kind, leads])
    powers = {2: "square", 0.5: "root"} if (kind, leads) == ("power", False) else {}
    return Change(place, where, powers[number]) if number in powers else None


def given(place: str, value: Lent, axes: Axes) -> tuple[Change, ...]:
    """A value of Keras's in the place of what a torch step gives; nothing where its axes are not
    known."""
    if not axes:
        return ()
    dims = tuple(int(axis) for axis in np.argsort(axes))
    return (
        Change(place, "output", "replaced", {"by": value}),
        Change(place, "output", "permute", {"dims": dims}),
    )


def axes_of(layout: Layout, rank: int) -> Axes:
    """How a layout of values of this rank turns axes; () of one that does more than that."""
    sizes = range(2, rank + 2)
    try:
        moved = layout.to_torch(np.empty(tuple(sizes)))
    except (ValueError, IndexError):
        return ()
    is_turned = sorted(moved.shape) == list(sizes) and layout.order is None
    return tuple(moved.shape.index(size) for size in sizes) if is_turned else ()


def _is_activation(step: Step) -> bool:
    return step.kind in activation_of.LAYERS or KERAS.get(step.kind) in activation_of.EXPRESSIONS


def _activation(case: Case, step: Step, axes: Axes) -> Activation | None:
    if _is_activation(step) and step.kind not in activation_of.LAYERS:
        return Activation(KERAS[step.kind])
    return activation_of.of_layer(Case((step,), case.torch, step.shape, step.shape, axes), step)
