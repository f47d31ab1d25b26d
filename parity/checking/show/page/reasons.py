"""Causes for a page: each once, with its figures before and after, and where it stands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parity.checking.show import diagnosis
from parity.checking.show.page.sources import Excerpt, excerpt
from parity.records.comparison import Finding, Report

LEAST = 1e-18  # the left end of a bar: below what float64 can tell of values near 1


@dataclass(frozen=True)
class Reason:
    """A finding, and those that say the same of other layers. numbers: theirs, from 1."""

    finding: Finding
    numbers: tuple[int, ...]
    others: tuple[str, ...]
    keras: Excerpt | None
    torch: Excerpt | None
    before: float  # the length of a bar, of 1
    after: float


def of(report: Report) -> list[Reason]:
    numbers = {id(finding): number for number, finding in enumerate(report.diagnosis, 1)}
    return [
        _reason(group, tuple(numbers[id(finding)] for finding in group))
        for group in diagnosis.alike(report.diagnosis)
    ]


def _reason(group: Sequence[Finding], numbers: tuple[int, ...]) -> Reason:
    finding, *others = group
    most = max(finding.before, 1.0) if math.isfinite(finding.before) else 1.0
    return Reason(
        finding,
        numbers,
        tuple(other.keras or other.torch for other in others),
        excerpt(finding.keras_where),
        excerpt(next((c.where for c in finding.causes if c.where), "") or finding.torch_where),
        _share(finding.before, most),
        _share(finding.after, most),
    )


def _share(value: float, most: float) -> float:
    """On a logarithmic scale; at least a sliver, so that there is something to see."""
    if not math.isfinite(value):
        return 1.0
    if value <= LEAST:
        return 0.0
    return max(0.01, math.log(value / LEAST) / math.log(most / LEAST))
