"""All texts that people read in lessons and that stand in records rather than in templates.

`pybabel extract` collects them for the catalogues of other languages (parity/language/babel.cfg).
"""

import re
from collections.abc import Iterator
from typing import Any

from parity.course.exercises import EXERCISES
from parity.course.laboratory import experiment
from parity.course.laboratory.catalogue import AREAS, entries
from parity.course.lesson import notes
from parity.course.lesson.titles import TITLES
from parity.course.reported import told
from parity.course.reported.quirks import QUIRKS
from parity.course.twins import sections, source
from parity.pairs import PAIRS

WORDS = re.compile(r"[a-z]{2,} [a-z]+|[a-z]+ [a-z]{2,}", re.IGNORECASE)  # in a row: no code


def extract(file: Any, keywords: Any, tags: Any, options: Any) -> Iterator[Any]:
    """As Babel's extractors are called: (line, function, text, comments) of each."""
    for text in dict.fromkeys(texts()):
        yield 0, "", text, []


def texts() -> Iterator[str]:
    """Every text, in the order of the pages."""
    yield from TITLES.values()
    for pair in PAIRS:
        yield pair.about
        yield from sections(source(pair.keras))
        for module in (pair.keras, pair.torch):
            yield from (note.text for note in notes.comments(source(module)) if not note.entry)
    for exercise in EXERCISES:
        yield from (exercise.level, exercise.topic, exercise.title)
        yield from (exercise.task, exercise.hint, exercise.explanation)
    yield from (area.replace("_", " ") for area in AREAS)
    yield from experiment.KINDS
    for entry in entries().values():
        yield from _entry(entry)
    yield from told.TITLES.values()
    for quirk in (quirk for quirks in QUIRKS.values() for quirk in quirks):
        yield quirk.id.replace("-", " ")
        yield from (quirk.wrote, quirk.keras, quirk.means)


def _entry(entry: experiment.Entry) -> Iterator[str]:
    said = (entry.keras_does, entry.torch_does, entry.naive_error, entry.note)
    yield from (experiment.title(entry), *filter(None, said))
    labels = [experiment.label(found) for found in experiment.functions(entry)]
    yield from (text for text in (entry.faithful_line, *labels) if WORDS.search(text))
