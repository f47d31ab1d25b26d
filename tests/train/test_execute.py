"""Where runs are done changes nothing of what they come to."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

import pytest

from parity.errors import ModelError, SideError
from parity.records.jobs import FRAMEWORKS, Run
from parity.train.execute import cluster, local
from parity.train.execute.local import Local
from parity.train.learn import Task
from tests.small_runs import TASKS, assert_undisturbed, runs, task


@pytest.mark.parametrize(("workers", "tasks"), [(1, TASKS[1:]), (2, TASKS)])
def test_how_many_runs_are_done_at_once_changes_none(
    workers: int, tasks: list[Task], tmp_path: Path
) -> None:
    assert_undisturbed(runs(Local("tensorflow", "cpu", workers), tasks, tmp_path), tasks)


class Deaf:
    """A worker that does nothing."""

    made: list["Deaf"]

    def __init__(self, framework: str, *rest: Any, **named: Any) -> None:
        self.framework, self.is_open = framework, True
        self.keeps_memory = named["keeps_memory"]
        self.made.append(self)

    def ready(self) -> float:
        if not self.is_open:
            raise SideError("it is closed")
        return 0.0

    def close(self) -> None:
        self.is_open = False


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> list[Deaf]:
    """The workers that were made instead of real ones."""
    monkeypatch.setattr(Deaf, "made", [], raising=False)
    for place in (local, cluster):
        monkeypatch.setattr(place, "Worker", Deaf)
    return Deaf.made


def done(asked: Task, *rest: Any) -> Run:
    return Run(asked.job, (), 0)


def test_a_process_that_dies_again_ends_in_the_error_that_says_so(
    deaf: list[Deaf], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not in a try without end."""
    monkeypatch.setattr(local, "learn", Mock(side_effect=SideError("its process died")))
    with pytest.raises(SideError, match="its process died"):
        runs(Local("tensorflow", "cpu", 1), [task("torch")], tmp_path)
    assert len(deaf) == local.TRIES
    assert not any(worker.is_open for worker in deaf)


def test_after_an_error_no_run_is_begun(
    deaf: list[Deaf], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = Mock(side_effect=ModelError("no such layer"))
    monkeypatch.setattr(local, "learn", learn)
    with pytest.raises(ModelError, match="no such layer"):
        runs(
            Local("tensorflow", "cpu", 1), [task("torch", seed=seed) for seed in range(9)], tmp_path
        )
    assert learn.call_count == 1
    assert not any(worker.is_open for worker in deaf)


def test_an_executor_can_be_used_again(
    deaf: list[Deaf], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "learn", done)
    executor = Local("tensorflow", "cpu", 2)
    for seed in range(2):
        asked = [task("torch", seed=seed), task("keras", seed=seed)]
        assert len(runs(executor, asked, tmp_path)) == 2


def test_a_worker_that_is_made_too_late_is_closed(
    deaf: list[Deaf], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run's error stops all while this one's worker is being made."""
    has_stopped = threading.Event()

    class Late(Deaf):
        def __init__(self, framework: str, *rest: Any, **named: Any) -> None:
            super().__init__(framework, *rest, **named)
            assert framework == "keras" or has_stopped.wait(10)

    class Stopping(Local):
        def _stop(self) -> None:
            super()._stop()
            has_stopped.set()

    learn = Mock(side_effect=ModelError("no such layer"))
    monkeypatch.setattr(local, "learn", learn)
    monkeypatch.setattr(local, "Worker", Late)
    with pytest.raises(ModelError):
        runs(Stopping("tensorflow", "cpu", 2), [task("keras"), task("torch")], tmp_path)
    assert [call.args[0].job.framework for call in learn.mock_calls] == ["keras"]
    assert not any(worker.is_open for worker in deaf)


@pytest.mark.parametrize(("device", "keeps"), [("cpu", True), ("cuda", False)])
def test_a_run_on_a_cpu_keeps_the_memory_that_it_frees(
    device: str, keeps: bool, deaf: list[Deaf], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "learn", done)
    runs(Local("tensorflow", device, 1), [task("torch")], tmp_path)
    cluster._kept_side("torch", "tensorflow", device)
    assert [worker.keeps_memory for worker in deaf] == [keeps, keeps]


def test_every_thread_of_a_cluster_has_a_side_of_its_own(deaf: list[Deaf]) -> None:
    """`dask worker` starts one process with as many threads as there are cores."""
    both = threading.Barrier(2, timeout=600)

    def work(framework: str) -> bool:
        first = cast(Deaf, cluster._kept_side(framework, "tensorflow", "cpu"))
        both.wait()
        again = cluster._kept_side(framework, "tensorflow", "cpu")
        both.wait()
        return first.is_open and again is cast(Any, first) and first.framework == framework

    with ThreadPoolExecutor(2) as threads:
        assert all(threads.map(work, ("keras", "torch")))
        assert len(deaf) == 2


def test_one_worker_does_the_runs_of_a_framework_before_those_of_the_other(
    deaf: list[Deaf], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "learn", done)
    tasks = [task(framework, seed=seed) for seed in range(3) for framework in FRAMEWORKS]
    assert len(runs(Local("tensorflow", "cpu", 1), tasks, tmp_path)) == 6
    assert [worker.framework for worker in deaf] == ["keras", "torch"]


def test_a_thread_of_a_cluster_keeps_one_side(deaf: list[Deaf]) -> None:
    with ThreadPoolExecutor(1) as thread:
        for framework in ("keras", "torch"):
            thread.submit(cluster._kept_side, framework, "tensorflow", "cpu").result()
    first, second = deaf
    assert (first.is_open, second.is_open) == (False, True)
