"""How a comparison goes on: a bar with the time left, and a line an epoch that a log keeps too."""

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from parity.records import Epoch, Report
from parity.report import console as screen


class Comparison:
    """The watcher of parity/compare.py on a terminal."""

    def __init__(self, console: Console, pairs: list[str]) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._all = self._progress.add_task("pairs", total=len(pairs))
        self._pair = self._progress.add_task("checking", total=None)
        self._done = 0  # samples of the finished epochs of this pair

    def __enter__(self) -> "Comparison":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def checking(self, pair: str) -> None:
        self._progress.reset(self._pair, total=None, description=f"{pair}: checking")

    def checked(self, report: Report) -> None:
        if report.verdict == "pass":
            worst = (gate.note for gate in report.gates if gate.name == "forward")
            self._log(f"{report.pair}: the check passes ({'; '.join(worst)})")
        else:
            self._console.print(screen.report(report))
            self._log(f"{report.pair}: not trained, for its check is {report.verdict}")

    def planned(self, pair: str, samples: int) -> None:
        self._progress.reset(self._pair, total=samples, description=f"{pair}: training")
        self._done = 0

    def seen(self, pair: str, epoch: int, framework: str, samples: int) -> None:
        """`samples`: of this framework in this epoch so far."""
        self._progress.update(
            self._pair,
            completed=self._done + samples,
            description=f"{pair}: epoch {epoch}, {framework}",
        )

    def trained(self, samples: int) -> None:
        self._done += samples
        self._progress.update(self._pair, completed=self._done)

    def epoch(self, pair: str, sides: dict[str, Epoch]) -> None:
        self._log(f"{pair}: " + " | ".join(_line(name, e) for name, e in sides.items()))

    def finished(self) -> None:
        self._progress.advance(self._all)

    def _log(self, message: str) -> None:
        screen.say(self._console, message)


def _line(framework: str, epoch: Epoch) -> str:
    tested = f"test loss {epoch.test_loss:.4f} accuracy {epoch.test_accuracy:.4f}"
    if epoch.seconds is None:
        return f"{framework} before training, {tested}"
    return f"{framework} epoch {epoch.epoch}, {tested}, {epoch.seconds:.1f} s"
