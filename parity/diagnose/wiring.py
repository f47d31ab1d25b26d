"""A segment that takes another value than Keras's does, or one that was changed in place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from parity.diagnose.causes import CAUSES
from parity.diagnose.search import Explained, Proof
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
) -> Explained:
    """A segment that agrees when it is fed as Keras feeds it, and is fed otherwise.

    sources: what torch takes and what Keras takes, in Keras's names; values: the port's by these;
    steps: the port's.
    """
    pairs = [(theirs or "the input", ours or "the input") for theirs, ours in sources]
    last = match.torch[-1].name
    says = "; ".join(f"{last} takes {theirs}, where Keras takes {ours}" for theirs, ours in pairs)
    fix = f"feed {last} with {', '.join(ours for _, ours in pairs)}"
    splits = {step.name for step in steps if TORCH.get(step.kind) == "split"}
    owners = {values.get(name, "").partition(":")[0] for pair in sources for name in pair}
    is_of_one = len(owners) == 1 and owners <= splits
    name = "parts-exchanged" if is_of_one else "wiring"
    if spoilt := _spoilt(sources, values, steps):
        name = "changed-in-place"
        says = f"{spoilt} works in place: what {last} takes behind it is no longer {pairs[0][1]}"
        fix = f"y = y + x, not y += x  # {spoilt}"
    cause = Cause(name, CAUSES[name].says, says, fix, "", 1.0)
    torch = " + ".join(step.name for step in match.torch)
    finding = Finding(match.keras.name, torch, "forward", (cause,), before, after)
    changes = tuple(
        Change(step.name, "source", values[ours], values[theirs])
        for theirs, ours in sources
        for step in match.torch
        if values.get(theirs) in step.inputs and ours in values
    )
    proofs = (Proof(cause, changes),) if changes else ()
    return Explained((finding,), layout, proofs, (finding,) if changes else ())


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
