"""Run entries of the catalogue: Keras on each backend, the translations once, and compare."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from parity.course.laboratory.experiment import KINDS, Entry, holds, label, translations
from parity.course.laboratory.measure import Figure
from parity.errors import SideError
from parity.records import reading
from parity.records.outcomes import Outcome, Raised
from parity.sides.process import AnyWorker, Worker
from parity.sides.verbs import Laboratory

Wanted = Mapping[Entry, Sequence[str]]  # entry -> Keras's backends to run it on
Done = Callable[["Result"], None]


@dataclass(frozen=True)
class Measurement:
    """One translation against Keras on one backend."""

    kind: str  # "naive" or "faithful"
    translation: str  # the name of its function
    label: str
    backend: str
    distance: float
    text: str
    holds: bool  # does it lie where the entry claims?


@dataclass(frozen=True)
class Result:
    """All that was measured for one entry."""

    id: str
    measurements: tuple[Measurement, ...]

    @property
    def holds(self) -> bool:
        """Is the claim borne out, by every translation on every backend that it is about?"""
        return bool(self.measurements) and all(found.holds for found in self.measurements)

    def of(self, kind: str) -> tuple[Measurement, ...]:
        return tuple(found for found in self.measurements if found.kind == kind)


class _Pending(NamedTuple):
    entry: Entry
    keras: dict[str, "Future[Outcome]"]  # by backend
    torch: dict[str, "Future[Outcome]"]  # by translation


def about(entries: Iterable[Entry], backends: Sequence[str]) -> Wanted:
    """Which of these backends each entry is about; an entry about none of them is left out."""
    found = {entry: tuple(b for b in backends if b in entry.backends) for entry in entries}
    return {entry: chosen for entry, chosen in found.items() if chosen}


def run(wanted: Wanted, done: Done) -> tuple[Result, ...]:
    """Run each entry on the backends that are wanted of it; `done` hears of each.

    Raises SideError where a framework cannot be imported.
    """
    needed = dict.fromkeys(name for chosen in wanted.values() for name in chosen)
    with ExitStack() as stack:
        # One thread each: figures do not depend on how many cores share the work.
        torch = stack.enter_context(closing(Worker("torch", threads=1)))
        keras = {
            name: stack.enter_context(closing(Worker("keras", name, threads=1))) for name in needed
        }
        for worker in (torch, *keras.values()):
            worker.ready()
        pending = [
            _submit(entry, {name: keras[name] for name in chosen}, torch)
            for entry, chosen in wanted.items()
        ]
        results = []
        for each in pending:
            results.append(_judge(each))
            done(results[-1])
    return tuple(results)


def _submit(entry: Entry, keras: Mapping[str, AnyWorker], torch: AnyWorker) -> _Pending:
    given = entry.given(np.random.default_rng(0))
    functions = {name: found for kind in KINDS for name, found in translations(entry, kind).items()}
    return _Pending(
        entry,
        {
            name: worker.submit(Laboratory.perform, entry.in_keras, given)
            for name, worker in keras.items()
        },
        {name: torch.submit(Laboratory.perform, found, given) for name, found in functions.items()},
    )


def _judge(pending: _Pending) -> Result:
    entry = pending.entry
    measurements = []
    for kind in KINDS:
        for name, function in translations(entry, kind).items():
            for backend, future in pending.keras.items():
                figure, bears_out = _figure(entry, kind, future, pending.torch[name])
                numbers = (figure.distance, figure.text, bears_out)
                measurements.append(Measurement(kind, name, label(function), backend, *numbers))
    return Result(entry.id, tuple(measurements))


def _figure(
    entry: Entry, kind: str, keras: "Future[Outcome]", torch: "Future[Outcome]"
) -> tuple[Figure, bool]:
    """How far apart they are, and whether that is what the entry claims."""
    try:
        reference, found = keras.result(), torch.result()
    except Exception as error:
        raise SideError(f"the experiment {entry.id} broke off: {error}") from error
    if isinstance(reference, Raised):  # there is nothing that a port could be held against
        return Figure(math.inf, f"Keras raises {reference.kind}: {reference.text}"), False
    figure = entry.measure(reference, found)
    return figure, holds(entry, kind, figure)


def as_record(result: Result) -> dict[str, Any]:
    """What a JSON file holds of a result."""
    return {
        "id": result.id,
        "holds": result.holds,
        "measurements": [asdict(found) for found in result.measurements],
    }


@dataclass(frozen=True)
class Record:
    """The file of all results, differences.json, by versions of what was measured."""

    versions: dict[str, str]
    differences: tuple[Result, ...]


def read(path: Path, remedy: str) -> Record:
    """Raises ResultsError, which ends with the remedy, where the file cannot be read.

    JSON has null for an infinite distance, which comes back as NaN.
    """
    return reading.read(Record, path, remedy)
