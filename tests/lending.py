"""The session's workers for commands, which would each import both frameworks again."""

from collections.abc import Iterator
from dataclasses import dataclass

from parity.records.jobs import Run
from parity.sides.process import Sides
from parity.train.data.dataset import Dataset
from parity.train.learn import Task, Watch, learn
from parity.train.run_store import Folder


class Lent(Sides):
    """Workers that a command does not close."""

    def __init__(self, sides: Sides) -> None:
        super().__init__(keras=sides.keras, torch=sides.torch)

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Here:
    """An executor that uses them, where `parity compare` would start its own."""

    sides: Sides

    def run(self, tasks: list[Task], data: Dataset, folder: Folder, watch: Watch) -> Iterator[Run]:
        for task in tasks:
            worker = getattr(self.sides, task.job.framework)
            yield learn(task, data, worker, folder.checkpoints(task.job), watch)
