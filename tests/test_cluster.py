"""What a Dask cluster does is what this machine does, whatever happens to its processes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from parity.checking import provenance
from parity.checking.cluster import Asked, reports
from parity.checking.options import Options
from parity.errors import ModelError, ParityError, SideError
from parity.pairs import own
from parity.records.comparison import Report
from parity.records.jobs import Job, Run
from parity.sides import cluster
from parity.sides.cluster import Cluster
from parity.train.execute.cluster import OnCluster
from tests.small_runs import TASKS, assert_undisturbed, runs, task

distributed = pytest.importorskip("distributed")
INSTALLED = partial(provenance.installed, "tensorflow")


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    """A cluster of two processes, on one thread each."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as found:
        yield found


@pytest.fixture
def connected(dask: Any) -> Iterator[Callable[[], Cluster]]:
    """Makes connections to the cluster."""
    made = []

    def make() -> Cluster:
        made.append(Cluster(dask.scheduler_address.replace("tcp", "dask"), INSTALLED))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def on(connected: Callable[[], Cluster]) -> Callable[[], OnCluster]:
    """Makes executors on the cluster."""
    return lambda: OnCluster(connected(), "tensorflow", "cpu")


def address(dask: Any) -> str:
    return str(dask.scheduler_address).replace("tcp", "dask")


def test_a_check_on_a_cluster_is_that_of_this_machine(connected: Callable[[], Cluster]) -> None:
    """Of one that cannot be made it is told why, and the others are made."""
    keras = "tests.own.keras_net:build"
    ports = {"faithful": "Net", "another": "Absolute", "none": "Nothing"}
    asked = {
        name: Asked(own(keras, f"tests.own.torch_net:{port}"), Options(), None, {})
        for name, port in ports.items()
    }
    found = dict(reports(connected(), asked, "tensorflow", "cpu"))
    assert isinstance(found["none"], ModelError)
    right, wrong = found["faithful"], found["another"]
    assert isinstance(right, Report)
    assert isinstance(wrong, Report)
    assert (right.verdict, wrong.verdict) == ("pass", "differ")
    assert wrong.mended


def test_a_cluster_with_other_versions_is_refused_before_any_work(dask: Any) -> None:
    with pytest.raises(ParityError, match=r"a worker of the cluster has torch .*, and here is 0"):
        Cluster(address(dask), Newer())


class Newer:
    """Versions as here, but of torch where they are asked for first."""

    def __init__(self) -> None:
        self.torch = "0"

    def __call__(self) -> dict[str, str]:
        return INSTALLED() | ({"torch": self.torch} if self.torch else {})

    def __getstate__(self) -> dict[str, str]:
        return {"torch": ""}  # what the cluster has


def test_runs_on_a_dask_cluster_are_those_of_this_machine(
    on: Callable[[], OnCluster], tmp_path: Path
) -> None:
    seen: list[Job] = []
    found = runs(on(), TASKS, tmp_path, lambda job, epoch, samples: seen.append(job))
    assert_undisturbed(found, TASKS)
    assert set(seen) == {one.job for one in TASKS}


def test_two_commands_can_share_a_cluster(on: Callable[[], OnCluster], tmp_path: Path) -> None:
    """Their runs have the same ids; nothing of one comes back to the other."""
    asked = {epochs: task("torch", "simple_ae", epochs=epochs) for epochs in (1, 2)}
    seen: dict[int, set[Job]] = {1: set(), 2: set()}

    def learn(epochs: int) -> dict[str, Run]:
        def watch(job: Job, epoch: int, samples: int) -> None:
            seen[epochs].add(job)

        return runs(on(), [asked[epochs]], tmp_path / str(epochs), watch)

    with ThreadPoolExecutor(2) as threads:
        for epochs, found in zip(asked, threads.map(learn, asked), strict=True):
            assert_undisturbed(found, [asked[epochs]])
    assert seen == {epochs: {one.job} for epochs, one in asked.items()}


def test_a_process_of_the_cluster_that_is_killed_costs_no_run(
    dask: Any, on: Callable[[], OnCluster], tmp_path: Path
) -> None:
    """It goes on from its last epoch. Where too many are lost, that is said in one line."""
    asked = [task("torch")]
    epochs: list[int] = []

    def watch(job: Job, epoch: int, samples: int) -> None:
        epochs.append(epoch)
        if epoch == 2 and epochs.count(2) == 1:
            kill_what_works(dask)

    found = runs(on(), asked, tmp_path, watch)
    assert_undisturbed(found, asked)
    assert 1 not in epochs[epochs.index(2) :], "it was begun anew"
    epochs.clear()
    dask.scheduler.allowed_failures = 0
    with pytest.raises(SideError) as lost:
        runs(on(), asked, tmp_path / "other", watch)
    (line,) = str(lost.value).splitlines()
    assert line.startswith(f"--executor {address(dask)}: the cluster cannot go on (Killed")


def kill_what_works(dask: Any) -> None:
    """The process of the cluster that a run is on."""
    for state in dask.scheduler.workers.values():
        if state.processing:
            (nanny,) = (n for n in dask.workers.values() if n.worker_address == state.address)
            psutil.Process(nanny.pid).kill()


def test_a_cluster_without_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(ParityError, match="the scheduler has no workers; start some with `dask w"),
    ):
        Cluster(address(empty), INSTALLED)
