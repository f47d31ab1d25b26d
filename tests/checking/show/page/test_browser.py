"""The page in a real browser: desktop and phone, light and dark, on paper, by mouse and by keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from tests.checking.show.page import reports
from tests.course.lesson.browsing import Scheme, Visit, launch, visit

PAPER = 718  # CSS pixels between the margins of an A4 sheet
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
UNFOLD = "document.querySelectorAll('details').forEach(x => { x.open = true })"
# Rows are all made alike: those around the first divergence stand for the rest.
FEW = f"""document.querySelectorAll('li.rung, tr[data-row]').forEach(x => {{
    if (Math.abs(x.dataset.row - {reports.FAULT}) > 3) x.remove() }})"""
FIRST = reports.FAULT + 1


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with the most in it."""
    folder = tmp_path_factory.mktemp("page")
    reports.faulty(reports.source(folder)).to_html(folder / "page.html")
    return folder / "page.html"


def violations(found: Visit, rules: dict[str, list[str]] = RULES) -> list[str]:
    told = Axe().run(found.page, options=rules).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in told]


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_it_fits_and_asks_nobody(browser: Browser, page: Path, scheme: Scheme) -> None:
    with visit(browser, page, scheme=scheme) as found:
        found.page.evaluate(UNFOLD)
        for width in (1920, 1280, 390):
            found.page.set_viewport_size({"width": width, "height": 900})
            assert not found.is_too_wide(), width
        assert found.complaints == []
        assert found.asked_others() == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_it_is_accessible(browser: Browser, page: Path, width: int, scheme: Scheme) -> None:
    with visit(browser, page, width, scheme) as found:
        found.page.evaluate(UNFOLD)
        found.page.evaluate(FEW)
        assert violations(found) == []


def test_what_axe_should_see_is_seen(browser: Browser, page: Path) -> None:
    with visit(browser, page) as found:
        found.page.evaluate("document.querySelector('.plot svg').removeAttribute('aria-label')")
        assert any(
            one.startswith("svg-img-alt") for one in violations(found, {"runOnly": ["svg-img-alt"]})
        )


def test_on_paper_all_rows_are_there_and_nothing_is_cut_off(browser: Browser, page: Path) -> None:
    with visit(browser, page, width=PAPER) as found:
        found.page.emulate_media(media="print")
        assert not found.is_too_wide()
        graph = found.page.locator(".graph")
        assert graph.evaluate("x => x.scrollHeight <= x.clientHeight + 1")
        assert not found.page.locator(".facts").is_visible()


def test_a_row_under_the_pointer_lights_up_everywhere_and_shows_its_facts(
    browser: Browser, page: Path
) -> None:
    with visit(browser, page) as found:
        facts = found.page.locator(".facts")
        assert f"Layer {FIRST} of {reports.ROWS + 1} · first divergence" in facts.inner_text()
        found.page.locator(f"#layer-{FIRST + 2} .keras-side").hover()
        assert f"Layer {FIRST + 2} of" in facts.inner_text()
        assert "3.0e-01" in facts.inner_text()
        lit = found.page.locator(".lit").evaluate_all("all => all.map(x => x.dataset.row)")
        assert set(lit) == {str(FIRST + 2)}
        assert len(lit) == 3, "in the plot, in the graph, in the table"
        found.page.locator(f'.hit[data-row="{FIRST - 5}"]').hover()
        assert f"Layer {FIRST - 5} of" in facts.inner_text()


def test_the_graph_opens_at_the_first_divergence_and_arrows_move_on(
    browser: Browser, page: Path
) -> None:
    focused = "document.activeElement.closest('[data-row]').dataset.row"
    with visit(browser, page) as found:
        rung, graph = found.page.locator(f"#layer-{FIRST}"), found.page.locator(".graph")
        inner, outer = rung.bounding_box(), graph.bounding_box()
        assert inner is not None
        assert outer is not None
        assert outer["y"] <= inner["y"] <= outer["y"] + outer["height"] - inner["height"]
        graph.focus()
        found.page.keyboard.press("Tab")
        assert found.page.evaluate(focused) == str(FIRST), "one row is in the order of Tab"
        found.page.keyboard.press("ArrowDown")
        assert found.page.evaluate(focused) == str(FIRST + 1)
        assert f"Layer {FIRST + 1} of" in found.page.locator(".facts").inner_text()
        found.page.keyboard.press("Home")
        assert found.page.evaluate(focused) == "1"
        found.page.keyboard.press("Tab")
        assert "between" not in found.page.evaluate("document.activeElement.className")


def test_on_a_phone_the_facts_can_be_closed_and_leave_their_row_in_sight(
    browser: Browser, page: Path
) -> None:
    with visit(browser, page, 390) as found:
        facts = found.page.locator(".facts")
        assert not facts.is_visible()
        low = found.page.locator(f"#layer-{FIRST + 8}")
        low.evaluate("x => x.scrollIntoView({block: 'end'})")
        low.locator("a.between").click()
        assert facts.is_visible()
        row = low.bounding_box()
        panel = facts.bounding_box()
        assert row is not None
        assert panel is not None
        assert row["y"] >= 0
        assert row["y"] + row["height"] <= panel["y"] + 1
        facts.get_by_role("button", name="Close").click()
        assert not facts.is_visible()
        found.page.locator(f"#layer-{FIRST} a.between").click()
        found.page.keyboard.press("Escape")
        assert not facts.is_visible()


def test_without_a_script_a_row_leads_to_its_figures(browser: Browser, page: Path) -> None:
    with visit(browser, page, script=False) as found:
        assert found.page.locator(".graph").is_visible()
        assert not found.page.locator(".facts").is_visible()
        link = found.page.locator(f"#layer-{FIRST} a.between")
        assert link.get_attribute("href") == f"#row-{FIRST}"
        assert found.page.locator(f"#row-{FIRST}").count() == 1
