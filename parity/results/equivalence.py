"""Do both sides of a pair end alike? Final test figures over seeds, judged by its margins."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from parity.records.jobs import Run, Start
from parity.records.pair import Margins, Pair
from parity.results import statistics
from parity.results.statistics import Equivalence

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
        for metric in METRICS if pair.trained.task else METRICS[:1]:
            ours = [final(keras[seed], metric) for seed in seeds]
            theirs = [final(torch[seed], metric) for seed in seeds]
            allowed = margin(pair.margins, metric, ours)
            test = statistics.paired if start == "paired" else statistics.independent
            judged.append(Judged(pair.name, metric, start, test(ours, theirs, allowed)))
    return judged


def _is_of(run: Run, framework: str, start: str) -> bool:
    return run.job.framework == framework and run.job.start == start


def final(run: Run, metric: Metric) -> float:
    """NaN for a run that did not come to its end, or whose figure is not finite."""
    figure = run.last.test_loss if metric == "test loss" else run.last.test_accuracy
    return math.nan if run.error or figure is None else figure


def margin(margins: Margins, metric: Metric, reference: Sequence[float]) -> float:
    """In the metric's unit; that of the loss is a share of the reference's mean."""
    if metric == "test accuracy":
        return margins.accuracy
    mean = abs(statistics.spread(reference).mean)
    # Without a mean there is nothing to take a share of, and nothing is judged either.
    return margins.loss * mean if mean > 0 else margins.loss
