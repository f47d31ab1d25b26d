"""The laboratory of differences, as its page shows it: the catalogue, and what was measured."""

from collections.abc import Iterator
from pathlib import Path

from parity.course.laboratory import bench, experiment
from parity.course.laboratory.catalogue import entries
from parity.course.laboratory.experiment import Entry
from parity.course.lesson import code
from parity.course.lesson.records import Laboratory, Line

RECORD = "differences.json"  # in a results folder


def read(out: Path) -> Laboratory:
    """All entries, with the figures of `out`/differences.json where it is there.

    Raises ResultsError for a file that cannot be read.
    """
    path, remedy = out / RECORD, f"run `parity differences --out {out}` again"
    record = bench.read(path, remedy) if path.exists() else bench.Record({}, ())
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    return Laboratory(entries(), {result.id: result for result in record.differences}, versions)


def experiment_of(entry: Entry) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The functions of an entry, each with what it is."""
    for shared in experiment.helpers(entry):
        yield "Shared with other entries", code.highlighted(experiment.code(shared))
    yield "In Keras", code.highlighted(experiment.code(entry.in_keras))
    for kind in experiment.KINDS:
        for function in experiment.translations(entry, kind).values():
            title = f"{kind.capitalize()}: {experiment.label(function)}"
            yield title, code.highlighted(experiment.code(function))
