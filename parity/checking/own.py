"""Check a person's own pair: any Keras model against any torch module."""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from parity.checking import forward, probe, training
from parity.checking import inputs as drawn_inputs
from parity.diagnose import loaded, misfits
from parity.errors import ModelError
from parity.gates import structure, weights
from parity.mapping import ledger
from parity.mapping import plan as planning
from parity.mapping.layout_moves import AS_IT_IS, CHANNELS
from parity.mapping.overrides import Wishes
from parity.mapping.plan import DTYPES, Plan
from parity.records.comparison import (
    Array,
    Dtype,
    Finding,
    GateResult,
    LayerCheck,
    Layout,
    Pair,
    Report,
    Trace,
)
from parity.sides.process import Sides

KEY = "own"
Present = Callable[..., Plan]
CONVOLUTIONAL = (
    *("Conv", "MaxPool", "AveragePool", "ZeroPadding", "UpSampling", "Depthwise"),
    *("Separable", "Cropping", "GlobalMax", "GlobalAverage", "Spatial"),
)


@dataclass(frozen=True)
class Request:
    """What to compare, and how.

    keras, torch: live objects, "module:callable", or (Keras) a file model.keras;
    inputs: arrays as Keras takes them, by name; None for random ones;
    shape: of one sample, where the model does not say;
    is_loaded: the port holds its weights already, and is compared as it is;
    train: compare what layers do in training mode, too.
    """

    keras: Any
    torch: Any
    name: str = "own"
    inputs: Mapping[str, Array] | None = None
    shape: tuple[int, ...] | None = None
    keras_weights: str = ""
    torch_weights: str = ""
    is_loaded: bool = False
    wishes: Wishes = field(default_factory=Wishes)
    dtypes: tuple[Dtype, ...] = DTYPES
    seed: int = 0
    train: bool = False


def check(
    request: Request,
    sides: Sides,
    provenance: Callable[[], dict[str, Any]] = dict,
    progress: Callable[[str], None] = lambda name: None,
) -> Report:
    """Write both models down, align them, move the weights, and compare all layers.

    Raises ModelError where a model cannot be found, or Keras's cannot be run.
    """
    sides.both(
        "open",
        (KEY, request.keras, request.keras_weights),
        (KEY, request.torch, request.torch_weights),
    )
    try:
        plan, present = _plan(request, sides)
        with _probed(request, sides):
            return _gates(request, plan, present, sides, provenance, progress)
    finally:
        sides.both("leave", (KEY,), (KEY,))


@contextlib.contextmanager
def _probed(request: Request, sides: Sides) -> Iterator[None]:
    """Give constant weights of the Keras model other values for a while: in a bias of zeros, as a
    new model has it, mistakes hide."""
    if request.is_loaded:
        yield
        return
    constant = sides.keras.call("constant_weights", KEY)
    sides.keras.call("assign", KEY, probe.weights(constant, request.seed))
    try:
        yield
    finally:
        sides.keras.call("assign", KEY, constant)


def _plan(request: Request, sides: Sides) -> tuple[Plan, Present]:
    """The plan, and what draws one up once more, of the passes in training mode if asked to."""
    inputs = _inputs(request, sides)
    names = [f":{n}" if n else "" for n in range(len(inputs))]
    pair = Pair(request.name, "classify", "", "", "")
    best: tuple[Plan, Present] | None = None
    for layouts in _arrangements(request, sides, inputs):
        moved = {
            name: layout.to_torch(array)
            for (name, array), layout in zip(inputs.items(), layouts, strict=True)
        }
        taken = dict(zip(names, layouts, strict=True))
        present = partial(
            planning.compare, pair, sides, KEY, dict(inputs), moved, taken, request.wishes
        )
        found = present()
        if not found.torch.error:
            return found, present
        if best is None or len(found.torch.steps) > len(best[0].torch.steps):
            best = found, present
    assert best is not None
    return best


def _inputs(request: Request, sides: Sides) -> dict[str, Array]:
    wanted, vocabulary = sides.keras.call("wanted", KEY)
    if request.inputs is None:
        return drawn_inputs.draw(wanted, vocabulary, request.shape, request.seed)
    found = {str(name): np.asarray(array) for name, array in request.inputs.items()}
    if set(wanted) - set(found) and len(wanted) == len(found):
        found = dict(zip(wanted, found.values(), strict=True))  # by position
    narrow = {n: a.astype("float32") if a.dtype == np.float64 else a for n, a in found.items()}
    missing = [name for name in wanted if name not in narrow]
    if missing:
        raise ModelError(f"no input {', '.join(map(repr, missing))}; got {', '.join(narrow)}")
    return narrow


def _arrangements(
    request: Request, sides: Sides, inputs: dict[str, Array]
) -> Iterator[tuple[Layout, ...]]:
    """In which layouts the torch module may take the inputs, the likeliest first."""
    trace: Trace = sides.keras.call("present", KEY, dict(inputs))
    choices = []
    for number, (name, array) in enumerate(inputs.items()):
        wish = request.wishes.inputs.get(name)
        if wish is not None:
            choices.append([CHANNELS if wish == "channels_first" else AS_IT_IS])
        elif array.ndim < 3 or not np.issubdtype(array.dtype, np.floating):
            choices.append([AS_IT_IS])
        elif array.ndim > 3 or _is_convolved(trace, f":{number}" if number else ""):
            choices.append([CHANNELS, AS_IT_IS])
        else:
            choices.append([AS_IT_IS, CHANNELS])
    yield from itertools.product(*choices)


def _is_convolved(trace: Trace, name: str) -> bool:
    """Does the first layer that takes this input work on channels?"""
    first = next((step for step in trace.steps if name in step.inputs), None)
    return first is not None and first.kind.startswith(CONVOLUTIONAL)


def _gates(
    request: Request,
    plan: Plan,
    present: Present,
    sides: Sides,
    provenance: Callable[[], dict[str, Any]],
    progress: Callable[[str], None],
) -> Report:
    gate, findings = _weights(request, plan, sides)
    results = [
        structure.judge(
            plan.alignment, plan.keras, plan.torch, plan.layouts, plan.ledger, in_training=False
        ),
        gate,
    ]
    if not plan.alignment.matches:
        nothing = [
            GateResult("forward", "not run", dtype=dtype, note="no layer was matched")
            for dtype in request.dtypes
        ]
        if request.train:
            nothing.append(GateResult("training", "not run", note="no layer was matched"))
        return Report(request.name, (*results, *nothing), provenance(), findings)
    met = forward.walk(plan, sides, KEY, progress)
    results[0] = structure.confirmed(results[0], forward.agreeing(met))
    results += [forward.judged(plan, met, dtype) for dtype in request.dtypes]
    if findings:  # what differs beside the weights shows with Keras's own
        _lend(plan, sides)
        met = forward.walk(plan, sides, KEY, progress)
    why = forward.causes(met, plan.keras.steps)
    found = (*findings, *misfits.findings(plan.alignment, plan.ledger), *why)
    if request.train:
        in_training = partial(present, training=True)
        differing = forward.differing(met)
        gate, trained = training.check(plan, in_training, sides, KEY, differing, progress)
        results.append(gate)
        found = (*found, *trained)
    return Report(request.name, tuple(results), provenance(), found)


def _lend(plan: Plan, sides: Sides) -> None:
    for part in ledger.parts(plan.ledger):
        names = list(dict.fromkeys(line.keras.name for line in part.lines))
        ours = sides.keras.call("weights", KEY, names)
        sides.torch.call("lend", KEY, ledger.to_torch(part, ours))


def _weights(request: Request, plan: Plan, sides: Sides) -> tuple[GateResult, tuple[Finding, ...]]:
    """Lend the port Keras's weights, or look at its own; each move goes there and back.

    Weights are moved piece by piece, so that no second copy of a model is ever held.
    """
    checks: list[LayerCheck] = []
    compared = loaded.Compared()
    for part in ledger.parts(plan.ledger):
        names = list(dict.fromkeys(line.keras.name for line in part.lines))
        ours = sides.keras.call("weights", KEY, names)
        moved = ledger.to_torch(part, ours)
        if request.is_loaded:
            held = sides.torch.call("weights", KEY, list(moved))
            judged = weights.judge(part, ours, held, ledger.to_keras(part, held))
            compared.look(part, moved, held)
        else:
            judged = weights.judge(part, ours, moved, ledger.to_keras(part, moved))
            del ours
            sides.torch.call("lend", KEY, moved)
        checks += judged.layers
    rest = weights.judge(replace(plan.ledger, lines=()), {}, {}, {})
    whole = weights.gate((*checks, *rest.layers), plan.ledger)
    return whole, compared.findings()
