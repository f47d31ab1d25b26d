"""Constraints: how a port holds its weights, where Keras's in their place end a difference."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from parity.diagnose.causes import CAUSES
from parity.diagnose.left import Figures
from parity.diagnose.remedies import Remedy
from parity.numerics import noise
from parity.records.comparison import Finding, Measured

Constraints = tuple[tuple[str, str, dict[str, Any]], ...]  # as of Otherwise

LOST, AXIS, FORMULA = "max-norm-lost", "max-norm-axis", "max-norm-epsilon"
SLIGHT = 1e-3  # of an update


def remedy(constraints: Constraints) -> Remedy:
    """That the port does what Keras does, whatever it does now."""
    told = ", ".join(f"{name} to {kind}" for name, kind, _ in constraints)
    fix = "the line that the gate `training` tells for each, in front of nothing else"
    says = f"Keras holds {told} after each step; the port does not, or otherwise"
    return Remedy(LOST, says, fix)


def told(
    finding: Finding,
    figures: Figures,
    constraints: Constraints,
    under: Callable[[Constraints], Figures],
) -> Finding:
    """The finding, with what the port does where that gives the port's own first step.

    under: the figures with these constraints in the place of the port's.
    """
    if LOST not in (one.cause for one in finding.causes):
        return finding
    cause, says = _what(figures, constraints, under)
    known = CAUSES[cause]
    causes = tuple(
        replace(
            one, cause=cause, about=known.says, says=f"{one.says}: {says}" if says else one.says
        )
        if one.cause == LOST
        else one
        for one in finding.causes
    )
    return replace(finding, causes=causes)


def _what(
    figures: Figures, constraints: Constraints, under: Callable[[Constraints], Figures]
) -> tuple[str, str]:
    apart = [f for f in figures if not _same(f.keras, f.torch, f.noise) and _of(f, constraints)]
    if not apart:
        return LOST, ""
    first = apart[0]
    name = _of(first, constraints)
    for dim, ways in _along_others(constraints, name, first.keras.ndim - 1):
        made = next(f for f in under(ways) if f.keras_name == first.keras_name)
        if _same(made.torch[0], first.torch[0], first.noise):
            return AXIS, f"{name} is held along dim={dim}"
    if np.abs(first.keras - first.torch).max() < SLIGHT * np.abs(first.keras).max():
        return FORMULA, f"{name} is scaled by another formula, that is nearly the same"
    return LOST, ""


def _along_others(
    constraints: Constraints, name: str, axes: int
) -> Iterator[tuple[Any, Constraints]]:
    """One of them over other axes."""
    ((kind, own),) = [(kind, given) for own, kind, given in constraints if own == name]
    others = tuple(one for one in constraints if one[0] != name)
    for count in range(1, axes + 1):
        for dims in combinations(range(axes), count):
            dim = dims if count > 1 else dims[0]
            yield dim, (*others, (name, kind, {**own, "dim": dim}))


def _of(figure: Measured, constraints: Constraints) -> str:
    """The constrained parameter that a figure is about, or ""."""
    names = {name for name, _, _ in constraints}
    return next((name for name in figure.torch_name.split(" + ") if name in names), "")


def _same(one: np.ndarray, other: np.ndarray, level: float) -> bool:
    return noise.ratio(float(np.abs(one - other).max()), level) <= noise.LIMIT
