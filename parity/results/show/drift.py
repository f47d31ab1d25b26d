"""Drift as people look at it: a table in the terminal, and a picture on a logarithmic scale."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from parity.checking.show import console as screen
from parity.language import gettext as _
from parity.numerics.drift import LIMIT
from parity.records.training import LockstepRecord, Naive

COLUMNS = ("step", "weights", "one-ULP twin", "x twin", "loss", "gradient norm", "largest in")
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"


def rows(record: LockstepRecord) -> list[tuple[str, ...]]:
    """The reported steps as text, a row each, in the order of COLUMNS."""
    return [
        (
            f"{point.step:,}",
            f"{point.port.weights:.1e}",
            f"{point.reference.weights:.1e}",
            f"{point.multiple:.1f}",
            f"{point.port.loss:.1e}",
            f"{point.port.norm:.1e}",
            _short(point.port.variable),
        )
        for point in record.drift
        if point.shown and point.step
    ]


def _short(variable: str) -> str:
    """Without the model's name, where it begins with it."""
    return variable.partition("/")[2] if variable.count("/") > 1 else variable


def summary(record: LockstepRecord) -> list[str]:
    """What a run comes to, in sentences."""
    lines = [record.note]
    if record.decisions:
        decided = record.decisions
        lines.append(
            f"test decisions that differ: {decided.different:,} of {decided.all:,} "
            f"(the twin's: {decided.different_for_the_reference:,})"
        )
    if record.divergence:
        p = record.divergence
        lines.append(
            f"at step {p.step} {p.variable}{list(p.index)} is {p.keras:.17g} in Keras and "
            f"{p.torch:.17g} in the port; {p.drift:.1e} apart, the twin {p.reference_drift:.1e}"
        )
    if record.cost:
        cost = record.cost
        lines.append(
            f"lock-step took {cost.lockstep:.1f} s, both plain loops {cost.both:.1f} s "
            f"(Keras {cost.keras:.1f} s, torch {cost.torch:.1f} s): {cost.ratio:.2f}x"
        )
    return lines


def table(record: LockstepRecord) -> RenderableType:
    """One run for the terminal."""
    title = Text.assemble(
        (f"\n{record.pair}", "bold"),
        f" {record.dtype}, Keras on {record.backend}: ",
        screen.verdict(record.verdict),
    )
    parts: list[RenderableType] = [title, _table(COLUMNS, rows(record))]
    parts += [Text(f"  {line}") for line in summary(record)]
    if record.naive:
        parts += [Text("\n  what each unmatched convention costs:"), _table(*naive(record.naive))]
    return Group(*parts)


def naive(found: Sequence[Naive]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The naive translations of a run: weights apart at steps, and the last losses."""
    first = found[0].drifts
    steps = [drift.step for drift in first if str(drift.step)[0] == "1" or drift is first[-1]]
    head = ("the port trained with", *(f"step {step:,}" for step in steps), "last loss", "Keras's")
    body = [
        (
            row.name,
            *(f"{d.weights:.1e}" for d in row.drifts if d.step in steps),
            f"{row.loss:.6f}",
            f"{row.keras_loss:.6f}",
        )
        for row in found
    ]
    return head, body


def _table(head: tuple[str, ...], body: list[tuple[str, ...]]) -> Table:
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in head:
        text = name in ("largest in", "the port trained with")
        found.add_column(name, justify="left" if text else "right", overflow="fold")
    for row in body:
        found.add_row(*row)
    return found


def picture(record: LockstepRecord, path: Path) -> None:
    """Drift against step: the port, the twin, what the gate allows, and machine epsilon."""
    points = [point for point in record.drift if point.step]
    steps = [point.step for point in points]
    port = np.array([point.port.weights for point in points])
    twin = np.array([point.reference.weights for point in points])
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.subplots()
    epsilon = float(np.finfo(record.dtype).eps)
    axes.plot(
        steps, LIMIT * np.maximum.accumulate(twin), ":", color=GREY, label=_("the gate's limit")
    )
    axes.plot(steps, twin, "-", color=ORANGE, linewidth=3, alpha=0.6, label=_("Keras and its twin"))
    axes.plot(steps, _visible(port, epsilon), "x-", color=BLUE, label=_("Keras and the port"))
    axes.axhline(epsilon, color="black", linewidth=0.8, linestyle="--", label=_("machine epsilon"))
    if record.divergence:
        axes.axvline(record.divergence.step, color="red", linewidth=1, label=_("divergence"))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(_("training step"))
    axes.set_ylabel(_("largest difference of any weight"))
    title = _("{pair} in lock-step, {dtype}, Keras on {backend}")
    axes.set_title(title.format(**{x: getattr(record, x) for x in ("pair", "dtype", "backend")}))
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    with matplotlib.rc_context({"savefig.dpi": 110}):
        figure.savefig(path, metadata={"Software": None})


def _visible(values: np.ndarray[Any, Any], epsilon: float) -> np.ndarray[Any, Any]:
    """Exact agreement has no logarithm; it is drawn far below epsilon."""
    floor: np.ndarray[Any, Any] = np.maximum(values, epsilon * 1e-3)
    return floor
