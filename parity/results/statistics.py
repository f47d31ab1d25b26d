"""Do two arms of training runs end alike? One figure a run (a final loss, say), one run a seed.

A test that finds no difference proves nothing: with few seeds it never finds one. Equivalence has
to be shown, by two one-sided tests (TOST; Schuirmann 1987, J. Pharmacokinet. Biopharm. 15, 657-680)
of "torch is lower by the margin" and "torch is higher by the margin". Both are rejected where the
90 % interval of the difference lies within the margin on either side.

    equivalent   both are rejected, even if a difference within the margin is beyond doubt
    different    not so, and the 95 % interval excludes zero: the difference is no accident, and
                 nothing shows that it keeps within the margin
    undecided    neither: too few seeds for this spread

All is Student's t, for independent seeds and roughly normal figures, in whatever unit they have.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import scipy  # its `stats`, a second, are loaded when they are first asked for

from parity.records.comparison import Array

Design = Literal["independent", "paired"]
Verdict = Literal["equivalent", "different", "undecided"]
Counts = int | Array
# Seeds of the Keras and of the torch arm -> standard error of the difference, degrees of freedom
Errors = Callable[[Counts, Counts], tuple[Array, Array]]

ALPHA = 0.05
POWER = 0.9
ONE_SEED = "one seed: no test"
MOST = 1000  # seeds per arm: a plan beyond this is no plan


@dataclass(frozen=True)
class Spread:
    """Of one arm, over its seeds. Unknown unless every run has a finite figure."""

    count: int
    mean: float  # NaN where unknown
    sd: float | None  # of the sample (ddof 1); None for one run
    low: float | None  # 95 % t-interval of the mean
    high: float | None


@dataclass(frozen=True)
class Equivalence:
    design: Design
    keras: Spread
    torch: Spread
    difference: float  # mean of torch minus mean of Keras
    low: float | None  # 95 % interval of the difference
    high: float | None
    margin: float  # absolute
    p: float | None  # the larger of the two one-sided tests
    p_difference: float | None  # two-sided t-test of no difference
    verdict: Verdict
    needed: int | None  # undecided: about how many seeds per arm decide, at the measured spread
    why: str = ""  # what could not be tested or planned


def spread(values: Sequence[float]) -> Spread:
    """Keeps runs that diverged: the mean of the others would flatter. ValueError without runs."""
    array = np.asarray(values, np.float64)
    count = array.size
    if not count:
        raise ValueError("an arm has 0 runs: give the figure of one seed at least")
    if not np.isfinite(array).all():
        return Spread(count, math.nan, None, None, None)
    apart = array - array[0]  # exactly 0 for equal values, as value - mean is not once it rounds
    mean = float(array[0] + apart.mean())
    if count == 1:
        return Spread(count, mean, None, None, None)
    sd = float(apart.std(ddof=1))
    reach = float(scipy.stats.t.ppf(1 - ALPHA / 2, count - 1)) * sd / math.sqrt(count)
    return Spread(count, mean, sd, mean - reach, mean + reach)


def independent(keras: Sequence[float], torch: Sequence[float], margin: float) -> Equivalence:
    """Arms whose seeds have nothing in common: Welch's t, for spreads that need not be equal.

    Raises ValueError for an arm without runs and for a margin that is not a number above 0.
    """
    found = _untested("independent", keras, torch, margin)
    a, b = found.keras.sd, found.torch.sd
    if a is None or b is None:
        return found
    return _judged(found, math.hypot(a, b), partial(_welch, a, b))


def paired(keras: Sequence[float], torch: Sequence[float], margin: float) -> Equivalence:
    """Arms that share start and batches, seed by seed: what a seed does to both cancels.

    Raises ValueError as `independent` does, and for arms of unequal length.
    """
    if len(keras) != len(torch):
        raise ValueError(
            f"{len(keras)} keras and {len(torch)} torch runs make no pairs: "
            "give both arms the same seeds in one order, or compare them as independent"
        )
    found = _untested("paired", keras, torch, margin)
    apart = spread([float(b) - float(a) for a, b in zip(keras, torch, strict=True)])
    if apart.sd is None:
        return found
    return _judged(replace(found, difference=apart.mean), apart.sd, partial(_student, apart.sd))


def _untested(
    design: Design, keras: Sequence[float], torch: Sequence[float], margin: float
) -> Equivalence:
    """The figures alone: undecided, and why it may have to stay so."""
    if not (margin > 0 and math.isfinite(margin)):
        raise ValueError(f"margin is {margin}: give the least difference that matters, above 0")
    k, t = spread(keras), spread(torch)
    apart = t.mean - k.mean
    why = "; ".join(filter(None, (_obstacle("keras", keras), _obstacle("torch", torch))))
    if k.count == t.count == 1 and math.isfinite(apart):
        why = ONE_SEED
    return Equivalence(design, k, t, apart, None, None, margin, None, None, "undecided", None, why)


def _obstacle(arm: str, values: Sequence[float]) -> str:
    lost = np.count_nonzero(~np.isfinite(np.asarray(values, np.float64)))
    if lost:
        return (
            f"{arm}: {lost} of {len(values)} runs {'has' if lost == 1 else 'have'} no finite figure"
        )
    return f"{arm}: one seed shows no spread to test by" if len(values) == 1 else ""


def _judged(found: Equivalence, sd: float, errors: Errors) -> Equivalence:
    """sd: of the difference between one run of each arm."""
    apart, size, margin = found.difference, abs(found.difference), found.margin
    if sd == 0:  # the interval is a point, and t would divide by zero
        why = "no spread over the seeds: the difference is judged as it stands, not tested"
        verdict: Verdict = "equivalent" if size < margin else "different"
        return replace(found, low=apart, high=apart, verdict=verdict, why=why)
    error, freedom = map(float, errors(found.keras.count, found.torch.count))
    reach = float(scipy.stats.t.ppf(1 - ALPHA / 2, freedom)) * error
    p = float(scipy.stats.t.sf((margin - size) / error, freedom))
    p_difference = 2 * float(scipy.stats.t.sf(size / error, freedom))
    tested = replace(found, low=apart - reach, high=apart + reach, p=p, p_difference=p_difference)
    if p < ALPHA:
        return replace(tested, verdict="equivalent")
    if p_difference < ALPHA:
        return replace(tested, verdict="different")
    needed = _needed(min(found.keras.count, found.torch.count), errors, margin)
    why = "" if needed else f"at this spread more than {MOST} seeds per arm would be needed"
    return replace(tested, needed=needed, why=why)


def _needed(have: int, errors: Errors, margin: float) -> int | None:
    """The least number of seeds per arm above `have` that gives TOST 90 % power; None beyond MOST.

    The true difference is taken as zero: an undecided one is not told from zero, and power at the
    measured one would only repeat p (Hoenig & Heisey 2001, Am. Stat. 55, 19-24). Should it not be
    zero, about 80 % of trials still end in one verdict or the other, whatever it is, since so many
    seeds leave little room between the two. The number is as uncertain as the measured spread, and
    it is for a fresh trial: to add seeds until one likes the verdict is no test.

    Each one-sided t is noncentral at margin / error (Phillips 1990, J. Pharmacokinet. Biopharm. 18,
    137-144); that both fail to reject is too rare to count.
    """
    more = np.arange(have + 1, MOST + 1)
    error, freedom = errors(more, more)
    power = (
        2 * scipy.stats.nct.sf(scipy.stats.t.ppf(1 - ALPHA, freedom), freedom, margin / error) - 1
    )
    enough = more[power >= POWER]
    return int(enough[0]) if enough.size else None


def _welch(keras_sd: float, torch_sd: float, m: Counts, n: Counts) -> tuple[Array, Array]:
    """Degrees of freedom after Welch (1947) and Satterthwaite (1946)."""
    a, b = keras_sd / np.sqrt(m), torch_sd / np.sqrt(n)
    error = np.hypot(a, b)
    share = np.square(a / error)  # of the Keras arm in the variance; free of the unit
    return error, 1 / (share**2 / (m - 1) + (1 - share) ** 2 / (n - 1))


def _student(sd: float, n: Counts, _: Counts) -> tuple[Array, Array]:
    return sd / np.sqrt(n), np.asarray(n - 1)
