"""The loss of both models as they are trained, from the inputs on: of an own pair, the last
activation of which need not be known, nor that there is one output."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from parity.errors import ModelError
from parity.mapping import ledger
from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import noise
from parity.records.comparison import Array, Dtype, Ledger, Measured
from parity.records.interventions import AS_KERAS, LossOtherwise
from parity.records.otherwise import AS_IT_IS, Otherwise
from parity.sides.calls import TwoSides
from parity.sides.training_verbs import Training, TrainingInKeras, TrainingInTorch
from parity.sides.verbs import Models

# Times the weights of the layers that give the outputs: large predictions are next to 0 and 1,
# where clipping and fused logits part. Other samples tell what a figure that is read off a loss
# would explain by chance: many losses are linear in the predictions.
SCALES = {"the model's predictions": 1.0, "saturated predictions": 10.0, "other samples": 1.0}
OTHER = "other samples"

Figures = dict[str, float]


def gather(
    plan: Plan, sides: TwoSides, raw: Array, labels: Array, is_narrow: bool = False
) -> dict[Dtype, list[Measured]]:
    """The losses of both sides in both dtypes, at inference. Raises ModelError where a loss does.

    Both models must be compiled. is_narrow: Keras computes layers in float32.
    """
    found = {dtype: _run(plan, sides, dtype, raw, labels) for dtype in DTYPES}
    names = sides.both(Training.loss_name, key(plan.pair, "float64"))
    leaks = sides.keras.call(TrainingInKeras.averages_narrowly, key(plan.pair, "float64"))
    return {dtype: _measured(found, dtype, names, is_narrow or leaks) for dtype in DTYPES}


def under(
    plan: Plan,
    sides: TwoSides,
    raw: Array,
    labels: Array,
    measured: list[Measured],
    otherwise: Otherwise,
) -> list[Measured]:
    """The float64 losses, measured before, with the port's reckoned otherwise."""
    name = key(plan.pair, "float64")
    sides.torch.call(TrainingInTorch.do_otherwise, name, otherwise)
    try:
        found = {}
        for title, scale in SCALES.items():
            rows = _rows(title, raw)
            if otherwise.weighed is not None:
                of_these = replace(otherwise, weighed=otherwise.weighed[rows])
                sides.torch.call(TrainingInTorch.do_otherwise, name, of_these)
            with _scaled(plan, sides, name, scale):
                given = name, raw[rows], labels[rows]
                found[title] = sides.torch.call(Training.whole_loss, *given)
    finally:
        sides.torch.call(TrainingInTorch.do_otherwise, name, AS_IT_IS)
    titles = {one.keras_name.rpartition(", ")[2]: one for one in measured}
    return [replace(one, torch=np.array(found[title])) for title, one in titles.items()]


def otherwise(
    plan: Plan, sides: TwoSides, raw: Array, labels: Array, wide: list[Measured]
) -> dict[LossOtherwise, list[Measured]]:
    """Every figure of float64 with Keras's loss done otherwise, in each way that gives numbers.

    None where Keras's loss, as it is, is not found again outside of its graph.
    """
    name = key(plan.pair, "float64")
    found: dict[LossOtherwise, list[Measured]] = {}
    for title, scale in SCALES.items():
        rows = _rows(title, raw)
        with _scaled(plan, sides, name, scale):
            given = name, raw[rows], labels[rows]
            ways = sides.keras.call(TrainingInKeras.losses_otherwise, *given)
        for one in wide:
            if one.keras_name.endswith(title):
                for way, value in ways.items():
                    found.setdefault(way, []).append(replace(one, keras=np.array(value)))
    whole = {way: figures for way, figures in found.items() if len(figures) == len(wide)}
    again = whole.get(LossOtherwise(AS_KERAS), [])
    is_found = again and all(_same(x, y) for x, y in zip(again, wide, strict=True))
    return whole if is_found else {}


def foresee(plan: Plan, sides: TwoSides, raw: Array, labels: Array) -> None:
    """Ask Keras what this gate asks of it, and where a port differs."""
    for dtype in DTYPES:
        name = key(plan.pair, dtype)
        for title, scale in SCALES.items():
            rows = _rows(title, raw)
            with _scaled(plan, sides, name, scale):
                sides.keras.call(Training.whole_loss, name, raw[rows], labels[rows])
    with contextlib.suppress(ModelError):  # a loss that no diagnosis knows
        otherwise(plan, sides, raw, labels, [])


def _same(one: Measured, other: Measured) -> bool:
    gap = float(abs(one.keras - other.keras))
    return noise.ratio(gap, other.noise) <= noise.LIMIT


def weights(plan: Plan, sides: TwoSides, measured: list[Measured]) -> list[dict[str, Array]]:
    """What Keras trains, as it is for each of the figures."""
    ours = sides.keras.call(Models.weights, key(plan.pair, "float64"))
    trained = {v.name: ours[v.name] for v in plan.keras.variables if v.trainable}
    last = {line.keras.name for line in _last(plan).lines}
    scales = [SCALES[one.keras_name.rpartition(", ")[2]] for one in measured]
    return [
        {name: x * (scale if name in last else 1.0) for name, x in trained.items()}
        for scale in scales
    ]


def _run(
    plan: Plan, sides: TwoSides, dtype: Dtype, raw: Array, labels: Array
) -> tuple[Figures, Figures]:
    name = key(plan.pair, dtype)
    keras: Figures = {}
    torch: Figures = {}
    for title, scale in SCALES.items():
        rows = _rows(title, raw)
        with _scaled(plan, sides, name, scale):
            given = name, raw[rows], labels[rows]
            keras[title], torch[title] = sides.both(Training.whole_loss, *given)
    return keras, torch


def _rows(title: str, raw: Array) -> Array:
    """The samples of a figure, by their places; always as many, as a graph is of one shape."""
    every = np.arange(len(raw))
    return np.resize(every[: -(-len(raw) // 2)], len(raw)) if title == OTHER else every


@contextmanager
def _scaled(plan: Plan, sides: TwoSides, name: str, scale: float) -> Iterator[None]:
    """Both models with the weights of their last layers so many times as large."""
    last = _last(plan)
    names = list(dict.fromkeys(line.keras.name for line in last.lines))
    if scale == 1 or not names:
        yield
        return
    ours = sides.keras.call(Models.weights, name, names)
    large = {n: np.asarray(x * scale, x.dtype) for n, x in ours.items()}
    theirs = sides.torch.call(Models.weights, name, [line.torch.name for line in last.lines])
    sides.keras.call(Models.assign, name, large)
    sides.torch.call(Models.assign, name, ledger.to_torch(last, large))
    try:
        yield
    finally:
        sides.keras.call(Models.assign, name, ours)
        sides.torch.call(Models.assign, name, theirs)


def _last(plan: Plan) -> Ledger:
    """The part of the ledger that is about the layers nearest to each output."""
    steps = {step.name: step for step in plan.keras.steps}
    found: set[str] = set()
    waiting, seen = list(plan.keras.results), set[str]()
    while waiting:
        step = steps.get(waiting.pop().partition(":")[0])
        if step is None or step.name in seen:
            continue
        seen.add(step.name)
        own = [v.name for v in step.variables if v.trainable]
        found.update(own)
        if not own:
            waiting += step.inputs
    whole = [x for x in ledger.parts(plan.ledger) if found & {y.keras.name for y in x.lines}]
    return replace(plan.ledger, lines=tuple(y for x in whole for y in x.lines), constant=())


def _measured(
    found: dict[Dtype, tuple[Figures, Figures]],
    dtype: Dtype,
    names: tuple[str, str],
    is_narrow: bool,
) -> list[Measured]:
    lines = []
    for title in SCALES:
        each = {d: [np.array(side[title], d) for side in found[d]] for d in DTYPES}
        if not np.isfinite(each["float64"][0]):  # it says nothing of the port
            continue
        level = noise.of_both(each["float32"], each["float64"])
        wide = each["float64"][0]
        # A loss that Keras takes in float32 inside a float64 model has float32's noise.
        is_rounded = bool(wide) and float(np.float32(wide)) == float(wide)
        narrow = dtype == "float64" and (is_narrow or is_rounded)
        lines.append(
            Measured(
                f"{names[0]}, {title}",
                names[1],
                each[dtype][0],
                each[dtype][1],
                noise.scaled(level, "float32" if narrow else dtype),
                "Keras computes some of this in float32" if narrow else "",
            )
        )
    return lines
