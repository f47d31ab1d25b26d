"""Do both sides of a pair end alike? Final test figures over seeds, judged by its margins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from parity import statistics
from parity.jobs import Run, Start
from parity.records import Pair
from parity.statistics import Equivalence

Metric = Literal["test loss", "test accuracy"]
METRICS: tuple[Metric, ...] = ("test loss", "test accuracy")


@dataclass(frozen=True)
class Judged:
    """One final figure of a pair in one design."""

    pair: str
    metric: Metric
    start: Start
    found: Equivalence


def judge(pair: Pair, runs: Sequence[Run]) -> list[Judged]:
    """Both metrics in both designs, where both sides have runs. All runs are of one lane."""
    judged = []
    for start in ("paired", "independent"):
        keras, torch = (
            {run.job.seed: run for run in runs if _is_of(run, framework, start)}
            for framework in ("keras", "torch")
        )
        seeds = sorted(set(keras) & set(torch))
        if not seeds:
            continue
        for metric in METRICS:
            ours = [_figure(keras[seed], metric) for seed in seeds]
            theirs = [_figure(torch[seed], metric) for seed in seeds]
            margin = _margin(pair, metric, ours)
            test = statistics.paired if start == "paired" else statistics.independent
            judged.append(Judged(pair.name, metric, start, test(ours, theirs, margin)))
    return judged


def _is_of(run: Run, framework: str, start: str) -> bool:
    return run.job.framework == framework and run.job.start == start


def _figure(run: Run, metric: Metric) -> float:
    if run.error:
        return float("nan")  # it did not come to its end
    return run.last.test_loss if metric == "test loss" else run.last.test_accuracy


def _margin(pair: Pair, metric: Metric, keras: Sequence[float]) -> float:
    if metric == "test accuracy":
        return pair.margins.accuracy
    mean = abs(statistics.spread(keras).mean)
    # Without a mean there is nothing to take a share of, and nothing is judged either.
    return pair.margins.loss * mean if mean > 0 else pair.margins.loss
