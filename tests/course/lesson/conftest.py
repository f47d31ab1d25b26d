"""One site for all tests: every pair, with the gates that need no training."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.course.lesson import as_reported, catalogue, drift_read, lessons, outcome, site
from parity.course.lesson.measured import measure
from parity.course.lesson.records import Build, Laboratory, Lesson
from parity.pairs import PAIRS
from parity.records.comparison import Report
from parity.sides.process import Sides

RESULTS = Path(__file__).parents[3] / "results"
CHECKED = "simple_ae"  # the one of the report's ports that is checked here
BUILD = Build("tensorflow", 0, "keras 3, torch 2", "a" * 12)


@dataclass(frozen=True)
class Built:
    """A site, and the records it was made from."""

    folder: Path
    lessons: tuple[Lesson, ...]
    laboratory: Laboratory
    reports: dict[str, Report]

    def of(self, pair: str) -> Lesson:
        return next(lesson for lesson in self.lessons if lesson.pair.name == pair)


@pytest.fixture(scope="session")
def built(sides: Sides, shown: Probe, tmp_path_factory: pytest.TempPathFactory) -> Built:
    choice = Options(gates=("data", "structure", "weights", "forward"))
    laboratory = catalogue.read(RESULTS)
    kept = lessons.Folder(outcome.read(RESULTS, RESULTS), drift_read.read(RESULTS, RESULTS))
    made = tuple(
        lessons.lesson(pair, measure(pair, sides, shown, {}, choice), kept) for pair in PAIRS
    )
    (port,) = (port for port in as_reported.ports(PAIRS) if port.name == CHECKED)
    reports = {pair.name: Report(pair.name, (), {}) for pair in PAIRS}
    reports[CHECKED] = as_reported.check(port, sides, shown, {})
    folder = tmp_path_factory.mktemp("lesson") / "site"
    site.write(folder, made, laboratory, as_reported.read(RESULTS, reports, RESULTS), BUILD)
    return Built(folder, made, laboratory, reports)
