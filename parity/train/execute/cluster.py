"""Runs on a Dask cluster: the same runs, on the cluster's machines.

A run keeps its epochs where it is. Where its process is lost, the next on the same machine goes on
from the last of them; another machine begins it anew.
"""

import contextlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from parity.errors import ParityError
from parity.records.jobs import Job, Run
from parity.sides.cluster import Cluster, Tell, kept
from parity.sides.process import AnyWorker, Worker
from parity.train.data.dataset import Dataset
from parity.train.execute.local import THREADS
from parity.train.learn import Task, Watch, learn
from parity.train.run_store import Folder, RunFolder


class OnCluster:
    """An executor: `run` yields the runs as they end."""

    def __init__(self, cluster: Cluster, backend: str, device: str) -> None:
        self._cluster, self._backend, self._device = cluster, backend, device

    def run(self, tasks: list[Task], data: Dataset, folder: Folder, watch: Watch) -> Iterator[Run]:
        """Do the tasks. Raises the first error of a run; those under way are cancelled."""
        jobs = {task.job.id: task.job for task in tasks}
        own = f"parity-{uuid.uuid4().hex}"  # another command's runs may have the same ids
        asked = {task.job.id: (task, self._backend, self._device, own) for task in tasks}

        def told(event: tuple[str, int, int]) -> None:
            name, epoch, samples = event
            watch(jobs[name], epoch, samples)

        for _, found in self._cluster.run(_learn, asked, data, told):
            if isinstance(found, ParityError):
                raise found
            yield found


def _learn(task: Task, backend: str, device: str, own: str, data: Dataset, tell: Tell) -> Run:
    """On a thread of the cluster: one run, on the side that this thread keeps."""

    def watch(job: Job, epoch: int, samples: int) -> None:
        tell((job.id, epoch, samples))

    place = Path(tempfile.gettempdir(), own, task.job.id)
    side = _kept_side(task.job.framework, backend, device)
    run = learn(task, data, side, RunFolder(place, task.job, {}), watch)
    shutil.rmtree(place, ignore_errors=True)
    with contextlib.suppress(OSError):  # another run's epochs lie beside them still
        place.parent.rmdir()
    return run


def _kept_side(framework: str, backend: str, device: str) -> AnyWorker:
    """This thread's side; one of another framework makes way."""
    wanted = (framework, backend if framework == "keras" else "", device)
    on_cpu = device == "cpu"

    def make() -> AnyWorker:
        return Worker(*wanted, threads=THREADS if on_cpu else 0, keeps_memory=on_cpu)

    found: AnyWorker = kept(wanted, make)
    return found
