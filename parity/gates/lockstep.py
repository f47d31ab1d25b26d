"""Gate `lockstep`: in real training the two part no faster than the Keras model from itself.

The yardstick is a perturbed reference: the Keras model, every initial weight of which is moved by
one ULP. What rounding alone can do to this model on these batches, the reference shows; a port that
drifts by about as much is exact, and one that drifts further has a difference in it.
"""

import numpy as np

from parity.numerics.drift import LIMIT, ceiling, multiple
from parity.records.comparison import GateResult, LayerCheck, worst
from parity.records.training import Drift, Lockstep


def judge(run: Lockstep) -> GateResult:
    """One line a reported step, and one for each figure of its own."""
    if not np.array_equal(run.keras.samples, run.torch.samples):
        return GateResult("lockstep", "differ", (_batches(run),), run.dtype, "unequal batches")
    divergence = run.divergence
    checks = tuple(
        _check(mine, allowed, divergence is not None and mine.step >= divergence.step)
        for mine, allowed in zip(run.port, ceiling(run.yardstick), strict=True)
    )
    if divergence is None:
        verdict = worst(check.verdict for check in checks)
        largest = max(check.noise_ratio or 0.0 for check in checks)
        note = (
            f"{run.steps:,} steps, weights {run.port[-1].weights:.1e} apart at the end, "
            f"at most {largest:.1f}x the one-ULP twin"
        )
        return GateResult("lockstep", verdict, checks, run.dtype, note)
    verdict = "pass" if divergence.is_rounding else "differ"
    tried = sorted(divergence.multiples)[len(divergence.multiples) // 2]
    where = f"step {divergence.step:,}, first in {divergence.variable}{list(divergence.index)}"
    why = "rounding grown large" if divergence.is_rounding else "another step than Keras's"
    note = (
        f"parts at {where}: {why} (from Keras's own weights a step is {tried:.1f}x a reference's); "
        f"{divergence.event}"
    )
    return GateResult("lockstep", verdict, checks, run.dtype, note)


def _check(mine: Drift, allowed: Drift, parted: bool) -> LayerCheck:
    """`parted`: the two have parted by now; what becomes of them says no more."""
    factor = multiple(mine, allowed)
    within = parted or factor <= LIMIT
    return LayerCheck(
        keras=f"step {mine.step}",
        torch=mine.variable,
        verdict="pass" if within else "differ",
        max_abs=mine.weights,
        index=mine.index,
        noise_ratio=factor,
        note="" if within else f"{mine.variable}{list(mine.index)} drifts",
    )


def _batches(run: Lockstep) -> LayerCheck:
    """The first step at which the two sides saw batches of different sizes."""
    ours, theirs = run.keras.samples, run.torch.samples
    shared = min(len(ours), len(theirs))
    unequal = np.flatnonzero(ours[:shared] != theirs[:shared])
    place = int(unequal[0]) if len(unequal) else shared
    sizes = [int(x[place]) if place < len(x) else 0 for x in (ours, theirs)]
    note = f"step {place + 1}: Keras trained on {sizes[0]} samples, the port on {sizes[1]}"
    return LayerCheck(f"step {place + 1}", "", "differ", note=note)
