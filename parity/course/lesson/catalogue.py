"""The laboratory of differences, as its page shows it: the catalogue, and what was measured."""

from collections.abc import Iterator
from pathlib import Path

from parity.course.laboratory import bench, experiment
from parity.course.laboratory.catalogue import entries
from parity.course.laboratory.experiment import Entry
from parity.course.lesson import code
from parity.course.lesson.records import Laboratory, Line
from parity.language import gettext as _
from parity.language import told

RECORD = "differences.json"  # in a results folder


def read(out: Path) -> Laboratory:
    """All entries, with the figures of `out`/differences.json where it is there.

    Raises ResultsError for a file that cannot be read.
    """
    path, remedy = out / RECORD, f"run `parity differences --out {out}` again"
    record = bench.read(path, remedy) if path.exists() else bench.Record({}, ())
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    return Laboratory(entries(), {result.id: result for result in record.differences}, versions)


def experiment_of(entry: Entry) -> Iterator[tuple[str, str, tuple[Line, ...]]]:
    """The functions of an entry, each with what it is, and the line that it stands for or ""."""
    for shared in experiment.helpers(entry):
        yield _("Shared with other entries"), "", code.highlighted(experiment.code(shared))
    yield _("In Keras"), "", code.highlighted(experiment.code(entry.in_keras))
    for kind in experiment.KINDS:
        for function in experiment.translations(entry, kind).values():
            label = told(experiment.label(function))
            yield told(kind).capitalize(), label, code.highlighted(experiment.code(function))


def area_file(area: str) -> str:
    """The page of an area."""
    return f"differences-{area.replace(' ', '-')}.html"


def entry_file(entry: Entry) -> str:
    """Where an entry stands: its area's page, and its place there."""
    return f"{area_file(experiment.area(entry))}#{entry.id}"


def entry_words(entry: Entry) -> str:
    """What a search finds an entry by, in lower case: its names first."""
    said = (entry.keras_does, entry.torch_does, entry.naive_error, entry.note)
    named = (experiment.title(entry), *said, entry.faithful_line)
    return " ".join((entry.id, *map(told, named))).replace("`", "").lower()
