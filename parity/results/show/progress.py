"""How a comparison goes on: a bar with the time left, and lines that a log keeps too."""

import math
import threading
import time
from collections.abc import Sequence
from statistics import median
from types import TracebackType

from rich import progress
from rich.console import Console

from parity.checking.show import console as screen
from parity.records.comparison import Report
from parity.records.jobs import Job, Run, Timing

LINE_SECONDS = 60.0  # a log has a line at least this often, at the end of an epoch
NEARLY = 1e-9


class Progress:
    """The watcher of parity/results/campaign.py. Runs report from several threads."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._progress = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.TextColumn("{task.percentage:>3.0f} %"),
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._bar = self._progress.add_task("starting", total=None)
        self._samples = 1  # in an epoch
        self._work: dict[str, float] = {}  # job -> what it costs
        self._done: dict[str, float] = {}  # job -> how much of that is done
        self._epoch: dict[str, int] = {}  # job -> the epoch it is in
        self._begun = self._said = time.monotonic()

    def __enter__(self) -> "Progress":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, message: str) -> None:
        """A line that stays."""
        screen.say(self._console, message)
        self._said = time.monotonic()

    def phase(self, what: str) -> None:
        self._progress.reset(self._bar, total=None, description=what)

    def checked(self, report: Report) -> None:
        if report.verdict == "pass":
            forward = (gate.note for gate in report.gates if gate.name == "forward")
            self.say(f"{report.pair}: the check passes ({'; '.join(forward)})")
        else:
            self._console.print(screen.report(report))
            self.say(f"{report.pair}: neither timed nor trained, its check is {report.verdict}")

    def timing(self, pair: str, lane: str, framework: str, epoch: int, share: float) -> None:
        about = f"{pair}: timing {framework}, {lane}, epoch {epoch}"
        self._progress.update(self._bar, description=about, total=1.0, completed=share)

    def timed(self, pair: str, timings: Sequence[Timing]) -> None:
        for lane in dict.fromkeys(one.lane for one in timings):
            sides = [
                f"{one.framework} {median(one.epochs):.2f} s an epoch"
                for one in timings
                if one.lane == lane
            ]
            self.say(f"{pair}, {lane}: {', '.join(sides)}")
        most = max(timings, key=lambda one: one.others, default=None)
        if most and most.disturbed:
            self.say(
                f"{pair}: other programs kept {most.disturbed} processors busy meanwhile; these "
                "seconds say little"
            )

    def planned(self, work: dict[str, float], samples: int) -> None:
        self._work, self._samples, self._begun = work, samples, time.monotonic()
        self._progress.reset(self._bar, total=sum(work.values()), description="training")

    def seen(self, job: Job, epoch: int, samples: int) -> None:
        with self._lock:
            share = (epoch - 1 + samples / self._samples) / max(1, job.epochs)
            self._done[job.id] = min(1.0, share) * self._work[job.id]
            is_new = self._epoch.get(job.id) != epoch
            self._epoch[job.id] = epoch
            self._update(job)
            if is_new and time.monotonic() - self._said > LINE_SECONDS:
                self.say(f"{job.title}: epoch {epoch} of {job.epochs}; {self._left()}")

    def finished(self, run: Run) -> None:
        with self._lock:
            self._done[run.job.id] = self._work[run.job.id]
            self._update(run.job)
            last = run.last
            figures = f"test loss {last.test_loss:.4f}"
            if not math.isnan(last.test_accuracy):
                figures += f", accuracy {last.test_accuracy:.4f}"
            end = f"stopped: {run.error}" if run.error else figures
            self.say(f"{run.job.title}: {end}; {self._left()}")

    def _update(self, job: Job) -> None:
        description = f"{job.title}, epoch {self._epoch.get(job.id, 0)}"
        self._progress.update(
            self._bar, completed=sum(self._done.values()), description=description
        )

    def _left(self) -> str:
        """How much is done, and about how long the rest takes."""
        total, done = sum(self._work.values()), sum(self._done.values())
        passed = time.monotonic() - self._begun
        if done > total * (1 - NEARLY):  # sums of shares end a rounding beside the whole
            return "100% done"
        seconds = passed * (total - done) / done if done else 0.0
        return f"{done / total:.0%} done, about {_duration(seconds)} left"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
