"""Catalogues are whole and fresh: they have every text, with its places, and no other."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages import pofile
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from parity.language import catalogue
from parity.language.catalogue import PAGES, SENTENCES

ROOT = Path(__file__).parents[2]
PLACES = re.compile(r"%\(\w+\)s|\{\w*\}")
TAGS = re.compile(r"<(?!em\b)([a-z]+)")  # what is stressed is another word in another language
OTHERS = [name for name in catalogue.languages() if name != "en"]


@cache
def said() -> frozenset[str]:
    """Every text that `pybabel extract` finds, by parity/language/babel.cfg."""
    with (ROOT / "parity" / "language" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, methods, options, directory_filter=_is_ours)
    return frozenset(str(text) for _, _, text, *_ in found)


def _is_ours(folder: str) -> bool:
    return Path(folder).relative_to(ROOT).parts[:1] == ("parity",)


def read(language: str, name: str) -> dict[str, str]:
    with (catalogue.folder() / language / name).open("rb") as file:
        found = pofile.read_po(file, locale=language)
    return {str(one.id): str(one.string or "") for one in found if one.id}


def test_texts_are_found_in_templates_in_code_and_in_the_course() -> None:
    assert {"The gates", "In Keras", "A multilayer perceptron"} <= said()


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_text_and_no_other(language: str) -> None:
    known = read(language, PAGES)
    assert sorted(said() - set(known)) == [], "see parity/language/babel.cfg"
    assert sorted(set(known) - said()) == []
    assert [text for text, told in known.items() if not told] == []


@pytest.mark.parametrize("name", [PAGES, SENTENCES])
@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_the_code_and_the_markup_of_its_text(
    language: str, name: str
) -> None:
    for text, told in read(language, name).items():
        assert set(PLACES.findall(told)) == set(PLACES.findall(text)), text
        assert told.count("`") == text.count("`"), text
        assert sorted(TAGS.findall(told)) == sorted(TAGS.findall(text)), text
