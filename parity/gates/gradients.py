"""Gate `gradients`: one batch in training mode gives the same gradient of every parameter.

Both sides use the same draws for dropout and noise.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from parity.gates import float32_leaks
from parity.mapping import ledger
from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import judging, noise
from parity.records.comparison import Array, Dtype, GateResult, LayerCheck, Measured
from parity.records.otherwise import AS_IT_IS, Otherwise
from parity.records.training import Gradients
from parity.sides.calls import TwoSides
from parity.sides.training_verbs import Training, TrainingInKeras, TrainingInTorch
from parity.sides.verbs import Models

STEP = 1  # whose draws are used
DRAWS = 3  # of weights one ULP away
LOSS, INPUT = "loss", "input"
ACCUMULATES = "gradient_accumulation_steps"

Named = dict[str, Array]


def gather(
    plan: Plan, sides: TwoSides, raw: Array, labels: Array, narrow: tuple[str, ...] = ()
) -> tuple[dict[Dtype, list[Measured]], tuple[str, ...], bool]:
    """Every gradient in both dtypes, the random layers that were not shared, and whether Keras
    itself drew for some of them.

    Both models must be compiled. Raises ModelError where a training pass breaks off.
    raw: samples as the data set has them, (N, ...); labels: (N, ...). narrow: the Keras layers that
    are computed in float32, whose rounding is in every gradient.
    """
    found: dict[Dtype, tuple[Named, Named]] = {}
    unused: set[str] = set()
    is_apart = False
    for dtype in DTYPES:
        name = key(plan.pair, dtype)
        keras, torch = sides.both(Training.gradients, name, raw, labels, STEP)
        unused |= {*keras.unused, *torch.unused}
        is_apart = is_apart or bool(keras.unused)
        found[dtype] = _keras(plan, keras), _torch(plan, torch)
    leaks = sides.keras.call(TrainingInKeras.loss_leak, key(plan.pair, "float64"))
    told = partial(float32_leaks.told, sides.keras.backend)
    if not (narrow or plan.pair.has_twin_files):
        name = key(plan.pair, "float64")
        if sides.keras.call(TrainingInKeras.averages_narrowly, name):
            narrow = ("the loss",)  # whose rounding a port's own need not have
    leak = _Leak(leaks, told(", ".join(narrow)) if narrow else "")
    settings = sides.keras.call(Training.hyperparameters, key(plan.pair, "float64"))
    steps = settings[0].get(ACCUMULATES)
    if steps and _is_divided(found["float64"], steps):
        found = {dtype: _times(both, steps) for dtype, both in found.items()}
    lines = {dtype: _measured(plan, dtype, found, leak) for dtype in DTYPES}
    if any(judging.line(one).verdict == "differ" for one in lines["float64"]):
        rounding = _rounding(plan, sides, raw, labels, found["float64"])
        lines["float64"] = [
            replace(one, noise=max(one.noise, rounding[one.keras_name])) for one in lines["float64"]
        ]
    return lines, tuple(sorted(unused)), is_apart


def under(
    plan: Plan,
    sides: TwoSides,
    raw: Array,
    labels: Array,
    wide: list[Measured],
    otherwise: Otherwise,
) -> list[Measured]:
    """The float64 figures, measured before, with the port's made otherwise."""
    name = key(plan.pair, "float64")
    sides.torch.call(TrainingInTorch.do_otherwise, name, otherwise)
    try:
        found = sides.torch.call(Training.gradients, name, raw, labels, STEP)
    finally:
        sides.torch.call(TrainingInTorch.do_otherwise, name, AS_IT_IS)
    made = _torch(plan, found)
    return [replace(one, torch=made[one.keras_name]) for one in wide]


def undropped(
    plan: Plan,
    sides: TwoSides,
    raw: Array,
    labels: Array,
    wide: list[Measured],
    idle: tuple[str, ...],
) -> list[Measured]:
    """The float64 figures, measured before, with Keras's where these layers of it drop nothing."""
    name = key(plan.pair, "float64")
    found = sides.keras.call(TrainingInKeras.gradients_undropped, name, raw, labels, STEP, idle)
    made = _keras(plan, found)
    return [replace(one, keras=made[one.keras_name]) for one in wide]


def _is_divided(both: tuple[Named, Named], steps: int) -> bool:
    """Does the port divide by the number of batches that it adds up? Keras does so in the end."""
    keras, torch = both
    names = [name for name in keras if name != LOSS and keras[name].any()]
    return bool(names) and all(np.allclose(keras[n], steps * torch[n]) for n in names if n in torch)


def _times(both: tuple[Named, Named], steps: int) -> tuple[Named, Named]:
    keras, torch = both
    return keras, {name: x if name == LOSS else steps * x for name, x in torch.items()}


def foresee(plan: Plan, sides: TwoSides, raw: Array, labels: Array) -> None:
    """Ask Keras what this gate asks of it where a port differs."""
    wide = key(plan.pair, "float64")
    sides.keras.call(Training.gradients, wide, raw, labels, STEP, is_backwards=True)


def _rounding(
    plan: Plan, sides: TwoSides, raw: Array, labels: Array, found: tuple[Named, Named]
) -> dict[str, float]:
    """How far float64's own rounding moves each gradient, measured in float64 itself: either side
    adds the same samples up the last first, and the port's weights begin one ULP away.

    float32 need not tell it: a CPU may add up float64 by another algorithm, in longer chains, and
    what is left of a sum that cancels out can happen to be as good as exact in float32.
    found: both sides' gradients as they are.
    """
    name = key(plan.pair, "float64")
    backwards = sides.both(Training.gradients, name, raw, labels, STEP, is_backwards=True)
    made = [_from_last(each(plan, x)) for each, x in zip((_keras, _torch), backwards, strict=True)]
    pairs = [*zip(found, made, strict=True)]
    own = sides.torch.call(Models.weights, name)
    try:
        for seed in range(DRAWS):
            sides.torch.call(Models.assign, name, noise.perturbed(own, seed))
            near = sides.torch.call(Training.gradients, name, raw, labels, STEP)
            pairs.append((found[1], _torch(plan, near)))
    finally:
        sides.torch.call(Models.assign, name, own)
    return {
        name: max(
            float(np.abs(moved[name] - first[name]).max())
            for first, moved in pairs
            if name in first  # a step of the port's own tells nothing of its inputs
        )
        for name in found[0]
    }


def _from_last(found: Named) -> Named:
    """The gradients of samples that were given the last first: an input's has a row a sample."""
    return {name: x[::-1] if name.startswith(INPUT) else x for name, x in found.items()}


@dataclass(frozen=True)
class _Leak:
    """What Keras computes in float32 inside a float64 model."""

    of_loss: bool  # it averages the loss so (see the loss gate)
    of_layers: str  # which layers, in words; "" for none

    def noise(self, name: str, level: float, dtype: Dtype) -> float:
        is_narrow = bool(self.of_layers) or (self.of_loss and name == LOSS)
        return noise.scaled(level, "float32" if is_narrow else dtype)


def _keras(plan: Plan, found: Gradients) -> Named:
    order = [*plan.shown.keras]
    places = {
        order.index(name) if name in order else int(name): x for name, x in found.inputs.items()
    }
    inputs = {_input(plan, place): x for place, x in places.items()}
    return {LOSS: np.array(found.loss)} | found.weights | inputs


def _torch(plan: Plan, found: Gradients) -> Named:
    """The port's gradients in Keras's names and layouts."""
    moved = ledger.to_keras(ledger.trained(plan.ledger), found.weights)
    inputs = {
        _input(plan, place): layout.to_keras(found.inputs[name])
        for place, (name, layout) in enumerate(
            zip(plan.shown.torch, plan.layouts_of_inputs, strict=True)
        )
        if name in found.inputs
    }
    return {LOSS: np.array(found.loss)} | moved | inputs


def _input(plan: Plan, place: int) -> str:
    """What an input's line is called."""
    return INPUT if len(plan.shown.keras) == 1 else f"{INPUT} {[*plan.shown.keras][place]}"


def _measured(
    plan: Plan, dtype: Dtype, found: dict[Dtype, tuple[Named, Named]], leak: _Leak
) -> list[Measured]:
    """The loss, then the gradients from the output backwards, the input's last."""
    names = {line.keras.name: line.torch.name for line in plan.ledger.lines}
    keras, torch = found[dtype]
    trainable = [name for name in names if name in keras]
    inputs = [name for name in keras if name not in (LOSS, *names) and name in torch]
    lines = []
    for name in (LOSS, *reversed(trainable), *inputs):
        level = noise.of_both(
            [x[name] for x in found["float32"]], [x[name] for x in found["float64"]]
        )
        ours, theirs = keras[name].astype(dtype), torch[name].astype(dtype)
        note = leak.of_layers if dtype == "float64" else ""
        their_name = names.get(name, name)
        rounding = leak.noise(name, level, dtype)
        lines.append(Measured(name, their_name, ours, theirs, rounding, note))
    return lines


def judge(
    dtype: Dtype,
    values: list[Measured],
    unused: tuple[str, ...] = (),
    is_apart: bool = False,
) -> GateResult:
    """One line a gradient, from the output backwards, as they are computed; the input's is last.

    unused: random layers that could not be given the same draws on both sides; is_apart: are there
    some of Keras's among them, so that gradients say nothing?
    """
    checks = [judging.line(measured) for measured in values]
    if is_apart:
        checks = [
            replace(line, verdict="incomplete") if line.verdict == "differ" else line
            for line in checks
        ]
    checks += [
        LayerCheck(name, "", "incomplete", note=f"{name} draws random numbers that were not shared")
        for name in unused
    ]
    return judging.gate("gradients", dtype, "gradients", checks)
