"""A report in a notebook: a table of its own look, and texts that stay where they are asked for."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from parity.api import Report
from parity.checking.show.notebook import html
from tests.checking.show.reports import AGREES, DIFFERS, HOSTILE, finding, of_layers
from tests.checking.show.test_formats import LACKS

FAULTY = of_layers([AGREES, DIFFERS], finding("k1"))


class Tags(HTMLParser):
    """The tags of a page; raises AssertionError where they are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> list[str]:
    found = Tags()
    found.feed(page)
    assert found.open == []
    return found.seen


def test_it_is_one_element_with_tables_and_its_style_inside() -> None:
    seen = tags(html(FAULTY))
    assert seen[:2] == ["div", "style"]
    assert "pre" not in seen
    assert seen.count("table") == seen.count("caption") == 3, "causes, gates and rows"


def test_its_style_changes_nothing_else() -> None:
    style = html(FAULTY).split("<style>")[1].split("</style>")[0]
    rules = re.sub(r"@media[^{]*\{(.*?\})\s*\}", r"\1", style, flags=re.DOTALL)
    selectors = [
        one.strip() for rule in re.findall(r"([^{}]+)\{", rules) for one in rule.split(",")
    ]
    assert selectors
    assert all(one.startswith(".parity-report") for one in selectors)
    assert "prefers-color-scheme: dark" in style


def test_of_an_incomplete_check_it_says_what_is_missing_and_of_a_pass_what_was_not_checked() -> (
    None
):
    assert "what is missing" in html(LACKS)
    assert "not checked" in html(of_layers([AGREES]))


def test_names_are_no_tags() -> None:
    page = html(replace(of_layers([DIFFERS], finding(HOSTILE, HOSTILE)), pair=HOSTILE))
    assert "i" not in tags(page)
    assert "\x1b" not in page
    assert "{{x}}" in page


def test_str_gives_the_text_in_a_notebook_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was shown in the cell, and '' was returned."""
    report = Report(**vars(FAULTY))
    outside = str(report)
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert str(report) == outside
    assert outside.startswith("pair: differ: first at k1")
    assert not [line for line in outside.splitlines() if line != line.rstrip()]


def test_repr_is_a_line() -> None:
    told = repr(Report(**vars(replace(FAULTY, pair=HOSTILE))))
    assert told.startswith("<parity.Report a[/b]")
    assert told.endswith("differ: first at k1; causes: bn-epsilon>")
    assert not set(told) & set("\n\x1b\x00")
