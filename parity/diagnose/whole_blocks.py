"""Whole blocks that one side has alone, as a loop over two of three: Keras's, done by the port as
it runs; the port's, left out of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from parity.diagnose import activation_of, added, writing
from parity.diagnose.causes import CAUSES
from parity.diagnose.hypothesis import Case
from parity.mapping.blocks import Block, LastLayers
from parity.mapping.rules.operations import KERAS
from parity.mapping.stacks import RECURRENT
from parity.numerics.judging import counted
from parity.records.comparison import Array, Cause, Finding, Step, Trace
from parity.records.interventions import BlockStep, Change, Lent
from parity.sides.keras_layers import LAYERS

ALONG = ("softmax", "log_softmax")  # which run along an axis
ATTENTION = "MultiHeadAttention"
KINDS = {*LAYERS, ATTENTION}
MASKED = {*RECURRENT, ATTENTION}
STACKS = ("RNN", "LSTM", "GRU")  # torch's modules


def done(
    block: Block,
    place: Step,
    axes: tuple[int, ...],
    weights: dict[str, Array],
    masks: Sequence[Lent] = (),
) -> Iterator[tuple[Change, ...]]:
    """Keras's block behind a step of the port's; nothing where a layer is not known.

    axes: Keras's axis i is the port's axes[i] there. weights: Keras's, by name; masks: of the steps
    that count, one of which may have come that far, as attention may be causal: no layer tells.
    """
    steps = [_step(step, block.entry.name, place) for step in block.steps]
    known = [step for step in steps if step is not None]
    kinds = {step.kind for step in known}
    ways = [None, *masks] if kinds & MASKED else [None]
    if len(known) < len(steps):
        return
    for mask, causal in product(ways, (False, True) if ATTENTION in kinds else (False,)):
        own = {step.name: _masked(step, mask, causal) for step in known}
        lent = {name: Lent(name, array) for name, array in weights.items()}
        lent |= {} if mask is None else {mask.name: mask}
        value = {"steps": tuple(own.values()), "axes": axes, **lent}
        yield (Change(place.name, "output", "keras_block", value),)


def _masked(step: BlockStep, mask: Lent | None, causal: bool) -> BlockStep:
    if step.kind == ATTENTION:
        step = replace(step, config=step.config | {"use_causal_mask": causal})
    if mask is not None and step.kind in MASKED:
        step = replace(step, weights=step.weights | {"mask": mask.name})
    return step


def done_in_a_stack(block: Block, stack: Step, weights: dict[str, Array]) -> tuple[Change, ...]:
    """Keras's recurrent layers behind those of a module of torch's."""
    entry = block.entry.name
    steps = tuple(
        BlockStep(s.name, s.kind, s.settings, (entry,), {v.role: v.name for v in s.variables
                                                         if v.kind == "weight"})
        for s in block.steps
    )  # fmt: skip
    lent = {name: Lent(name, array) for name, array in weights.items()}
    return (Change(stack.name, "call", "deeper", {"steps": steps, **lent}),)


def shallower(block: LastLayers) -> Change:
    return Change(block.entry.name, "call", "shallower", {"layers": block.kept})


def exceeding_stack(block: LastLayers, keras: Trace) -> Finding:
    """That a stack of the port's has more layers than Keras."""
    name, count = block.entry.name, block.entry.settings["num_layers"]
    says = f"{name} has {count} layers, of which the first {block.kept} give what Keras gives"
    layers = [step.name for step in keras.steps if step.kind in RECURRENT]
    fix = f"{writing.with_settings(block.entry, num_layers=block.kept)}  # {name}"
    return _finding(layers[-1] if layers else keras.steps[0].name, name, "layer-extra", says, fix)


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
    owners = [step for step in block.steps if step.variables]
    if place.kind in STACKS and len({block.entry.kind, *(step.kind for step in owners)}) == 1:
        count = place.settings.get("num_layers", 1)
        wanted = count + len(owners)
        fix = f"{writing.with_settings(place, num_layers=wanted)}  # {place.name}"
        own = counted(count, "layer")
        says = f"{place.name} has {own}, Keras {wanted}, the last of them {owners[-1].name}"
        names = " + ".join(step.name for step in owners)
        return _finding(names, place.name, "layer-missing", says, fix)
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
