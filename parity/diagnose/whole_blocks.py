"""Whole blocks that one side has alone, as a loop over two of three: Keras's, done by the port as
it runs; the port's, left out of it."""

from collections.abc import Iterator

from parity.diagnose import activation_of, added
from parity.diagnose.causes import CAUSES
from parity.diagnose.hypothesis import Case
from parity.mapping.blocks import Block
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Array, Cause, Finding, Step, Trace
from parity.records.interventions import BlockStep, Change, Lent
from parity.sides.keras_layers import LAYERS

ALONG = ("softmax", "log_softmax")  # which run along an axis
KINDS = {*LAYERS, "MultiHeadAttention"}


def done(
    block: Block, place: Step, axes: tuple[int, ...], weights: dict[str, Array]
) -> tuple[Change, ...]:
    """Keras's block behind a step of the port's; nothing where a layer is not known.

    axes: Keras's axis i is the port's axes[i] there. weights: Keras's, by name.
    """
    steps = [_step(step, block.entry.name, place) for step in block.steps]
    if not all(steps):
        return ()
    lent = {name: Lent(name, array) for name, array in weights.items()}
    value = {"steps": tuple(filter(None, steps)), "axes": axes, **lent}
    return (Change(place.name, "output", "keras_block", value),)


def _step(step: Step, entry: str, place: Step) -> BlockStep | None:
    inputs = tuple("" if name == entry else name for name in step.inputs)
    weights = {v.role: v.name for v in step.variables if v.kind == "weight"}
    if KERAS.get(step.kind) in added.IN_TRAINING_ALONE:
        return BlockStep(step.name, "", {}, inputs[:1], {})
    is_activation = step.kind in activation_of.LAYERS or (
        KERAS.get(step.kind) in activation_of.EXPRESSIONS
    )
    axes = tuple(range(len(step.shape)))
    found = activation_of.of_layer(Case((step,), (place,), step.shape, step.shape, axes), step)
    if (step.kind not in KINDS and not is_activation) or (found and not found.name):
        return None
    settings = dict(found.settings) if found else {}
    if found and found.name in ALONG:
        settings = {"dim": step.settings.get("axis", -1)}
    name = found.name if found and found.name != "linear" else ""
    kind = "" if is_activation else step.kind
    return BlockStep(step.name, kind, step.settings, inputs, weights, name, settings)


def left_out(block: Block, trace: Trace) -> Iterator[Change]:
    """What makes the port go on with what its block is given."""
    entry, last = block.entry.name, block.exit.name
    for step in trace.steps:
        if last in step.inputs:
            yield Change(step.name, "source", entry, last)
    if last in trace.results:
        yield Change(last, "result", entry)


def lacking(block: Block, place: Step) -> Finding:
    """That the port lacks a block of Keras's behind this step."""
    kinds = ", ".join(f"{s.name} ({s.kind})" for s in block.steps if s.variables)
    says = f"behind {place.name} the port lacks a block of Keras's: {kinds}"
    calls = "; ".join(f"x = {step.name}(x)" for step in block.steps if step.variables)
    names = " + ".join(step.name for step in block.steps if step.variables)
    return _finding(names, place.name, "layer-missing", says, calls)


def exceeding(block: Block, keras: Step) -> Finding:
    """That the port has a block which Keras has not behind this layer."""
    owners = [step.name for step in block.steps if step.variables]
    says = f"without {', '.join(owners)} the port gives what Keras gives"
    fix = f"leave out {', '.join(owners)}"
    return _finding(keras.name, " + ".join(owners), "layer-extra", says, fix)


def _finding(keras: str, torch: str, cause: str, says: str, fix: str) -> Finding:
    known = CAUSES[cause]
    named = Cause(cause, known.says, says, fix, known.entry, 1.0)
    return Finding(keras, torch, "forward", (named,), float("inf"), 0.0)
