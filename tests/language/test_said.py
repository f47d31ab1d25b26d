"""Whatever a check can say, and whatever it can refuse, has its form in every language.

Texts are read from the source, so that a new one without its translation is seen at once.
"""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from parity.language import speaking, told
from parity.language.catalogue import languages, read
from parity.language.sentences import PLACE
from tests.course.lesson.reading import ENGLISH
from tests.language import source_texts
from tests.language.source_texts import CODE, ROOT, Text

SAYING = ("gates", "checking", "diagnose", "mapping", "numerics", "records", "sides", "errors.py")
REFUSING = ("checking", "cli", "course", "mapping", "pairs.py", "records", "sides", "train")
# What no command with --lang comes to, what is a file's and not a reader's, and what only looks
# like a sentence.
ELSEWHERE = re.compile(
    r"checking/patch\.py|checking/show/formats/|diagnose/training_job|records/variants"
    r"|mapping/rules/operations|mapping/snippets|train/execute|train/run_store"
    r"|cli/commands/(compare|lockstep|transfer|results|record|completion)"
)
FRENCH_TOO = {"or", "as", "it", "be"}
MORE = re.compile(r"\b(no|cannot|give|choose|does|was|were|there|must|may|another)\b")
WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}", re.IGNORECASE)


def left(text: str) -> list[str]:
    """The words of English in it."""
    found = [*ENGLISH.findall(text), *MORE.findall(text)]
    return [word for word in found if word.lower() not in FRENCH_TOO]


@cache
def said() -> tuple[Text, ...]:
    return tuple(_said())


def _said() -> Iterator[Text]:
    for room in sorted({*SAYING, *REFUSING}):
        for text in source_texts.texts(ROOT / room):
            if room not in (REFUSING if text.is_error else SAYING):
                continue
            plain = text.form.replace(source_texts.PLACE, " 7 ")
            is_code = ELSEWHERE.search(text.where) or CODE.search(text.form)
            if WORDS.search(plain) and left(plain) and not is_code:
                yield text


def untold(language: str) -> list[str]:
    """The texts that are English in it, and part of nothing that is known."""
    known = [*read(language).sentences.known, *read(language).texts._catalog]  # type: ignore
    parts = PLACE.sub(" 7 ", "\n".join(map(str, known)))
    with speaking(language):
        return [
            f"{text.where}: {text.form}"
            for text in said()
            if not all(part.strip() in parts for part in re.split(r"\{\}|; ", text.form))
            and left(told(text.form.replace(source_texts.PLACE, "7")))
        ]


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_nothing_is_said_in_english_alone(language: str) -> None:
    assert untold(language) == [], "put its form into sentences.po"


def test_many_texts_are_seen() -> None:
    assert len(said()) > 500


def test_a_layer_that_leaks_is_told_with_its_kind() -> None:
    """Which the source puts together of two pieces."""
    with speaking("fr"):
        assert left(told("Keras's jax backend computes this Dense in float32")) == []
