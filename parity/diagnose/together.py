"""Findings of neighbouring layers that are one mistake seen twice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from parity.diagnose.causes import CAUSES
from parity.records.comparison import Cause, Finding, Step

SWAPPED = {"activation-extra", "activation-missing"}
WIRING, NORM = "wiring", "Normalization"
FEWEST = 3  # values that are taken elsewhere where each block normalises in another place
MODULE = "nn.TransformerEncoderLayer(...)"
# By whether sums take normalised values in the port, and whether it is what a block gives that is
# normalised on one side.
NORMALISED = {
    (True, False): (
        "the port normalises each sum, Keras what each block takes in front of it",
        f"x = x + block(norm(x)): norm_first=True of {MODULE}",
    ),
    (False, False): (
        "the port normalises what each block takes in front of it, Keras each sum",
        f"x = norm(x + block(x)): norm_first=False of {MODULE}",
    ),
    (True, True): (
        "the port normalises what each block gives, Keras each sum",
        "x = norm(x + block(x))",
    ),
    (False, True): (
        "the port normalises each sum, Keras what each block gives",
        "x = x + norm(block(x))",
    ),
}


def joined(findings: Sequence[Finding], layers: Sequence[Step]) -> list[Finding]:
    """An activation that is missing at one layer, and one too many at the next, changed places;
    and so did normalisations and additions, where all values that are taken elsewhere are theirs;
    and two values each of which is taken where Keras takes the other, as a gate and what it leaves.

    layers: of Keras, in their order.
    """
    found: list[Finding] = []
    for finding in _normalised(findings, layers):
        last = found[-1] if found else None
        if last is not None and _is_swapped(last, finding, layers):
            found[-1] = _changed_places(last, finding)
        else:
            found.append(finding)
    return _crossed(found)


def _crossed(findings: Sequence[Finding]) -> list[Finding]:
    """One finding for two that take each other's value."""
    found: list[Finding] = []
    for finding in findings:
        names = _taken(finding)
        place = next((n for n, x in enumerate(found) if names and _taken(x) == names[::-1]), None)
        if place is None:
            found.append(finding)
        else:
            found[place] = _each_others(found[place], finding)
    return found


def _taken(finding: Finding) -> list[str]:
    """The value that the port takes, and the one that Keras takes, where that is all of it."""
    causes = finding.causes
    is_alone = len(causes) == 1 and causes[0].cause == WIRING
    names = causes[0].subject.split("\n") if is_alone else []
    return names if len(names) == 2 else []


def _each_others(first: Finding, second: Finding) -> Finding:
    (a,), (b,) = first.causes, second.causes
    theirs, ours = _taken(first)
    says = f"{first.torch} and {second.torch} take each other's values: {theirs} and {ours}"
    cause = replace(a, says=says, fix=f"{a.fix}; {b.fix}", subject="")
    torch = f"{first.torch} + {second.torch}"
    return replace(first, torch=torch, causes=(cause,), after=max(first.after, second.after))


def _normalised(findings: Sequence[Finding], layers: Sequence[Step]) -> list[Finding]:
    """One finding for blocks that normalise what they add to, for those that normalise the sum."""
    kinds = {step.name: step.kind for step in layers}
    wired = [x for x in findings if [cause.cause for cause in x.causes] == [WIRING]]
    if len(wired) < FEWEST or not all(_is_of_norm(x, kinds) for x in wired):
        return [*findings]
    sums = [x for x in wired if kinds.get(x.keras) == "Add"]
    takes = [one.split("\n") for x in sums for one in [x.causes[0].subject]]
    is_ahead = {NORM in kinds.get(theirs, "") for theirs, _ in takes}
    if len(is_ahead) != 1:
        return [*findings]
    first = wired[0]
    (says, fix) = NORMALISED[is_ahead.pop(), _is_of_branch(wired, kinds)]
    cause = replace(first.causes[0], cause="norm-first", says=says, fix=fix, subject="")
    cause = replace(cause, about=CAUSES["norm-first"].says)
    after = max(x.after for x in wired)
    return [
        replace(first, causes=(cause,), after=after) if x is first else x
        for x in findings
        if x is first or x not in wired
    ]


def _is_of_branch(wired: Sequence[Finding], kinds: Mapping[str, str]) -> bool:
    """Do a normalisation and a sum take each other's place behind one block?"""
    taken = {x.keras: tuple(x.causes[0].subject.split("\n")) for x in wired}
    sums = [(name, pair) for name, pair in taken.items() if kinds.get(name) == "Add"]
    norms = [pair for name, pair in taken.items() if NORM in kinds.get(name, "")]
    return any(
        norm in ((ours, name), (name, theirs)) for name, (theirs, ours) in sums for norm in norms
    )


def _is_of_norm(finding: Finding, kinds: Mapping[str, str]) -> bool:
    """Is it a normalisation, or takes what one gives on one side alone?"""
    names = finding.causes[0].subject.split("\n")
    if len(names) != 2:
        return False
    is_norm = [NORM in kinds.get(name.partition(":")[0], "") for name in names]
    return NORM in kinds.get(finding.keras, "") or is_norm[0] != is_norm[1]


def _is_swapped(one: Finding, other: Finding, layers: Sequence[Step]) -> bool:
    """Is it the same activation, and is there nothing but normalisation between the layers?"""
    if len(one.causes) != 1 or len(other.causes) != 1:
        return False
    (a,), (b,) = one.causes, other.causes
    if {a.cause, b.cause} != SWAPPED or a.subject != b.subject:
        return False
    ends = [i for i, step in enumerate(layers) if step.name in (one.keras, other.keras)]
    return all("Normalization" in step.kind for step in layers[ends[0] + 1 : ends[-1]])


def _changed_places(first: Finding, second: Finding) -> Finding:
    (a,), (b,) = first.causes, second.causes
    known = CAUSES["activation-place"]
    says = f"{first.keras}: {a.says}; {second.keras}: {b.says}"
    cause = Cause("activation-place", known.says, says, f"{a.fix}; {b.fix}", known.entry, 1.0)
    own = first if a.cause == "activation-missing" else second  # whose activation it is in Keras
    return replace(own, causes=(cause,), after=max(first.after, second.after))
