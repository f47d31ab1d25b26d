"""Claims of the catalogue, measured anew: each has its turn within a week on each backend."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from parity.course.laboratory import bench, catalogue
from parity.course.laboratory.bench import Result
from parity.course.laboratory.experiment import (
    Entry,
    area,
    is_control,
    label,
    title,
    translations,
)
from parity.diagnose.causes import CAUSES
from tests.in_turn import in_turn

ENTRIES = catalogue.entries()
LONGEST = 600  # seconds to wait for the next result: one that hangs fails, and no other
CLAIMS = [(entry, backend) for entry in ENTRIES.values() for backend in entry.backends]
WANTED: dict[Entry, list[str]] = {}
for about, on in in_turn(CLAIMS, 7):
    WANTED.setdefault(about, []).append(on)

every_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, "Future[Result]"]]:
    """Results by id, filled while the tests wait for them."""
    found: dict[str, Future[Result]] = {entry.id: Future() for entry in WANTED}

    def run() -> None:
        try:
            bench.run(WANTED, lambda done: found[done.id].set_result(done))
        except BaseException as error:
            for future in found.values():
                if not future.done():
                    future.set_exception(error)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run)
        yield found


@pytest.mark.parametrize("entry", WANTED, ids=lambda entry: entry.id)
def test_the_claim_holds(entry: Entry, results: dict[str, "Future[Result]"]) -> None:
    result = results[entry.id].result(timeout=LONGEST)
    broken = [found for found in result.measurements if not found.holds]
    assert not broken
    assert {found.backend for found in result.measurements} == set(WANTED[entry])


@every_entry
def test_the_entry_tells_all_that_a_page_needs(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.id)
    assert title(entry) != entry.id
    assert entry.keras_does
    assert entry.torch_does
    assert entry.faithful_line
    assert entry.source
    assert not any("://" in source for source in entry.source)
    faithful = translations(entry, "faithful")
    assert faithful
    if not is_control(entry):
        assert entry.naive_error
        assert entry.apart > entry.close
    for function in (*translations(entry, "naive").values(), *faithful.values()):
        assert label(function), function.__qualname__


def test_entries_stand_in_the_file_of_their_area() -> None:
    areas = {area(entry).replace(" ", "_") for entry in ENTRIES.values()}
    assert areas == set(catalogue.AREAS)


def test_every_cause_that_names_an_entry_has_it() -> None:
    named = {cause.entry for cause in CAUSES.values() if cause.entry}
    assert named <= ENTRIES.keys()
