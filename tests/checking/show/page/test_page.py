"""The page of a report: what it says first, that it hangs together, and that it trusts no name."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from parity.api import Report
from parity.checking.show.page import html
from parity.checking.show.page.render import TIMES
from tests.checking.show.page import reports
from tests.course.lesson.hanging_together import (
    broken_links,
    doubled_anchors,
    requests_to_others,
    skipped_headings,
)


class Page(HTMLParser):
    """Tags and visible text of a page, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._raw = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._raw += tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._raw -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._raw and data.strip():
            self.texts.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.texts)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> str:
    return reports.source(tmp_path_factory.mktemp("a-persons-folder"))


@pytest.fixture(scope="module")
def faulty(where: str) -> str:
    return html(reports.faulty(where))


def test_the_verdict_stands_first_then_the_cause_with_its_fix(faulty: str) -> None:
    text = Page(faulty).text
    order = [text.index(word) for word in ("net and Port", "differ", "another epsilon", "eps=1e-3")]
    assert order == sorted(order)
    assert text.index("eps=1e-3") < text.index("Layer by layer") < text.index("How this was made")


def test_a_cause_has_its_figures_before_and_after(faulty: str) -> None:
    text = Page(faulty).text
    assert re.search(r"as it is 3\.0e-01 mended 9\.0e-16", text)
    assert f"the same at {reports.name(reports.FAULT + 3)}" in text, (
        "a finding that says the same is told with it"
    )
    assert "with these changes 0.1 is left" in text


def test_where_no_cause_was_found_what_was_tried_is_told_nearest_first(faulty: str) -> None:
    text = Page(faulty).text
    assert "Cause not found" in text
    assert text.index("dilation") < text.index("stride")


def test_the_first_divergence_is_marked_once_on_both_models(faulty: str) -> None:
    page = Page(faulty)
    marked = [a["id"] for t, a in page.tags if t == "li" and "first" in (a.get("class") or "")]
    assert marked == [f"layer-{reports.FAULT + 1}"]
    assert f"First divergence: {reports.name(reports.FAULT)}" in page.text


def test_a_pass_marks_nothing() -> None:
    page = Page(html(reports.passing()))
    assert "pass" in page.texts
    assert "first divergence" not in page.text.lower()
    assert "Why" not in page.texts


def test_what_is_incomplete_says_what_to_do() -> None:
    page = Page(html(reports.incomplete()))
    text = page.text
    assert text.index("incomplete") < text.index("own/kernel: no rule is for Own")
    assert "parity.rule('Own')" in page.texts, "code stands by itself"


def test_layers_that_only_hand_on_a_difference_are_told_from_the_one_that_makes_it(
    faulty: str,
) -> None:
    classes = {a["id"]: a["class"] for t, a in Page(faulty).tags if t == "li" and "id" in a}
    assert classes["layer-3"] == "rung pass"
    assert classes[f"layer-{reports.FAULT + 1}"] == "rung differ first"
    assert classes[f"layer-{reports.FAULT + 2}"] == "rung inherited"
    assert classes[f"layer-{reports.ROWS + 1}"] == "rung incomplete", "nothing answers it"


def test_no_name_becomes_markup(faulty: str) -> None:
    page = Page(faulty)
    assert reports.HOSTILE in page.text
    tags = [tag for tag, _ in page.tags]
    assert (tags.count("script"), tags.count("style")) == (1, 1)
    assert "<script>alert" not in faulty


def test_the_line_of_a_person_s_file_is_shown_without_its_folder(faulty: str, where: str) -> None:
    page = Page(faulty)
    assert "my_port.py:5" in page.texts
    meant = [a for t, a in page.tags if t == "span" and "meant" in (a.get("class") or "")]
    assert len(meant) == 1
    assert "a-persons-folder" not in faulty


def test_a_file_that_cannot_be_read_is_named_without_lines() -> None:
    text = html(reports.faulty("/no/such/folder/gone.py:7"))
    assert "gone.py:7" in text
    assert "/no/such" not in text
    assert 'class="line' not in text.partition("<script>")[0].partition("</style>")[2]


@pytest.mark.parametrize("report", [reports.faulty(), reports.passing(), reports.incomplete()],
                         ids=lambda report: report.verdict)  # fmt: skip
def test_a_page_hangs_together_and_asks_nobody(report: Report, tmp_path: Path) -> None:
    report.to_html(tmp_path / "page.html")
    assert broken_links(tmp_path) == []
    assert requests_to_others(tmp_path) == []
    assert skipped_headings(tmp_path) == []
    assert doubled_anchors(tmp_path) == []


def test_a_page_is_written_to_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link, target = tmp_path / "page.html", tmp_path / "far" / "page.html"
    link.symlink_to(target)
    written = reports.passing().to_html(link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == written


def test_the_same_report_gives_the_same_page(faulty: str, where: str) -> None:
    assert html(reports.faulty(where)) == faulty


def test_ledger_and_provenance_are_there(faulty: str) -> None:
    text = Page(faulty).text
    assert "k/kernel 3 x 4 (in, out) → (out, in) net.0.weight 4 x 3" in text.replace(TIMES, "x")
    assert "set aside: a count" in text
    assert "torch 2.15" in text
