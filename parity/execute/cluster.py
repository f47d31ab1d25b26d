"""Runs on a Dask cluster (extra `dask`): the same runs, on the cluster's worker processes.

Each process of the cluster keeps one side of ours beside it, as a local slot does. A process that
is lost takes its run with it; Dask gives the run to another, which begins it anew.
"""

import multiprocessing
from collections.abc import Iterator
from typing import Any

from parity.data.dataset import Dataset
from parity.errors import ParityError, SideError
from parity.execute.local import THREADS
from parity.jobs import Job, Run
from parity.runs import Folder
from parity.sides.process import Worker
from parity.train.learn import Nowhere, Task, Watch, learn

TOPIC = "parity-progress"
RETRIES = 2
CONNECT_SECONDS = 10

_side: dict[tuple[str, str, str], Worker] = {}  # of this process of the cluster


class Cluster:
    """An executor: `run` yields the runs as they end."""

    def __init__(self, address: str, backend: str, device: str) -> None:
        """address: `HOST:PORT` of a Dask scheduler. Raises ParityError where none answers."""
        try:
            from dask.distributed import Client
        except ImportError as error:
            raise ParityError(
                f"--executor dask://{address}: Dask is not installed; "
                'install it with `pip install "keras-torch-parity[dask]"`'
            ) from error
        try:
            self._client: Any = Client(  # type: ignore[no-untyped-call]
                f"tcp://{address}", timeout=CONNECT_SECONDS
            )
        except (OSError, ValueError) as error:
            raise ParityError(
                f"--executor dask://{address}: no Dask scheduler answers there ({error}); "
                "start one with `dask scheduler`, and give its address"
            ) from error
        self._backend, self._device = backend, device

    def run(self, tasks: list[Task], data: Dataset, folder: Folder, watch: Watch) -> Iterator[Run]:
        """Do the tasks. Raises the first error of a run; those under way are cancelled."""
        from dask.distributed import as_completed

        self._client.subscribe_topic(TOPIC, lambda event: watch(*event[1]))
        shared = self._client.scatter(data, broadcast=True)
        futures = [
            self._client.submit(
                _learn,
                task,
                shared,
                self._backend,
                self._device,
                key=task.job.id,
                retries=RETRIES,
                pure=False,
            )
            for task in tasks
        ]
        try:
            for future in as_completed(futures):  # type: ignore[no-untyped-call]
                yield future.result()
        finally:
            self._client.cancel(futures)
            self._client.unsubscribe_topic(TOPIC)

    def close(self) -> None:
        self._client.close()


def _learn(task: Task, data: Dataset, backend: str, device: str) -> Run:
    """In a process of the cluster: one run, on the side that this process keeps."""
    from dask.distributed import get_worker

    reporter = get_worker()

    def watch(job: Job, epoch: int, samples: int) -> None:
        reporter.log_event(TOPIC, (job, epoch, samples))

    worker = _kept_side(task.job.framework, backend, device)
    try:
        return learn(task, data, worker, Nowhere(), watch)
    except SideError:
        _side.clear()
        raise


def _kept_side(framework: str, backend: str, device: str) -> Worker:
    """This process's side; one of another framework makes way."""
    wanted = (framework, backend if framework == "keras" else "", device)
    if wanted not in _side:
        for worker in _side.values():
            worker.close()
        _side.clear()
        # Dask's processes are daemons, which may have no children unless they say otherwise.
        multiprocessing.current_process().daemon = False
        _side[wanted] = Worker(*wanted, threads=THREADS if device == "cpu" else 0)
        _side[wanted].ready()
    return _side[wanted]
