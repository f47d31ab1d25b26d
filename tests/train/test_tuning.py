"""The tuned lane takes what is fastest here, of what computes the same; no framework is needed."""

from typing import Any, cast

import numpy as np
import pytest

from parity.pairs import select
from parity.records.jobs import Job
from parity.records.training import AS_MATCHED, Session, Trained
from parity.sides.process import AnyWorker
from parity.train.learn import Task
from parity.train.tuning import fastest

FIRST = {"w": np.linspace(-1, 1, 5, dtype="float32")}
OFF = {"a little": 2e-7, "another": 1e-3, "no number": np.nan}  # what a way does to the weights
DATA = cast(Any, type("Data", (), {"train_images": np.zeros(64), "train_labels": np.zeros(64)}))


class Clock:
    """A worker whose ways take given seconds a step, and do something to the weights."""

    framework, backend = "torch", "torch"

    def __init__(self, seconds: dict[str, float], off: dict[str, float] | None = None) -> None:
        self._seconds, self._off = seconds, off or {}

    def call(self, verb: Any, key: str, *args: Any) -> Any:
        match verb.__name__:
            case "assign":
                self._weights = args[0]
            case "compile":
                self._way = args[0].way
            case "weights":
                off = np.float32(self._off.get(self._way, 0.0))
                return {name: array + off for name, array in self._weights.items()}
            case "ways":
                return tuple(self._seconds)
            case "fit":
                one = np.ones(1)
                laps = (1, 9.0), (5, 5 * self._seconds[self._way])
                return Trained(one, one, one, 0.0, laps)
        return None


def found(worker: Clock, others: dict[str, Clock] | None = None) -> tuple[str, str, Any]:
    (pair,) = select(["mlp"])
    job = Job("mlp", "torch", "tensorflow", "tuned", "course", "paired", 0, 1)
    task = Task(job, pair, FIRST, Session("classify", 0, 8, "tensorflow", lane="tuned"))
    spare = cast(dict[str, AnyWorker], others or {})
    way, told = fastest(task, DATA, cast(AnyWorker, worker), lambda: spare)
    return way.name, told, way.worker


def test_the_fastest_way_is_taken_and_the_next_is_told() -> None:
    name, told, _ = found(Clock({AS_MATCHED: 0.003, "fused": 0.002, "compiled": 0.004}))
    assert name == "fused"
    assert told == "fused, 2 ms a step; next: as matched, 3 ms"


def test_what_is_slower_than_the_matched_lane_is_never_taken() -> None:
    name, told, _ = found(Clock({AS_MATCHED: 0.003, "fused": 0.0031}))
    assert (name, told.partition(",")[0]) == (AS_MATCHED, "as matched")


@pytest.mark.parametrize("off", OFF)
def test_a_faster_way_counts_if_it_computes_the_same(off: str) -> None:
    worker = Clock({AS_MATCHED: 0.003, "other": 0.001}, {"other": OFF[off]})
    assert (found(worker)[0] == "other") == (off == "a little")


def test_the_best_way_is_tried_under_other_circumstances() -> None:
    ways = {AS_MATCHED: 0.003, "fused": 0.002}
    quick, slow = Clock({"fused": 0.001}), Clock({"fused": 0.005})
    name, told, worker = found(Clock(ways), {"one thread": slow, "memory kept": quick})
    assert (name, worker) == ("fused", quick)
    assert told.startswith("fused, memory kept, 1 ms a step; next: fused, 2 ms")
