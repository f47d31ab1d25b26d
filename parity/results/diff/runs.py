"""The runs of one pair in two results folders, A and B: bitwise the same? Do they end alike?

The arms of all tests are A and B, each side of the pair by itself. Keras and torch are compared
within a folder alone (parity/results/equivalence.py).
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal, get_args

from parity.records.jobs import FRAMEWORKS, STARTS, Epoch, Job, Run
from parity.records.pair import Margins
from parity.results import statistics
from parity.results.equivalence import METRICS, Metric, final, margin
from parity.results.read import Result
from parity.results.statistics import Spread

Outcome = Literal["identical", "equivalent", "different", "undecided", "not judged"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
# In the order in which an epoch finds them. Its seconds are no figure of the model.
HISTORY = ("train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_keras_accuracy")
ARMS = {"keras": "A", "torch": "B"}  # parity.statistics names its arms by what it was made for


@dataclass(frozen=True)
class Parting:
    """The first figure in which two histories differ; None where there is none."""

    epoch: int
    figure: str
    a: float | None
    b: float | None


@dataclass(frozen=True)
class Same:
    """A run that is in both. Without a parting their histories are bitwise equal."""

    seed: int
    parting: Parting | None
    a: dict[Metric, float]  # final; NaN for a run that ended early
    b: dict[Metric, float]
    difference: dict[Metric, float]  # B - A


@dataclass(frozen=True)
class Agreement:
    """The runs in both of one side of a pair and one start."""

    pair: str
    framework: str
    start: str
    equal: int  # how many of the runs are bitwise equal
    parting: Parting | None  # the earliest
    largest: dict[Metric, float]  # final difference, without its sign; NaN where one is unknown
    runs: tuple[Same, ...]


@dataclass(frozen=True)
class Figure:
    """A final figure of one side of a pair and one start, over all seeds of A and all of B."""

    pair: str
    framework: str
    start: str
    metric: Metric
    seeds_a: tuple[int, ...]
    seeds_b: tuple[int, ...]
    a: Spread
    b: Spread
    difference: float  # B - A
    margin: float
    low: float | None  # 95 % interval of the difference
    high: float | None
    p: float | None  # of parity.statistics.Equivalence, as are the next and `needed`
    p_difference: float | None
    outcome: Outcome
    needed: int | None
    why: str  # what was not tested


def agreements(a: Result, b: Result) -> Iterator[Agreement]:
    """The same runs in both, a side and a start at a time."""
    for framework, start, ours, theirs in _arms(a, b):
        others = {same(run.job): run for run in theirs}
        found = [_compared(run, others[same(run.job)]) for run in ours if same(run.job) in others]
        if found:
            yield _agreement(a.pair, framework, start, found)


def figures(a: Result, b: Result) -> Iterator[Figure]:
    """Both metrics of every side and start that both have runs of, by the margins of A."""
    margins = Margins(**a.record["margins"])
    for _, _, ours, theirs in _arms(a, b):
        if ours and theirs:
            for metric in METRICS:
                yield _judged(ours, theirs, metric, margins)


def same(job: Job) -> tuple[str | int, ...]:
    """Two runs are the same one if they have this in common: all of a job but Keras's backend."""
    return (job.pair, job.framework, job.lane, job.recipe, job.start, job.epochs, job.seed)


def _arms(a: Result, b: Result) -> Iterator[tuple[str, str, list[Run], list[Run]]]:
    for start in STARTS:
        for framework in FRAMEWORKS:
            yield framework, start, _arm(a, framework, start), _arm(b, framework, start)


def _arm(result: Result, framework: str, start: str) -> list[Run]:
    own = [r for r in result.runs if (r.job.framework, r.job.start) == (framework, start)]
    return sorted(own, key=lambda run: run.job.seed)


def _compared(a: Run, b: Run) -> Same:
    parting = _parting(a.history, b.history)
    ours, theirs = ({metric: final(run, metric) for metric in METRICS} for run in (a, b))
    apart = {name: theirs[name] - ours[name] if parting else 0.0 for name in METRICS}
    return Same(a.job.seed, parting, ours, theirs, apart)


def _agreement(pair: str, framework: str, start: str, found: Sequence[Same]) -> Agreement:
    partings = [one.parting for one in found if one.parting]
    first = min(partings, key=lambda one: (one.epoch, HISTORY.index(one.figure)), default=None)
    largest = {name: _largest([one.difference[name] for one in found]) for name in METRICS}
    equal = len(found) - len(partings)
    return Agreement(pair, framework, start, equal, first, largest, tuple(found))


def _largest(differences: Sequence[float]) -> float:
    """Unlike `max`, which loses a NaN that is not the first."""
    return math.nan if any(map(math.isnan, differences)) else max(map(abs, differences))


def _parting(a: Sequence[Epoch], b: Sequence[Epoch]) -> Parting | None:
    for number, (ours, theirs) in enumerate(zip_longest(a, b)):
        for figure in HISTORY:
            # None: a figure that is not finite, one that epoch 0 has not, or a run that has ended.
            x, y = getattr(ours, figure, None), getattr(theirs, figure, None)
            if repr(x) != repr(y):  # tells 0.0 from -0.0, but no NaN from another
                return Parting(number, figure, x, y)
    return None


def _judged(a: Sequence[Run], b: Sequence[Run], metric: Metric, margins: Margins) -> Figure:
    ours, theirs = ([final(run, metric) for run in arm] for arm in (a, b))
    # The same seeds start from the same weights: then each is compared with its own counterpart.
    judge = statistics.paired if _seeds(a) == _seeds(b) else statistics.independent
    test = judge(ours, theirs, margin(margins, metric, ours))
    job = a[0].job
    found = Figure(
        job.pair,
        job.framework,
        job.start,
        metric,
        _seeds(a),
        _seeds(b),
        test.keras,
        test.torch,
        test.difference,
        test.margin,
        test.low,
        test.high,
        test.p,
        test.p_difference,
        test.verdict,
        test.needed,
        _by_arm(test.why),
    )
    otherwise = _otherwise(job, b[0].job)
    if otherwise:
        untested = replace(found, low=None, high=None, p=None, p_difference=None, needed=None)
        return replace(untested, outcome="not judged", why=otherwise)
    if _are_identical(a, b):
        return replace(found, outcome="identical", needed=None, why="")
    return found


def _seeds(arm: Sequence[Run]) -> tuple[int, ...]:
    return tuple(sorted(run.job.seed for run in arm))


def _by_arm(why: str) -> str:
    return re.sub(r"\b(keras|torch):", lambda found: f"{ARMS[found[1]]}:", why)


def _otherwise(a: Job, b: Job) -> str:
    """Why final figures of these two are no measurements of one thing; "" where they are."""
    for name in ("lane", "recipe", "epochs"):
        ours, theirs = getattr(a, name), getattr(b, name)
        if ours != theirs:
            return f"{name}: {ours} against {theirs}"
    return ""


def _are_identical(a: Sequence[Run], b: Sequence[Run]) -> bool:
    """The same runs in both, and no more, with the same histories."""
    ours, theirs = ({same(run.job): run.history for run in arm} for arm in (a, b))
    return ours.keys() == theirs.keys() and not any(
        _parting(ours[key], theirs[key]) for key in ours
    )
