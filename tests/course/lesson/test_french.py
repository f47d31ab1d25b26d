"""The site in French: no English is left, and the figures are those of the English site."""

from pathlib import Path

import pytest

from parity.course.lesson import as_reported, catalogue, drift_read, lessons, outcome, site
from parity.language import speaking
from parity.language.catalogue import ENGLISH, read
from tests.course.lesson import reading
from tests.course.lesson.conftest import BUILD, RESULTS, Built

FRENCH = read("fr")
AS_PYTHON = {",": ",", ".": "."}


@pytest.fixture(scope="module")
def french(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the same checks."""
    out = tmp_path_factory.mktemp("lesson") / "fr"
    with speaking("fr"):
        kept = lessons.Folder(outcome.read(RESULTS, RESULTS), drift_read.read(RESULTS, RESULTS))
        made = [lessons.lesson(one.pair, one.checked, kept) for one in built.lessons]
        reported = as_reported.read(RESULTS, built.reports, RESULTS)
        site.write(out, made, catalogue.read(RESULTS), reported, BUILD)
    return out


def test_no_page_has_an_english_sentence(french: Path) -> None:
    left = [text for page in french.glob("*.html") for text in reading.english(page)]
    assert left == []


def test_english_is_seen_where_it_is(built: Built) -> None:
    pages = [*built.folder.glob("*.html")]
    assert pages
    assert all(any(reading.english(page)) for page in pages)


def test_an_english_and_a_french_reader_find_the_same_figures(built: Built, french: Path) -> None:
    for page in built.folder.glob("*.html"):
        found = reading.figures(page, AS_PYTHON)
        assert reading.figures(french / page.name, FRENCH.signs) == found, page.name


def test_figures_are_written_as_the_french_write_them(french: Path) -> None:
    page = (french / "mlp.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in page
    assert "648\N{NARROW NO-BREAK SPACE}010" in page
    assert "2,2e-16 en float64" in page


def test_english_is_what_stands_in_the_source() -> None:
    assert ENGLISH.told("differ") == "differ"
    assert ENGLISH.digits("1,234.5") == "1,234.5"
