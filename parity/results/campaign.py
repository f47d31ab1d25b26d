"""All chosen pairs into one results folder: checked, then timed, then trained.

What is known of a pair is kept as soon as it is known, so that a campaign can be taken up again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from parity.records.comparison import Report
from parity.records.jobs import Job, Run, Timing
from parity.records.pair import Pair
from parity.records.results import Known, Source
from parity.results import pair as compare
from parity.results.pair import Checked, Settings
from parity.sides.process import Sides
from parity.train.data.dataset import Dataset
from parity.train.learn import Task, Watch
from parity.train.run_store import Folder
from parity.train.timing import Others, nobody


class Executor(Protocol):
    """Where runs are done (parity/train/execute/)."""

    def run(
        self, tasks: list[Task], data: Dataset, folder: Folder, watch: Watch
    ) -> Iterator[Run]: ...


class Watcher(Protocol):
    """Who is told how a campaign goes on."""

    def phase(self, what: str) -> None: ...
    def checked(self, report: Report) -> None: ...
    def timing(self, pair: str, lane: str, framework: str, epoch: int, share: float) -> None: ...
    def timed(self, pair: str, timings: Sequence[Timing]) -> None: ...
    def planned(self, work: dict[str, float], samples: int) -> None: ...
    def seen(self, job: Job, epoch: int, samples: int) -> None: ...
    def finished(self, run: Run) -> None: ...


class Campaign:
    """The steps, in this order: check, time, learn."""

    def __init__(
        self,
        folder: Folder,
        data: Dataset,
        settings: Settings,
        provenance: dict[str, Any],
        watcher: Watcher,
    ) -> None:
        self._folder, self._data, self._settings = folder, data, settings
        self._provenance, self._watcher = provenance, watcher
        self._known: dict[str, Known] = {}  # by pair

    def check(self, pairs: Sequence[Pair], sides: Sides) -> list[Checked]:
        """Run the gates of every pair, and draw the first weights."""
        found = []
        for pair in pairs:
            self._watcher.phase(f"{pair.name}: checking")
            known = self._folder.pair(pair.name, self._settings.measured())
            checked = compare.check(
                pair,
                sides,
                self._data,
                self._settings,
                self._provenance,
                known.check,
                self._watcher.checked,
            )
            source = known.source or Source(**self._provenance["source"])
            self._keep(pair.name, replace(known, check=checked.check, source=source))
            found.append(checked)
        return found

    def untimed(self, checked: Sequence[Checked]) -> list[Checked]:
        """The pairs that are to be timed and have not been."""
        if not self._settings.rounds:
            return []
        return [one for one in checked if one.passes and self._of(one).timings is None]

    def time(
        self,
        checked: Sequence[Checked],
        sides: Sides,
        imports: dict[str, float],
        others: Others = nobody,
    ) -> None:
        """Time these pairs, alone on the machine. others: as of `timing.measure`."""
        epochs = self._settings.rounds + 1
        for one in checked:
            name = one.pair.name

            def watch(
                lane: str, framework: str, epoch: int, samples: int, name: str = name
            ) -> None:
                self._watcher.timing(name, lane, framework, epoch, (epoch - 1) / epochs)

            self._watcher.phase(f"{name}: timing")
            timings = compare.time(one, sides, self._data, self._settings, imports, watch, others)
            self._keep(name, replace(self._of(one), timings=timings))
            self._watcher.timed(name, timings)

    def learn(self, checked: Sequence[Checked], executor: Executor, backend: str) -> None:
        """Do all runs that are not done yet; write every pair's record with its last run."""
        by_name = {one.pair.name: one for one in checked}
        tasks = {name: compare.tasks(one, self._settings, backend) for name, one in by_name.items()}
        left = {
            name: {task.job.id for task in own if not self._folder.finished(task.job)}
            for name, own in tasks.items()
        }
        waiting = [task for name, own in tasks.items() for task in own if task.job.id in left[name]]
        work = {task.job.id: self._work(task.job) for task in waiting}
        self._watcher.planned(work, len(self._data.train_images))
        for name, ids in left.items():
            if not ids:
                self._record(by_name[name], tasks[name])
        for run in executor.run(waiting, self._data, self._folder, self._watcher.seen):
            self._folder.finish(run)
            self._watcher.finished(run)
            name = run.job.pair
            left[name].discard(run.job.id)
            if not left[name]:
                self._record(by_name[name], tasks[name])

    def _record(self, checked: Checked, tasks: Sequence[Task]) -> None:
        known, jobs = self._of(checked), [task.job for task in tasks]
        record = compare.record(checked, known, jobs, self._data, self._settings, self._provenance)
        ended = [self._folder.read(job) for job in jobs]
        self._folder.finish_pair(record, compare.shown(ended, self._data, checked.shared))

    def _of(self, checked: Checked) -> Known:
        return self._known[checked.pair.name]

    def _keep(self, pair: str, known: Known) -> None:
        self._known[pair] = known
        self._folder.keep_pair(pair, self._settings.measured(), compare.plain(known))

    def _work(self, job: Job) -> float:
        """How long a run takes, as far as timing tells: for the time that is left."""
        for timing in self._known[job.pair].timings or ():
            if (timing.framework, timing.lane) == (job.framework, job.lane):
                return job.epochs * min(timing.epochs)
        return float(job.epochs)
