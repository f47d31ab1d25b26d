"""A results folder, read back: the record of each pair with its runs and verdicts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parity.errors import ResultsError
from parity.pairs import place
from parity.records import reading
from parity.records.comparison import Array
from parity.records.jobs import Run, Timing
from parity.records.pair import Pair, Recipe
from parity.records.results import PairRecord, Setup
from parity.results.equivalence import Judged, judge
from parity.train import run_store as runs


@dataclass(frozen=True)
class Result:
    """One pair of a comparison."""

    record: PairRecord
    runs: tuple[Run, ...]
    setups: tuple[Setup, ...]  # of the timings, in their order
    judged: tuple[Judged, ...]
    shown: dict[str, Array]  # see parity.compare.shown

    @property
    def pair(self) -> str:
        return self.record.pair

    @property
    def timings(self) -> tuple[Timing, ...]:
        return self.record.timings

    @property
    def timed(self) -> Iterator[tuple[Timing, Setup]]:
        return zip(self.timings, self.setups, strict=True)

    def first(self, framework: str) -> Run:
        """The run that pictures show: the first seed's."""
        return next(run for run in self.runs if run.job.framework == framework)


def read(out: Path) -> list[Result]:
    """All pairs of a folder: those of the registry in its order, then others by name.

    Raises ResultsError for a file that cannot be read.
    """
    names = [path.stem for path in sorted((out / "records").glob("*.json"))]
    return [_result(out, name) for name in sorted(names, key=place)]


def require(out: Path) -> list[Result]:
    """As `read`. Raises ResultsError where there is nothing to read."""
    found = read(out)
    if not found:
        raise ResultsError(f"{out} holds no results; `parity compare --out {out}` makes some")
    return found


def _result(out: Path, name: str) -> Result:
    path = out / "records" / f"{name}.json"
    record = reading.read(PairRecord, path)
    reading.require_name(path, record.pair)
    pair = Pair(record.pair, "", "", record.about, Recipe(record.task, record.margins))
    setups = tuple(
        reading.record(Setup, timing.settings, f"a timing of {path}") for timing in record.timings
    )
    ended = tuple(runs.read(out / "runs" / run) for run in record.runs)
    with reading.fitting(path):  # a run may have no epoch
        judged = tuple(judge(pair, ended))
    shown = reading.read_arrays(path.with_suffix(".safetensors"))
    return Result(record, ended, setups, judged, shown)
