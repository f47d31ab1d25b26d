"""Runs on a Dask cluster (extra `dask`): the same runs, on the cluster's worker processes.

Each thread of the cluster keeps one side of ours in a process beside it, as a local slot does. A
process that is lost takes its run with it; Dask gives the run to another, which begins it anew.
"""

import multiprocessing
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from parity.errors import ParityError, SideError
from parity.records.jobs import Job, Run
from parity.sides.process import AnyWorker, Worker
from parity.train.data.dataset import Dataset
from parity.train.execute.local import THREADS
from parity.train.learn import Nowhere, Task, Watch, learn
from parity.train.run_store import Folder

RETRIES = 2
CONNECT_SECONDS = 10

_kept = threading.local()  # `side`, of this thread of the cluster: what it is, and its worker


class Cluster:
    """An executor: `run` yields the runs as they end."""

    def __init__(self, address: str, backend: str, device: str) -> None:
        """address: `HOST:PORT` of a Dask scheduler.

        Raises ParityError where none answers, or one that has nobody to work for it.
        """
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
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            self.close()
            raise ParityError(
                f"--executor dask://{address}: the scheduler has no workers; "
                f"start some with `dask worker {address}`"
            ) from error
        self._address, self._backend, self._device = address, backend, device

    def on(self, device: str) -> "Cluster":
        """The same, whose runs are done on this device."""
        self._device = device
        return self

    def run(self, tasks: list[Task], data: Dataset, folder: Folder, watch: Watch) -> Iterator[Run]:
        """Do the tasks. Raises the first error of a run; those under way are cancelled.

        The cluster may serve other commands too, with runs that have the same ids.
        """
        from dask.distributed import as_completed

        own = uuid.uuid4().hex
        jobs = {task.job.id: task.job for task in tasks}

        def seen(event: tuple[Any, tuple[str, int, int]]) -> None:
            name, epoch, samples = event[1]
            watch(jobs[name], epoch, samples)

        self._client.subscribe_topic(own, seen)
        futures: list[Any] = []
        try:
            shared = self._hand_over(data, own)
            futures += self._submit(tasks, shared, own)
            for future in as_completed(futures):  # type: ignore[no-untyped-call]
                found = future.result()
                if isinstance(found, ParityError):
                    raise found
                yield found
        except ParityError:
            raise
        except Exception as error:  # a lost scheduler, too many lost processes, no process at all
            raise SideError(
                f"--executor dask://{self._address}: the cluster cannot go on "
                f"({type(error).__name__}: {str(error).strip().partition(chr(10))[0]}); see to it, "
                "then repeat the command with --resume"
            ) from error
        finally:
            self._client.cancel(futures)
            self._client.unsubscribe_topic(own)

    def _hand_over(self, data: Dataset, own: str) -> Any:
        """The data as what a task returns.

        Dask makes that anew where it is lost with a process. What is scattered it cannot, and of
        several copies it soon deletes all but one.
        """
        import dask.config

        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
            return self._client.submit(_same, data, key=f"data-{own}", pure=False)

    def _submit(self, tasks: list[Task], data: Any, own: str) -> list[Any]:
        return [
            self._client.submit(
                _learn,
                task,
                data,
                self._backend,
                self._device,
                own,
                key=f"{task.job.id}-{own}",
                retries=RETRIES,
                pure=False,
            )
            for task in tasks
        ]

    def close(self) -> None:
        self._client.close()


def _same(data: Dataset) -> Dataset:
    return data


def _learn(task: Task, data: Dataset, backend: str, device: str, topic: str) -> Run | ParityError:
    """On a thread of the cluster: one run, on the side that this thread keeps.

    What another try would not mend is returned; what is raised, Dask tries again.
    """
    from dask.distributed import get_worker

    reporter = get_worker()

    def watch(job: Job, epoch: int, samples: int) -> None:
        reporter.log_event(topic, (job.id, epoch, samples))

    try:
        worker = _kept_side(task.job.framework, backend, device)
        return learn(task, data, worker, Nowhere(), watch)
    except SideError:
        _let_go()
        raise
    except ParityError as error:
        return error


def _kept_side(framework: str, backend: str, device: str) -> AnyWorker:
    """This thread's side; one of another framework makes way."""
    wanted = (framework, backend if framework == "keras" else "", device)
    if getattr(_kept, "side", (None,))[0] != wanted:
        _let_go()
        # Dask's processes are daemons, which may have no children unless they say otherwise.
        multiprocessing.current_process().daemon = False
        on_cpu = device == "cpu"
        side = Worker(*wanted, threads=THREADS if on_cpu else 0, keeps_memory=on_cpu)
        _kept.side = wanted, side
    worker: AnyWorker = _kept.side[1]
    worker.ready()
    return worker


def _let_go() -> None:
    if hasattr(_kept, "side"):
        _kept.side[1].close()
        del _kept.side
