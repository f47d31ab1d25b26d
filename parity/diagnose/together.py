"""Findings of neighbouring layers that are one mistake seen twice."""

from collections.abc import Sequence
from dataclasses import replace

from parity.diagnose.causes import CAUSES
from parity.records.comparison import Cause, Finding, Step

SWAPPED = {"activation-extra", "activation-missing"}


def joined(findings: Sequence[Finding], layers: Sequence[Step]) -> list[Finding]:
    """An activation that is missing at one layer, and one too many at the next, changed places.

    layers: of Keras, in their order.
    """
    found: list[Finding] = []
    for finding in findings:
        last = found[-1] if found else None
        if last is not None and _is_swapped(last, finding, layers):
            found[-1] = _changed_places(last, finding)
        else:
            found.append(finding)
    return found


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
