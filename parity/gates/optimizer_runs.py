"""Ten steps of both optimizers on the same gradients: what the gate `optimizer` measures."""

from dataclasses import dataclass, replace

import numpy as np

from parity.mapping import ledger
from parity.mapping.plan import DTYPES, Plan, key
from parity.numerics import noise
from parity.records import optimizers
from parity.records.comparison import Array, Dtype, Ledger
from parity.records.training import Update
from parity.sides.calls import TwoSides, ask
from parity.sides.training_verbs import Training
from parity.sides.verbs import Models

STEPS = 10

Named = dict[str, Array]


@dataclass(frozen=True)
class Run:
    """Both optimizers in one dtype, in Keras's names and layouts."""

    keras: dict[str, Array]  # variable -> its updates, (STEPS, *shape)
    torch: dict[str, Array]
    keras_slots: dict[str, Array]  # role -> all variables' values after the last step, flat
    torch_slots: dict[str, Array]
    begun: Named  # the port's weights before, by its own names
    given: list[Named]  # the port's gradients
    again: dict[
        str, Array
    ]  # Keras's updates, where steps begin one ULP away; none where they don't


def gradients(own: Ledger, seed: int) -> list[Named]:
    """Gradients of every size from 1e-8 to 1: small ones show where epsilon stands."""
    generator = np.random.default_rng(seed)

    def draw(shape: tuple[int, ...]) -> Array:
        size = 10.0 ** generator.uniform(-8, 0, shape)
        return (size * generator.standard_normal(shape)).astype("float32")

    shapes = {line.keras.name: line.keras.shape for line in own.lines}
    return [{name: draw(shape) for name, shape in shapes.items()} for _ in range(STEPS)]


def run(plan: Plan, sides: TwoSides, dtype: Dtype, own: Ledger, drawn: list[Named]) -> Run:
    name = key(plan.pair, dtype)
    before = sides.both(Models.weights, name)
    sides.keras.call(Training.mark, name)
    cast = _cast(drawn, dtype)
    moved = [ledger.to_torch(own, step) for step in cast]
    keras, torch = sides.each(ask(Training.updates, name, cast), ask(Training.updates, name, moved))
    ours = _in_keras(dict(keras[-1].slots.items()), own)
    theirs = _in_torch(optimizers.in_keras_terms(torch[-1].slots), own)
    return Run(
        {line.keras.name: _moves(before[0], keras, line.keras.name) for line in own.lines},
        _steps(own, before[1], torch),
        _flat(ours),
        _flat({role: x for role, x in theirs.items() if x.keys() == ours.get(role, x).keys()}),
        before[1],
        moved,
        {},
    )


def foresee(
    plan: Plan, sides: TwoSides, own: Ledger, seed: int, is_stepped: bool, is_narrow: bool
) -> None:
    """Ask Keras what this run asks of it."""
    for dtype in DTYPES:
        name = key(plan.pair, dtype)
        sides.keras.call(Training.mark, name)
        sides.keras.call(Training.updates, name, _cast(gradients(own, seed), dtype))
        if is_stepped:
            begun_near(plan, sides, seed, is_narrow, dtype, own)
        sides.keras.call(Training.restore, name)


def begun_near(
    plan: Plan, sides: TwoSides, seed: int, is_narrow: bool, dtype: Dtype, own: Ledger
) -> Named:
    """Keras's updates in steps of its own that begin one ULP away. An optimizer makes large what is
    left of gradients that cancel out, as of a bias ahead of a BatchNormalization."""
    name = key(plan.pair, dtype)
    sides.keras.call(Training.restore, name)
    near = noise.perturbed(sides.keras.call(Models.weights, name), seed, is_narrow)
    sides.keras.call(Models.assign, name, near)
    found = sides.keras.call(Training.updates, name, [{} for _ in range(STEPS)])
    return {line.keras.name: _moves(near, found, line.keras.name) for line in own.lines}


def _cast(drawn: list[Named], dtype: Dtype) -> list[Named]:
    return [{n: gradient.astype(dtype) for n, gradient in step.items()} for step in drawn]


def _steps(own: Ledger, before: Named, after: list[Update]) -> Named:
    """The port's updates in Keras's names and layouts, each (STEPS, *shape)."""
    names = {line.torch.name for line in own.lines}
    moves = {name: _moves(before, after, name) for name in names}
    each = [ledger.to_keras(own, {n: x[step] for n, x in moves.items()}) for step in range(STEPS)]
    return {name: np.stack([step[name] for step in each]) for name in each[0]}


def _moves(before: Named, after: list[Update], name: str) -> Array:
    """What each step added to a weight, (STEPS, *shape)."""
    return np.diff(np.stack([before[name], *(update.weights[name] for update in after)]), axis=0)


def _in_keras(slots: dict[str, Named], own: Ledger) -> dict[str, Named]:
    """Each role's values of the variables that have it, as one of several optimizers moves them, in
    the ledger's order."""
    names = list(dict.fromkeys(line.keras.name for line in own.lines))
    return {
        role: of if optimizers.GLOBAL in of else {name: of[name] for name in names if name in of}
        for role, of in slots.items()
    }


def _in_torch(slots: dict[str, Named], own: Ledger) -> dict[str, Named]:
    """The same of the port's, in Keras's names and layouts."""
    shapes = {line.torch.name: line.torch.shape for line in own.lines}
    found = {
        role: of
        if optimizers.GLOBAL in of
        else ledger.to_keras(ledger.of_given(own, of.keys()), of)
        for role, of in slots.items()
        if optimizers.GLOBAL in of or all(x.shape == shapes.get(n, x.shape) for n, x in of.items())
    }
    return _in_keras(found, own)


def _flat(slots: dict[str, Named]) -> dict[str, Array]:
    """Each role's values as one row."""
    found = {}
    for role, of in slots.items():
        if optimizers.GLOBAL in of:
            found[role] = np.atleast_1d(of[optimizers.GLOBAL])
        elif of:
            found[role] = np.concatenate([x.ravel() for x in of.values()])
    return found


def made(after: list[Update], own: Ledger, run: Run) -> dict[str, Array]:
    """The port's updates, and its state in the end."""
    flat = _flat(_in_torch(optimizers.in_keras_terms(after[-1].slots), own))
    return _steps(own, run.begun, after) | flat


def as_accumulated(run: Run, steps: int) -> Run:
    """Keras counts batches, of which so many come to a step, and keeps the sum of their gradients;
    torch counts steps, and keeps the sum with the weights, unless its optimizer adds up, too."""
    if "gradient_accumulator" in run.torch_slots:
        return run
    slots = {role: x for role, x in run.keras_slots.items() if role != "gradient_accumulator"}
    if "iteration" in slots:
        slots["iteration"] = slots["iteration"] // steps
    return replace(run, keras_slots=slots)
