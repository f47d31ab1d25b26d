"""Gate `loss`: the same predictions and targets give the same loss and the same metric.

The predictions start as values before the last activation, because a loss may look behind it:
Keras on tensorflow finds the logits of a softmax or sigmoid, and a port may leave the activation
to its loss. Each side takes its own way from these values to the loss, as in training.
"""

from dataclasses import replace

import numpy as np

from parity.gates import whole_loss
from parity.mapping.flow import outside
from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import judging, noise
from parity.records.comparison import Array, Dtype, GateResult, Match, Measured, Step
from parity.records.interventions import Ahead
from parity.sides.calls import TwoSides, ask
from parity.sides.training_verbs import Training, TrainingInKeras, TrainingInTorch
from parity.sides.verbs import Walks

# Saturated: probabilities next to 0 and 1, where clipping and fused logits part.
SPREAD = {"ordinary predictions": 2.0, "saturated predictions": 20.0}
METRICS = ("loss", "accuracy")
TIE = 8  # roundings of a value

Figures = dict[str, dict[str, float]]  # predictions -> figure -> value


def gather(
    plan: Plan,
    sides: TwoSides,
    raw: Array,
    labels: Array,
    seed: int = 0,
    is_narrow: bool = False,
) -> dict[Dtype, list[Measured]]:
    """The figures of both sides in both dtypes. Raises ModelError where a loss does.

    raw: samples as the data set has them, (N, ...); labels: (N, ...). is_narrow: Keras computes
    layers of an own pair in float32.
    """
    if not plan.pair.has_twin_files:
        return whole_loss.gather(plan, sides, raw, labels, is_narrow)
    sets = _predictions(plan, len(raw), seed)
    found = {dtype: _run(plan, sides, dtype, sets, raw, labels) for dtype in DTYPES}
    leaks = sides.keras.call(TrainingInKeras.loss_leak, key(plan.pair, "float64"))
    ties = {
        dtype: {name: tied(_output(plan, sides, dtype, x)[1]) for name, x in sets.items()}
        for dtype in DTYPES
    }
    return {dtype: _measured(plan, sides, dtype, found, leaks, ties[dtype]) for dtype in DTYPES}


def under(
    plan: Plan,
    sides: TwoSides,
    raw: Array,
    labels: Array,
    seed: int,
    measured: list[Measured],
    ahead: Ahead,
) -> list[Measured]:
    """The float64 figures, measured before, with something ahead of the port's loss."""
    sets = _predictions(plan, len(raw), seed)
    found = _torch(plan, sides, "float64", sets, raw, labels, ahead)
    values = [found[title][figure] for title in SPREAD for figure in METRICS]
    return [replace(one, torch=np.array(x)) for one, x in zip(measured, values, strict=True)]


def _predictions(plan: Plan, count: int, seed: int) -> dict[str, Array]:
    """Values before the last activation, by name, (count, ...) in Keras's layout."""
    shape = (count, *plan.keras.steps[-1].shape[1:])
    drawn = np.random.default_rng(seed).standard_normal((len(SPREAD), *shape)).astype("float32")
    return {
        name: spread * values for (name, spread), values in zip(SPREAD.items(), drawn, strict=True)
    }


def _torch(
    plan: Plan,
    sides: TwoSides,
    dtype: Dtype,
    sets: dict[str, Array],
    raw: Array,
    labels: Array,
    ahead: Ahead,
) -> Figures:
    found = {}
    for title, x in sets.items():
        values, output = _output(plan, sides, dtype, x)
        name = key(plan.pair, dtype)
        found[title] = sides.torch.call(
            TrainingInTorch.losses, name, values, output, raw, labels, ahead
        )
    return found


def _output(plan: Plan, sides: TwoSides, dtype: Dtype, x: Array) -> tuple[Array, Array]:
    """Values before the port's last activation in its layout, and what the model makes of them."""
    last = plan.alignment.matches[-1]
    values = plan.layouts[last.keras.name].to_torch(x.astype(dtype))
    steps = _after_weights(last, plan.torch.outside)
    if not steps:
        return values, values
    names = [step.name for step in steps]
    feeds = dict.fromkeys(outside(steps), values)
    return values, sides.torch.call(Walks.alone, plan.held, names, feeds, names[-1], dtype)


def _run(
    plan: Plan,
    sides: TwoSides,
    dtype: Dtype,
    sets: dict[str, Array],
    raw: Array,
    labels: Array,
) -> tuple[Figures, Figures]:
    name = key(plan.pair, dtype)
    keras, torch = {}, {}
    for title, x in sets.items():
        values, output = _output(plan, sides, dtype, x)
        keras[title], torch[title] = sides.each(
            ask(TrainingInKeras.losses, name, x.astype(dtype), raw, labels),
            ask(TrainingInTorch.losses, name, values, output, raw, labels),
        )
    return keras, torch


def tied(output: Array) -> float:
    """The share of predictions whose two largest values are equal within rounding: which is the
    larger is decided by a kernel's last bit, and an accuracy may count them either way."""
    if output.shape[-1] < 2:
        return 0.0
    second, first = np.moveaxis(np.partition(output, -2, axis=-1)[..., -2:], -1, 0)
    return float((first - second <= TIE * np.finfo(output.dtype).eps * np.abs(first)).mean())


def _after_weights(last: Match, outside: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps of the port's last layer that follow its product, and belong to the model."""
    owning = [place for place, step in enumerate(last.torch) if step.variables]
    after = last.torch[owning[-1] + 1 :] if owning else last.torch
    return tuple(step for step in after if step.name not in outside)


def _measured(
    plan: Plan,
    sides: TwoSides,
    dtype: Dtype,
    found: dict[Dtype, tuple[Figures, Figures]],
    leaks: bool,
    ties: dict[str, float],
) -> list[Measured]:
    keras_loss = sides.keras.call(Training.settings, plan.pair.keras).loss
    torch_loss = sides.torch.call(Training.settings, plan.pair.torch).loss
    lines = []
    for title in SPREAD:
        for figure in METRICS:
            level = noise.of_both(
                [_scalar(found["float32"], side, title, figure, "float32") for side in (0, 1)],
                [_scalar(found["float64"], side, title, figure, "float64") for side in (0, 1)],
            )
            # A loss that Keras takes in float32 inside a float64 model has float32's noise; the
            # line says so, and the gradient gate sees what it does to training.
            narrow = leaks and figure == "loss"
            names = (keras_loss, torch_loss) if figure == "loss" else (figure, figure)
            either_way = ties[title] / noise.LIMIT if figure == "accuracy" else 0.0
            lines.append(
                Measured(
                    f"{names[0]}, {title}",
                    names[1],
                    _scalar(found[dtype], 0, title, figure, dtype),
                    _scalar(found[dtype], 1, title, figure, dtype),
                    max(noise.scaled(level, "float32" if narrow else dtype), either_way),
                    f"Keras's {sides.keras.backend} backend averages this loss in float32"
                    if narrow and dtype == "float64"
                    else "",
                )
            )
    return lines


def _scalar(
    sides: tuple[Figures, Figures], side: int, title: str, figure: str, dtype: Dtype
) -> Array:
    return np.array(sides[side][title][figure], dtype)


def judge(dtype: Dtype, values: list[Measured]) -> GateResult:
    """One line a figure and set of predictions."""
    return judging.gate("loss", dtype, "figures", [judging.line(value) for value in values])
