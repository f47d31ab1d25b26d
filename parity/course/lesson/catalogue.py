"""The laboratory of differences, as its page shows it: the catalogue, and what was measured."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from parity.course.laboratory import bench, experiment
from parity.course.laboratory.bench import Measurement, Result
from parity.course.laboratory.catalogue import entries
from parity.course.laboratory.experiment import Entry as Source
from parity.course.laboratory.page import causes
from parity.course.lesson import code
from parity.course.lesson.records import Area, Code, Entry, Experiment, Laboratory

RECORD = "differences.json"  # in a results folder


def read(out: Path) -> Laboratory:
    """All entries, with the figures of `out`/differences.json where it is there.

    Raises ResultsError for a file that cannot be read.
    """
    path, remedy = out / RECORD, f"run `parity differences --out {out}` again"
    record = bench.read(path, remedy) if path.exists() else bench.Record({}, ())
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    found = record.differences
    measured = {result.id: result for result in found}
    areas: dict[str, list[Entry]] = {}
    for source in entries().values():
        areas.setdefault(experiment.area(source), []).append(_entry(source, measured))
    return Laboratory(
        tuple(Area(name, tuple(found)) for name, found in areas.items()), bool(measured), versions
    )


def _entry(source: Source, measured: Mapping[str, Result]) -> Entry:
    result = measured.get(source.id)
    return Entry(
        source.id,
        experiment.title(source),
        source.keras_does,
        source.torch_does,
        source.naive_error,
        source.faithful_line,
        source.note,
        source.source,
        tuple(_code(source)),
        experiment.measured(source),
        _figures(result.of("naive")) if result else (),
        _figures(result.of("faithful")) if result else (),
        experiment.is_control(source),
        causes(source),
    )


def _figures(found: Sequence[Measurement]) -> tuple[Experiment, ...]:
    return tuple(Experiment(one.label, one.backend, one.text, one.holds) for one in found)


def _code(source: Source) -> Iterator[Code]:
    for shared in experiment.helpers(source):
        yield Code("Shared with other entries", code.highlighted(experiment.code(shared)))
    yield Code("In Keras", code.highlighted(experiment.code(source.in_keras)))
    for kind in bench.KINDS:
        for function in experiment.translations(source, kind).values():
            name = f"{kind.capitalize()}: {experiment.label(function)}"
            title = name if experiment.label(function) else kind.capitalize()
            yield Code(title, code.highlighted(experiment.code(function)))
