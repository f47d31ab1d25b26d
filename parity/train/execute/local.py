"""Runs on this machine: as many at once as it serves well, each on one thread of its own.

On a CPU two runs on a thread each are faster than one after the other on two: small models keep
no two cores busy. And what a run comes to then does not depend on how many there are beside it.
They keep the memory that they free (sides/starting.py): the same figures, sooner.
"""

import queue
import threading
from collections.abc import Iterator

from parity.errors import SideError
from parity.records.jobs import Run
from parity.sides import usage
from parity.sides.process import AnyWorker, Worker
from parity.train.data.dataset import Dataset
from parity.train.learn import CheckpointStore, Task, Watch, learn
from parity.train.run_store import Folder

THREADS = 1  # of a run on a CPU
RUN_BYTES = 2 << 30  # what a run needs at most: a framework, the data, and a batch's activations
TRIES = 2  # a process that died may have been killed from outside


def default_workers(device: str) -> int:
    """As many as the machine has cores and memory for; two on a GPU, one for each framework."""
    if device != "cpu":
        return 2
    return max(1, min(usage.cores(), usage.available_memory() // RUN_BYTES))


class Local:
    """An executor: `run` yields the runs as they end."""

    def __init__(self, backend: str, device: str, workers: int) -> None:
        self._backend, self._device, self._workers = backend, device, workers
        self._lock = threading.Lock()
        self._open: set[AnyWorker] = set()
        self._stopped = False

    def run(self, tasks: list[Task], data: Dataset, folder: Folder, watch: Watch) -> Iterator[Run]:
        """Do the tasks. Raises the first error of a run, after which no other is begun."""
        waiting = list(tasks)
        self._stopped = False
        ended: queue.Queue[Run | Exception] = queue.Queue()
        stores = {task.job.id: folder.checkpoints(task.job) for task in tasks}
        frameworks = ("keras", "torch")

        def slot(framework: str) -> None:
            worker: AnyWorker | None = None
            try:
                while (task := self._next(waiting, framework)) is not None:
                    framework = task.job.framework
                    worker = self._worker(worker, framework)
                    found, worker = self._attempt(task, data, worker, stores[task.job.id], watch)
                    ended.put(found)
            except Exception as error:
                ended.put(error)
            finally:
                self._close(worker)

        count = min(self._workers, len(tasks))
        threads = [
            threading.Thread(target=slot, args=(frameworks[number % 2],), daemon=True)
            for number in range(count)
        ]
        for thread in threads:
            thread.start()
        try:
            for _ in tasks:
                result = ended.get()
                if isinstance(result, Exception):
                    raise result
                yield result
        finally:
            self._stop()
            for thread in threads:
                thread.join()

    def _next(self, waiting: list[Task], framework: str) -> Task | None:
        """The next task of this framework; when there is none left, of the other."""
        with self._lock:
            if self._stopped or not waiting:
                return None
            own = [task for task in waiting if task.job.framework == framework]
            task = (own or waiting)[0]
            waiting.remove(task)
            return task

    def _attempt(
        self,
        task: Task,
        data: Dataset,
        worker: AnyWorker,
        checkpoints: CheckpointStore,
        watch: Watch,
    ) -> tuple[Run, AnyWorker]:
        """Learn, and take up again what a process that died had left."""
        for attempt in range(1, TRIES + 1):
            try:
                return learn(task, data, worker, checkpoints, watch), worker
            except SideError:
                if attempt == TRIES or self._stopped:
                    raise
                self._close(worker)
                worker = self._worker(None, task.job.framework)
        raise AssertionError

    def _worker(self, worker: AnyWorker | None, framework: str) -> AnyWorker:
        """The slot's worker, if it is one of this framework; else a new one in its place."""
        if worker is not None and worker.framework == framework:
            return worker
        self._close(worker)
        on_cpu = self._device == "cpu"
        threads = THREADS if on_cpu else 0
        backend = self._backend if framework == "keras" else ""
        worker = Worker(framework, backend, self._device, threads, keeps_memory=on_cpu)
        with self._lock:
            self._open.add(worker)
            is_late = self._stopped
        if is_late:  # whoever stopped the others did not see this one
            self._close(worker)
        worker.ready()
        return worker

    def _close(self, worker: AnyWorker | None) -> None:
        if worker is not None:
            with self._lock:
                self._open.discard(worker)
            worker.close()

    def _stop(self) -> None:
        """Let no slot begin another run, and end those that are under way."""
        with self._lock:
            self._stopped = True
            left = list(self._open)
        for worker in left:
            worker.close()
