"""A results folder, read back: the record of each pair with its runs, timings and verdicts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from parity.errors import ResultsError
from parity.pairs import PAIRS
from parity.records.comparison import Array
from parity.records.jobs import Run, Timing
from parity.records.pair import Margins, Pair, Recipe
from parity.results.equivalence import Judged, judge
from parity.train import run_store as runs


@dataclass(frozen=True)
class Result:
    """One pair of a comparison."""

    record: dict[str, Any]
    runs: tuple[Run, ...]
    timings: tuple[Timing, ...]
    judged: tuple[Judged, ...]
    shown: dict[str, Array]  # see parity.compare.shown

    @property
    def pair(self) -> str:
        return str(self.record["pair"])

    def first(self, framework: str) -> Run:
        """The run that pictures show: the first seed's."""
        return next(run for run in self.runs if run.job.framework == framework)


def read(out: Path) -> list[Result]:
    """All pairs of a folder: those of the registry in its order, then others by name.

    Raises ResultsError for a file that cannot be read.
    """
    order = [pair.name for pair in PAIRS]
    names = [path.stem for path in sorted((out / "records").glob("*.json"))]
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    return [_result(out, name) for name in names]


def require(out: Path) -> list[Result]:
    """As `read`. Raises ResultsError where there is nothing to read."""
    found = read(out)
    if not found:
        raise ResultsError(f"{out} holds no results; `parity compare --out {out}` makes some")
    return found


def _result(out: Path, name: str) -> Result:
    path = out / "records" / f"{name}.json"
    record = runs.read_json(path)
    try:
        margins = Margins(**record["margins"])
        pair = Pair(record["pair"], "", "", record["about"], Recipe(record["task"], margins))
        ended = tuple(runs.read(out / "runs" / run) for run in record["runs"])
        timings = tuple(_timing(found) for found in record["timings"])
        shown = load_file(path.with_suffix(".safetensors"))
        judged = tuple(judge(pair, ended))
    except (*runs.DAMAGED, IndexError) as error:
        raise ResultsError(
            f"{path} is not a result of this version ({type(error).__name__}: {error}); "
            "delete it and run again"
        ) from error
    return Result(record, ended, timings, judged, shown)


def _timing(found: dict[str, Any]) -> Timing:
    lists = {name: tuple(found[name]) for name in ("laps", "epochs")}
    return Timing(**(found | lists))
