"""Findings of neighbouring layers that are one mistake seen twice."""

from collections.abc import Sequence
from dataclasses import replace

from parity.diagnose.causes import CAUSES
from parity.records import Cause, Finding

SWAPPED = {"activation-extra", "activation-missing"}


def joined(findings: Sequence[Finding]) -> list[Finding]:
    """An activation that is missing at one layer, and one too many at the next, changed places."""
    found: list[Finding] = []
    for finding in findings:
        last = found[-1] if found else None
        if last is not None and {_only(last), _only(finding)} == SWAPPED:
            found[-1] = _changed_places(last, finding)
        else:
            found.append(finding)
    return found


def _only(finding: Finding) -> str:
    return finding.causes[0].cause if len(finding.causes) == 1 else ""


def _changed_places(first: Finding, second: Finding) -> Finding:
    (a,), (b,) = first.causes, second.causes
    known = CAUSES["activation-place"]
    says = f"{first.keras}: {a.says}; {second.keras}: {b.says}"
    cause = Cause("activation-place", known.says, says, f"{a.fix}; {b.fix}", known.entry, 1.0)
    own = first if a.cause == "activation-missing" else second  # whose activation it is in Keras
    return replace(own, causes=(cause,), after=max(first.after, second.after))
