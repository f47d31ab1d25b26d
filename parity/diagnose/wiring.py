"""A segment that takes another value than Keras's does, or one that was changed in place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from parity.diagnose import added, reading, rewriting
from parity.diagnose.causes import CAUSES
from parity.diagnose.differing_segment import DifferingSegment, gap_of, is_noise, played
from parity.diagnose.hypothesis import Case
from parity.diagnose.search import Explained, Proof
from parity.mapping.flow import outside, told
from parity.mapping.rules.operations import TORCH
from parity.records.comparison import Cause, Finding, Layout, Match, Step
from parity.records.interventions import Change


def miswired(
    match: Match,
    sources: tuple[tuple[str, str], ...],
    before: float,
    after: float,
    layout: Layout,
    values: Mapping[str, str],
    steps: Sequence[Step],
    inputs: Sequence[str] = (),
    turned: Sequence[tuple[str, str]] = (),
) -> Explained:
    """A segment that agrees when it is fed as Keras feeds it, and is fed otherwise.

    sources: what torch takes and what Keras takes, in Keras's names; values: the port's by these;
    steps: the port's; inputs: the names of Keras's inputs; turned: those of the sources of which
    the port has one in another layout than the other.
    """
    pairs = [(told(theirs, inputs), told(ours, inputs)) for theirs, ours in sources]
    last = match.torch[-1].name
    says = "; ".join(f"{last} takes {theirs}, where Keras takes {ours}" for theirs, ours in pairs)
    fix = f"feed {last} with {', '.join(ours for _, ours in pairs)}"
    splits = {step.name for step in steps if TORCH.get(step.kind) == "split"}
    owners = {values.get(name, "").partition(":")[0] for pair in sources for name in pair}
    is_of_one = len(owners) == 1 and owners <= splits
    cells = {step.name for step in steps if step.kind == "LSTMCell"}
    name = "parts-exchanged" if is_of_one else "wiring"
    name = "rnn-state" if len(owners) == 1 and owners <= cells else name
    spoilt = _spoilt(sources, values, steps)
    cause = (
        _in_place(spoilt, last, pairs[0][1])
        if spoilt
        else Cause(name, CAUSES[name].says, says, fix, "", 1.0, _pair(sources))
    )
    torch = " + ".join(step.name for step in match.torch)
    finding = Finding(match.keras.name, torch, "forward", (cause,), before, after)
    changes = tuple(
        change
        for theirs, ours in sources
        for step in match.torch
        if values.get(theirs) in step.inputs and ours in values
        for change in _sources(step, values[ours], values[theirs], match, (theirs, ours) in turned)
    )
    proofs = (Proof(cause, changes),) if changes else ()
    return Explained((finding,), layout, proofs, (finding,) if changes else ())


def _pair(sources: Sequence[tuple[str, str]]) -> str:
    """What the port takes, and what Keras takes, where that is one value."""
    return "\n".join(sources[0]) if len(sources) == 1 else ""


def _sources(step: Step, new: str, old: str, match: Match, is_turned: bool) -> list[Change]:
    """Let a step take another value. Where it only tells what work in place did to another name of
    the memory, those that take that name take what stood there; where it turns what is turned
    already, those that take what it gives."""
    takers = [x for x in match.torch if step.name in x.inputs]
    if step.kind == "written":
        return [Change(taker.name, "source", step.inputs[0], step.name) for taker in takers]
    if is_turned and reading.permutation(step) is not None:
        return [x for taker in takers for x in _sources(taker, new, step.name, match, False)]
    return [Change(step.name, "source", new, old)]


def untaken(
    subject: DifferingSegment,
    names: Sequence[str],
    steps: Sequence[Step],
    inputs: Sequence[str] = (),
) -> Explained | None:
    """A layer that takes what the port does not, where all else is as it is: one value is taken
    twice, or none in that one's place.

    names: what Keras alone takes; steps: the port's; inputs: the names of Keras's inputs.
    """
    match = subject.match
    layer = next((x for x in match.keras_steps if {*names}.intersection(x.inputs)), None)
    if layer is None:
        return None
    before, _ = gap_of(subject, played(subject, ()))
    for step, change in _otherwise(subject, layer, names):
        gap, layout = gap_of(subject, played(subject, (change,)))
        if is_noise(subject, gap):
            cause = _untaken(subject, layer, step, change, names, steps, inputs)
            torch = " + ".join(step.name for step in match.torch)
            finding = Finding(match.keras.name, torch, "forward", (cause,), before, gap)
            return Explained((finding,), layout, (Proof(cause, (change,)),), (finding,))
    return None


def _otherwise(
    subject: DifferingSegment, layer: Step, names: Sequence[str]
) -> Iterator[tuple[Step, Change]]:
    """What a merging layer takes joined by each of the port's steps; of another, each value that a
    step takes from elsewhere in the place of one that Keras alone takes."""
    axes = added.axes_of(subject.layout, len(layer.shape))
    taken = outside(subject.match.torch)
    for step in reversed(subject.match.torch):
        change = added.merged(layer, step.name, "output", axes, subject.answers)
        if change is not None:
            yield step, change
            continue
        wanted = [subject.answers[name].name for name in names if name in subject.answers]
        for old, new in product([name for name in step.inputs if name in taken], wanted):
            yield step, Change(step.name, "source", new, old)


def _untaken(
    subject: DifferingSegment,
    layer: Step,
    step: Step,
    change: Change,
    names: Sequence[str],
    steps: Sequence[Step],
    inputs: Sequence[str],
) -> Cause:
    answers = subject.answers
    own = {theirs.name: ours for ours, theirs in answers.items()}
    taken = [told(own.get(name, name), inputs) for name in outside(subject.match.torch)]
    wanted = [told(name, inputs) for name in layer.inputs]
    pairs = tuple((own[name], ours) for name in step.inputs if name in own for ours in names)
    names_there = {ours: theirs.name for ours, theirs in answers.items()}
    if spoilt := _spoilt(pairs, names_there, steps):
        return _in_place(spoilt, step.name, " and ".join(told(name, inputs) for name in names))
    if change.what == "source":
        new, old = (told(own[name], inputs) for name in (change.name, change.value))
        says = f"{step.name} takes {old}, where Keras takes {new}"
        return Cause("wiring", CAUSES["wiring"].says, says, f"feed {step.name} with {new}", "", 1.0)
    says = f"{step.name} takes {' and '.join(taken)}, where Keras takes {' and '.join(wanted)}"
    shapes = subject.input_shape, layer.shape
    fix = rewriting.line(Case((layer,), subject.match.torch, *shapes, subject.axes), "y")
    return Cause("wiring", CAUSES["wiring"].says, says, fix, "", 1.0)


def _in_place(spoilt: str, taker: str, wanted: str) -> Cause:
    says = f"{spoilt} works in place: what {taker} takes behind it is no longer {wanted}"
    fix = f"y = y + x, not y += x  # {spoilt}"
    return Cause("changed-in-place", CAUSES["changed-in-place"].says, says, fix, "", 1.0)


def with_results(
    why: Mapping[str, Explained],
    keras: Sequence[str],
    torch: Sequence[str],
    values: Mapping[str, str],
) -> dict[str, Explained]:
    """With the changes that return what answers Keras's results, where steps take each other's
    place: what is last in the port is then not what is last in Keras.

    keras, torch: what each side gives; values: the port's by Keras's names.
    """
    wanted = [values.get(name, "") for name in keras]
    rewired = [name for name, one in why.items() if any(_is_wiring(x) for x in one.proofs)]
    if not rewired or not all(wanted) or len(wanted) != len(torch) or wanted == [*torch]:
        return dict(why)
    changes = tuple(
        Change(own, "result", other)
        for own, other in zip(torch, wanted, strict=True)
        if own != other
    )
    last = why[rewired[-1]]
    proofs = [
        replace(x, changes=(*x.changes, *changes)) if x is last.proofs[-1] else x
        for x in last.proofs
    ]
    return {**why, rewired[-1]: replace(last, proofs=tuple(proofs))}


def _is_wiring(proof: Proof) -> bool:
    return proof.cause.cause == "wiring"


def _spoilt(
    sources: tuple[tuple[str, str], ...], values: Mapping[str, str], steps: Sequence[Step]
) -> str:
    """The step that works in place on what Keras takes, where the port takes what it leaves."""
    changed = {
        step.name: step.inputs[0] for step in steps if step.settings.get("inplace") and step.inputs
    }
    for theirs, ours in sources:
        last = before = values.get(theirs, "")
        while before in changed:
            before = changed[before]
            if before == values.get(ours):
                return last
    return ""
