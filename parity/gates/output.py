"""Gate `output`: what both models return, run whole and plain, is the same. It decides.

Everything returned is compared, on every draw of inputs and weights. A value is judged against the
rounding noise that the whole model was measured to have on that draw.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parity.gates import returned_values
from parity.gates.returned_values import (
    Pairing,
    Run,
    lost_alike,
    name_of,
    pairings,
    shape_of,
    told_of,
    told_of_lost,
    without_ties,
)
from parity.gates.segment_values import is_lost, rounding
from parity.gates.turned_over import COARSER, by_rounding
from parity.mapping.layout_moves import AS_IT_IS
from parity.numerics import judging, noise
from parity.numerics.difference import Difference, difference
from parity.records.comparison import Array, Dtype, GateResult, LayerCheck, Layout, worst

NOTHING = "Keras returns nothing like it"


@dataclass(frozen=True)
class Compared:
    """One pairing on one draw in one dtype."""

    line: LayerCheck
    keras: Array | None = None  # as compared: of the same layout
    torch: Array | None = None
    layout: Layout = AS_IT_IS


def judge(runs: Sequence[Run], dtype: Dtype, is_narrow: bool = False) -> GateResult:
    """A line for each returned value: the worst of all draws.

    is_narrow: Keras computes in float32 somewhere, whatever the dtype.
    """
    first = runs[0]
    for name, side in (("Keras", first.keras), ("the port", first.torch)):
        if side[dtype].error:  # which says nothing of what it would return
            line = LayerCheck("", "", "incomplete", note=f"{name} raises {side[dtype].error}")
            return GateResult("output", "incomplete", (line,), dtype, line.note)
    lines = []
    for pairing in pairings(first.keras[dtype], first.torch[dtype]):
        lines.append(_worst([compare(pairing, run, dtype, runs[0], is_narrow) for run in runs]))
    if not lines:
        lines = [LayerCheck("", "", "differ", note="nothing is returned that could be compared")]
    verdict = worst(line.verdict for line in lines)
    return GateResult("output", verdict, tuple(lines), dtype, _note(runs, dtype, lines))


def compare(
    pairing: Pairing, run: Run, dtype: Dtype, first: Run, is_narrow: bool = False
) -> Compared:
    """first: the draw on which values choose the layout."""
    keras, torch = run.keras[dtype], run.torch[dtype]
    if keras.error or torch.error:
        side, error = ("Keras", keras.error) if keras.error else ("the port", torch.error)
        return Compared(LayerCheck("", "", "differ", note=f"{side} raises on {run.about}: {error}"))
    mine = keras.parts[pairing.ours] if pairing.ours is not None else None
    other = returned_values.part_of(torch, pairing.theirs)
    names = name_of(mine, "output"), name_of(other, "returned value")
    if mine is None:
        note = f"the port returns {names[1]}, too; {NOTHING}"
        return Compared(LayerCheck("", names[1], "incomplete", note=note))
    if other is None or mine.value is None or other.value is None:
        kind = "nothing" if other is None else other.kind
        note = f"Keras returns {names[0]}; in its place the port returns {kind}"
        return Compared(LayerCheck(names[0], names[1], "differ", shape_of(mine), note=note))
    layout = returned_values.layout_of(pairing, first, dtype)
    moved = returned_values.in_keras(layout, mine.value, other.value)
    if dtype == "float32" and _is_out_of_range(pairing, run) and moved.shape == mine.value.shape:
        moved = mine.value
    lost = lost_alike(mine.value, moved)
    gap = difference(*(np.where(lost, 0, x) if lost.any() else x for x in (mine.value, moved)))
    level = _noise(pairing, run, layout, is_narrow, dtype)
    # What goes through float32 is moved by its rounding, whatever the dtype.
    jumps = run.spread.get("float32" if is_narrow and "float32" in run.spread else dtype)
    if jumps is not None and dtype == "float32":
        jumps = _turned_over(pairing, run, layout, jumps)
    gap = without_ties(gap, mine.value, moved, level, jumps, pairing.ours or 0)
    ratio = noise.ratio(gap.max_abs, level)
    is_same = ratio <= noise.LIMIT
    line = LayerCheck(
        *names,
        "differ" if not is_same else "incomplete" if lost.any() else "pass",
        shape_of(mine),
        shape_of(other),
        gap.max_abs,
        gap.index,
        gap.rel,
        gap.ulp,
        ratio,
        note="; ".join(
            filter(
                None,
                [
                    gap.note,
                    told_of_lost(lost),
                    *told_of(mine, other, run.is_turned),
                    "" if is_same else _on(run, gap, ratio),
                ],
            )
        ),
    )
    return Compared(line, mine.value, moved, layout)


def is_far(run: Run) -> bool:
    """Do both differ so far that it takes no run of the port in float32 to tell its noise?

    run: of a port that stands in for its own float32.
    """
    if len(run.dtypes()) < 2:
        return False
    every = pairings(run.keras["float64"], run.torch["float64"])
    lines = (compare(pairing, run, "float64", run, is_narrow=True).line for pairing in every)
    return any(
        line.verdict == "differ" and (line.noise_ratio or np.inf) > COARSER * noise.LIMIT
        for line in lines
    )


def of_samples(run: Run, dtype: Dtype) -> Iterator[tuple[Array, float]]:
    """For each returned value the largest difference of each sample, infinite where nothing can be
    compared, and the noise."""
    if run.keras[dtype].error or run.torch[dtype].error:
        return
    for pairing in pairings(run.keras[dtype], run.torch[dtype]):
        found = compare(pairing, run, dtype, run)
        if pairing.ours is None:
            continue
        if found.keras is None or found.torch is None or found.keras.shape != found.torch.shape:
            yield np.array([np.inf]), 0.0
            continue
        gaps = np.abs(found.keras.astype(np.float64) - found.torch)
        flat = gaps.reshape(len(gaps), -1) if gaps.ndim else gaps.reshape(1, 1)
        yield flat.max(1, initial=0.0), _noise(pairing, run, found.layout, False, dtype)


def _worst(found: Sequence[Compared]) -> LayerCheck:
    """The first that differs, else the first incomplete one, else the largest difference."""
    lines = [one.line for one in found]
    for verdict in ("differ", "incomplete"):
        for line in lines:
            if line.verdict == verdict:
                return line
    return max(lines, key=lambda line: line.noise_ratio or 0.0)


def _note(runs: Sequence[Run], dtype: Dtype, lines: Sequence[LayerCheck]) -> str:
    keras, torch = runs[0].keras[dtype], runs[0].torch[dtype]
    said = [f"{len(lines)} returned value{'s' * (len(lines) > 1)}, {len(runs)} draws"]
    if all(line.verdict == "pass" for line in lines):
        said.append(judging.largest(lines))
        said += dict.fromkeys(line.note for line in lines if line.note)
    else:
        said += [line.note for line in lines if line.verdict != "pass"][:1]
    if {keras.container, torch.container} not in ({keras.container}, {"list", "tuple"}):
        one, other = (x or "a tensor" for x in (keras.container, torch.container))
        said.append(f"Keras returns {one}, the port {other}")
    return "; ".join(filter(None, [*said, torch.note]))


def _noise(pairing: Pairing, run: Run, layout: Layout, is_narrow: bool, dtype: Dtype) -> float:
    both = {d: returned_values.values_of(pairing, run, d) for d in run.dtypes()}
    ours = {d: values[0] for d, values in both.items()}
    theirs = {d: returned_values.in_keras(layout, *values) for d, values in both.items()}
    if len(both) < 2:
        wide = ours[dtype].astype(np.float64)
        found = noise.level(wide.astype(np.float32), wide)
        jumps = run.spread.get(dtype)
        return max(found, float(jumps[pairing.ours or 0].max(initial=0.0)) if jumps else 0.0)
    mine = rounding(ours["float32"], ours["float64"])
    level = max(mine, min(rounding(theirs["float32"], theirs["float64"]), COARSER * mine))
    return noise.scaled(level, "float32" if is_narrow or run.is_wide else dtype)


def _turned_over(
    pairing: Pairing, run: Run, layout: Layout, spread: tuple[Array, ...]
) -> tuple[Array, ...]:
    """The spread in float32, with what its rounding moves where the input does not tell."""
    if len(run.dtypes()) < 2:
        return spread
    place = pairing.ours or 0
    pairs = [returned_values.values_of(pairing, run, d) for d in ("float32", "float64")]
    keras = pairs[0][0], pairs[1][0]
    torch = tuple(returned_values.in_keras(layout, *values) for values in pairs)
    found = by_rounding(keras, (torch[0], torch[1]), spread[place])
    return *spread[:place], found, *spread[place + 1 :]


def _is_out_of_range(pairing: Pairing, run: Run) -> bool:
    """Has Keras's own float32 lost, far from ordinary values, what float64 gives, as where the
    squares of a norm are none of its numbers? Then float64 alone tells whether the port agrees."""
    if not run.is_wide or len(run.dtypes()) < 2:
        return False
    narrow, wide = (returned_values.values_of(pairing, run, d)[0] for d in ("float32", "float64"))
    return is_lost(narrow, wide)


def _on(run: Run, gap: Difference, ratio: float) -> str:
    far = (
        f"{gap.max_abs:.1e} apart, {ratio:.1g} x noise, on " if np.isfinite(gap.max_abs) else "on "
    )
    return far + run.about
