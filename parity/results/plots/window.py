"""Which part of a curve's axis is shown: the one in which the end of training can be read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parity.records.comparison import Array

ROOM = 2.0  # what comes before may take this multiple of the late values' range, on either side
MARGIN = 0.06  # of the height, left free above and below
DECADES = 2.0  # late values that span more are drawn on a logarithmic axis


@dataclass(frozen=True)
class Window:
    """The limits of an axis."""

    low: float
    high: float
    log: bool = False


def window(curves: Sequence[Array]) -> Window | None:
    """The limits for these curves, whose first value is that of epoch 0. None: nothing to show.

    An untrained model's loss would dwarf all that follows, and that of the first epochs most of
    it. Hence the second half of every curve, in which the frameworks are compared, gets a third
    of the height at least; what is further off leaves the panel. A curve that ended early has a
    second half of its own, so that its end is seen.
    """
    kept = [curve[np.isfinite(curve)] for curve in curves]
    late = np.concatenate([np.empty(0), *(_late(curve) for curve in curves)])
    if not late.size:
        return None
    every = np.concatenate(kept)
    if late.min() > 0 and np.log10(late.max() / late.min()) > DECADES:
        # A run that diverges: linear limits would press all others into one line.
        trained = np.concatenate([curve[1:][np.isfinite(curve[1:])] for curve in curves])
        positive = trained[trained > 0]
        return Window(positive.min() / 1.3, positive.max() * 1.3, log=True)
    # Curves that are flat and equal still need an axis with a height.
    room = max(float(np.ptp(late)), 1e-3 * float(np.abs(late).max()), 1e-12)
    low = max(every.min(), late.min() - ROOM * room)
    high = min(every.max(), late.max() + ROOM * room)
    free = MARGIN * max(high - low, room)
    return Window(float(low - free), float(high + free))


def _late(curve: Array) -> Array:
    """The second half of the epochs that gave a figure; epoch 0 only where there is no other."""
    reached = np.flatnonzero(np.isfinite(curve))
    if not reached.size:
        return curve[:0]
    first = max((int(reached[-1]) + 1) // 2, min(1, int(reached[-1])))
    half: Array = curve[first:][np.isfinite(curve[first:])]
    return half
