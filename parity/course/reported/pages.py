"""The report's ports as a page tells them: every quirk, and what it was measured to cost."""

from dataclasses import dataclass
from pathlib import Path

from parity.course.reported import costs, quirks, records
from parity.course.reported.costs import Cost, End
from parity.course.reported.quirks import Quirk
from parity.course.reported.records import Record
from parity.errors import ResultsError
from parity.pairs import AS_REPORTED, reported, select
from parity.records.jobs import Run
from parity.records.pair import Pair
from parity.results import read as results
from parity.results.read import Result
from parity.results.statistics import spread

FOLDER = "as_reported"  # in a results folder


@dataclass(frozen=True)
class Told:
    """A quirk, and what it was measured to cost: nothing where it was not, or costs nothing."""

    quirk: Quirk
    costs: tuple[Cost, ...]


@dataclass(frozen=True)
class Page:
    """One pair. together: what all quirks come to; ours: the faithful port's end, of
    `parity compare` on the same data; keras: runs of Keras's file for pictures beside."""

    pair: str
    about: str
    port: str  # the module
    reference: str  # Keras's
    told: tuple[Told, ...]
    together: tuple[Cost, ...] = ()
    record: Record | None = None
    ours: End | None = None
    keras: tuple[Run, ...] = ()


def read(out: Path, comparison: Path) -> list[Page]:
    """A page for each of the report's ports, with whatever was measured of it.

    out: what `parity reported` wrote; comparison: what `parity compare` did. Neither need be there.
    Raises ResultsError for a file that cannot be read.
    """
    faithful = results.read(comparison)
    return [_page(pair, out, faithful) for pair in reported()]


def page(name: str, out: Path, comparison: Path) -> Page:
    """The page of one pair. Raises ResultsError as `read` does, ParityError as `select` does."""
    (pair,) = select([name], AS_REPORTED)
    return _page(pair, out, results.read(comparison))


def _page(pair: Pair, out: Path, faithful: list[Result]) -> Page:
    name = pair.name
    record = records.read(out, name)
    plain = [Told(quirk, ()) for quirk in quirks.of(name)]
    head = (name, pair.about, pair.torch, pair.keras)
    if record is None:
        return Page(*head, tuple(plain))
    alike = [one for one in faithful if one.record.data == record.data]
    ours = {one.pair: _faithful(one) for one in alike}
    measured = costs.measured(record, ours)
    told = tuple(Told(quirk, measured.get(quirk.id, ())) for quirk in quirks.of(name))
    keras = next((_own(one, "keras") for one in alike if one.pair == name), ())
    return Page(*head, told, costs.together(record, ours), record, ours.get(name), keras)


def _faithful(result: Result) -> End:
    own = _own(result, "torch")
    if not own:
        raise ResultsError(f"{result.pair}: the comparison holds no run of torch")
    losses = [run.last.test_loss for run in own]
    accuracies = [run.last.test_accuracy for run in own]
    return End(spread(losses), spread(accuracies), own[0].job.epochs)


def _own(result: Result, framework: str) -> tuple[Run, ...]:
    """A framework's runs from its own first weights; where there are none, all that there are."""
    found = tuple(run for run in result.runs if run.job.framework == framework)
    return tuple(run for run in found if run.job.start == "independent") or found
