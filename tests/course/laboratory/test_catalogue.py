"""Every claim of the catalogue, measured anew on one of the backends that it is about, in turn.

With PARITY_LABORATORY=all in the environment, on all of them.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from parity.course.laboratory import bench, catalogue
from parity.course.laboratory.bench import Result
from parity.course.laboratory.experiment import (
    BACKENDS,
    Entry,
    area,
    is_control,
    label,
    title,
    translations,
)
from parity.diagnose.causes import CAUSES

ENTRIES = catalogue.entries()
ALL = os.environ.get("PARITY_LABORATORY") == "all"
LONGEST = 120  # seconds to wait for the next result: one that hangs fails, and no other


def in_turn(entries: Iterable[Entry]) -> dict[Entry, tuple[str, ...]]:
    """One backend for each entry: the next of those that its claim is about."""
    return {x: (x.backends[place % len(x.backends)],) for place, x in enumerate(entries)}


WANTED = bench.about(ENTRIES.values(), BACKENDS) if ALL else in_turn(ENTRIES.values())

every_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, "Future[Result]"]]:
    """Results by id, filled while the tests wait for them."""
    found: dict[str, Future[Result]] = {name: Future() for name in ENTRIES}

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


@every_entry
def test_the_claim_holds(entry: Entry, results: dict[str, "Future[Result]"]) -> None:
    result = results[entry.id].result(timeout=LONGEST)
    broken = [found for found in result.measurements if not found.holds]
    assert not broken
    assert {found.backend for found in result.measurements} == set(WANTED[entry])


def test_every_backend_has_its_share_of_the_entries() -> None:
    counts = Counter(name for (name,) in in_turn(ENTRIES.values()).values())
    assert set(counts) == set(BACKENDS)
    assert min(counts.values()) > len(ENTRIES) / 5


def test_an_entry_about_some_backends_alone_is_measured_on_one_of_them() -> None:
    for entry, chosen in in_turn(ENTRIES.values()).items():
        assert set(chosen) <= set(entry.backends), entry.id


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
