"""A check's report in French: the terminal, the page and Markdown, with the same figures."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from parity.checking.show.formats.github import github
from parity.checking.show.formats.junit import junit
from parity.checking.show.formats.markdown import markdown
from parity.checking.show.page.render import html
from parity.diagnose.causes import CAUSES
from parity.language import speaking, told
from parity.language.catalogue import read
from parity.records.comparison import Report
from tests.checking.show.page.reports import faulty, passing
from tests.checking.show.reports import AGREES, DIFFERS, INHERITS, finding, of_layers, shown
from tests.course.lesson import reading

FRENCH = read("fr")
FIGURE = re.compile(r"\d+(?:[.,]\d+)?(?:e[-+]?\d+)?")
PASSES = of_layers([AGREES, AGREES])
PARTS = of_layers([AGREES, DIFFERS, INHERITS, INHERITS, INHERITS], finding("k1"))
UNSURE = of_layers([replace(AGREES, verdict="incomplete", note="no rule is for this layer")])


def english(text: str) -> list[str]:
    return [line for line in text.splitlines() if len(reading.ENGLISH.findall(line)) > 1]


def figures(text: str) -> Counter[str]:
    return Counter(figure.replace(",", ".") for figure in FIGURE.findall(text))


@pytest.mark.parametrize("report", [PASSES, PARTS, UNSURE], ids=["pass", "differ", "incomplete"])
def test_the_terminal_and_markdown_say_the_same_in_french(report: Report) -> None:
    ours = [shown(report, "short"), shown(report, "all"), markdown([report])]
    with speaking("fr"):
        theirs = [shown(report, "short"), shown(report, "all"), markdown([report])]
    for one, other in zip(ours, theirs, strict=True):
        assert english(one)
        assert english(other) == []
        assert figures(one) == figures(other)


def test_the_page_says_the_same_in_french(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    for report in (faulty(rows=8, fault=3), passing()):
        page.write_text(html(report), encoding="utf-8")
        ours = reading.figures(page, {",": ",", ".": "."})
        assert [*reading.english(page)]
        with speaking("fr"):
            page.write_text(html(report), encoding="utf-8")
        assert [*reading.english(page)] == []
        assert reading.figures(page, FRENCH.signs) == ours


def test_the_two_names_of_an_own_pair_are_joined_in_french() -> None:
    own = replace(PARTS, pair="nets.py:build and port.py:Net")
    for render in (html, lambda report: markdown([report]), lambda report: shown(report, "answer")):
        assert "nets.py:build and port.py:Net" in render(own)
        with speaking("fr"):
            assert "nets.py:build et port.py:Net" in render(own)
            assert " and port.py" not in render(own)


def test_every_cause_is_told_in_french() -> None:
    with speaking("fr"):
        assert [name for name, cause in CAUSES.items() if told(cause.says) == cause.says] == []


def test_what_machines_read_is_english_in_any_language() -> None:
    ours = [github([PARTS]), junit([PARTS])]
    with speaking("fr"):
        assert [github([PARTS]), junit([PARTS])] == ours
