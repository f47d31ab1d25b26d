"""The site in a real browser: desktop and phone, light and dark, by mouse, by keyboard, without."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from parity.course.laboratory.experiment import title
from parity.pairs import PAIRS
from tests.checking.show.page.test_colours import LEAST, contrast
from tests.course.lesson.browsing import Scheme, launch, visit
from tests.course.lesson.conftest import Built
from tests.in_turn import in_turn

# Pairs' pages are made by the same templates: each has its turn every third day.
AREA = "differences-pooling"  # an area of the laboratory; all are made alike
PAGES = ("index", "differences", AREA, "report", *(pair.name for pair in in_turn(PAIRS, 3)))
WIDE, DESKTOP, TABLET, PHONE, SMALL = 1920, 1280, 800, 390, 360
PAPER = 718  # CSS pixels between the margins of an A4 sheet
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


def violations(page: Page) -> list[str]:
    """Of WCAG A and AA. The colours of code are left to test_colours.py: there are thousands."""
    context = {"exclude": [[".code .line [class]:not(.layer, .noteref)"]]}
    found = Axe().run(page, context=context, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def reachable(page: Page) -> set[str]:
    """What can be acted on and is on show: of radio buttons one a group."""
    return set(
        page.evaluate(
            """() => [...document.querySelectorAll(
                'a[href], button, select, summary, input, [tabindex="0"]')]
              .filter(x => x.checkVisibility({visibilityProperty: true}))
              .map(x => {
                const all = [...document.querySelectorAll(x.tagName)];
                return x.type === 'radio' ? 'radios ' + [...document.forms].indexOf(x.form)
                  : x.tagName + ' ' + all.indexOf(x);
              })"""
        )
    )


# Entries of the laboratory are all made alike: the first ones stand for the rest.
FEW = """document.querySelectorAll('.area:nth-of-type(n + 3), article.entry:nth-of-type(n + 3)')
    .forEach(x => x.remove())"""

FOCUSED = """() => {
    const x = document.activeElement;
    if (!x || x === document.body) return '';
    const all = [...document.querySelectorAll(x.tagName)];
    return x.type === 'radio' ? 'radios ' + [...document.forms].indexOf(x.form)
      : x.tagName + ' ' + all.indexOf(x);
}"""


def reached_by_tab(page: Page, most: int) -> set[str]:
    found = set()
    for _ in range(most):
        page.keyboard.press("Tab")
        found.add(str(page.evaluate(FOCUSED)))
    return found


@pytest.mark.parametrize("scheme", get_args(Scheme))
@pytest.mark.parametrize("name", PAGES)
def test_a_page_complains_of_nothing_and_asks_nobody(
    browser: Browser, built: Built, name: str, scheme: Scheme
) -> None:
    with visit(browser, built.folder / f"{name}.html", scheme=scheme) as found:
        assert found.complaints == []
        assert found.asked_others() == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(browser: Browser, built: Built, name: str) -> None:
    with visit(browser, built.folder / f"{name}.html") as found:
        for width in (WIDE, DESKTOP, TABLET, PHONE, SMALL):
            found.page.set_viewport_size({"width": width, "height": 900})
            assert not found.is_too_wide(), width


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_nothing_is_cut_off(browser: Browser, built: Built, name: str) -> None:
    with visit(browser, built.folder / f"{name}.html", width=PAPER) as found:
        found.page.emulate_media(media="print")
        assert not found.is_too_wide()


# A page of each kind: pairs share their templates.
VIEWS = [
    (name, *view)
    for view in ((DESKTOP, "light"), (PHONE, "dark"))
    for name in ("index", "mlp", "differences", AREA, "report")
]


@pytest.mark.parametrize(("name", "width", "scheme"), in_turn(VIEWS, 5))
def test_a_page_is_accessible(
    browser: Browser, built: Built, name: str, width: int, scheme: Scheme
) -> None:
    with visit(browser, built.folder / f"{name}.html", width, scheme) as found:
        found.page.evaluate(FEW)
        assert violations(found.page) == []


def test_what_axe_should_see_is_seen(browser: Browser, built: Built) -> None:
    with visit(browser, built.folder / "mlp.html") as found:
        found.page.evaluate("document.querySelector('img').removeAttribute('alt')")
        assert any(one.startswith("image-alt") for one in violations(found.page))


def test_a_request_and_an_error_would_be_seen(
    browser: Browser, built: Built, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(built.folder, tmp_path / "tampered"))
    page = copy / "index.html"
    planted = '<img src="http://127.0.0.1:9/a.png" alt=""><script>nothing.here</script></main>'
    page.write_text(page.read_text(encoding="utf-8").replace("</main>", planted), encoding="utf-8")
    with visit(browser, page) as found:
        assert found.asked_others() == ["http://127.0.0.1:9/a.png"]
        assert any("nothing is not defined" in one for one in found.complaints)


def test_a_page_that_is_too_wide_would_be_seen(browser: Browser, built: Built) -> None:
    with visit(browser, built.folder / "mlp.html", PHONE) as found:
        found.page.evaluate("document.querySelector('h1').style.width = '800px'")
        assert found.is_too_wide()


def test_pointing_at_a_layer_marks_its_twin_and_shows_its_facts(
    browser: Browser, built: Built
) -> None:
    checked = built.of("mlp").checked
    line = checked.line(checked.layers[0], "float64")
    assert line is not None
    with visit(browser, built.folder / "mlp.html") as found:
        found.page.locator('.torch-side a.layer[data-layer="fc1"]').hover()
        assert len([text for text in found.lit() if text.startswith("layers.Dense(HIDDEN")]) == 1
        assert {"self.fc1", "F.relu"} <= set(found.lit())
        facts = found.page.locator(".facts")
        assert facts.is_visible()
        assert f"{line.max_abs:.1e}" in facts.inner_text()
        assert "(in, out) → (out, in)" in facts.inner_text()
        found.page.locator("h1").hover()
        assert found.lit() == []
        assert not facts.is_visible()


def test_the_focus_marks_a_twin_and_escape_lets_it_go(browser: Browser, built: Built) -> None:
    with visit(browser, built.folder / "cnn.html") as found:
        found.page.locator('.keras-side a.layer[data-layer="flatten"]').focus()
        assert "x.flatten" in found.lit()
        found.page.keyboard.press("Enter")
        found.page.locator("h1").hover()
        assert "x.flatten" in found.lit()
        found.page.keyboard.press("Escape")
        assert found.lit() == []


def test_a_twin_is_marked_by_more_than_colour(browser: Browser, built: Built) -> None:
    script = "x => getComputedStyle(x).boxShadow"
    with visit(browser, built.folder / "mlp.html") as found:
        twin = found.page.locator('.keras-side a.layer[data-layer="fc2"]')
        before = twin.evaluate(script)
        found.page.locator('.torch-side a.layer[data-layer="fc2"]').hover()
        assert (before, twin.evaluate(script) != "none") == ("none", True)


@pytest.mark.parametrize("name", ["index", "mlp", "differences"])
def test_the_keyboard_reaches_everything(browser: Browser, built: Built, name: str) -> None:
    with visit(browser, built.folder / f"{name}.html") as found:
        found.page.evaluate(FEW)
        wanted = reachable(found.page)
        assert wanted - reached_by_tab(found.page, len(wanted) + 10) == set()


def test_what_the_keyboard_cannot_reach_would_be_seen(browser: Browser, built: Built) -> None:
    with visit(browser, built.folder / "index.html") as found:
        found.page.evaluate("document.querySelector('main a').tabIndex = -1")
        wanted = reachable(found.page)
        assert len(wanted - reached_by_tab(found.page, len(wanted) + 10)) == 1


def test_a_prediction_is_answered(browser: Browser, built: Built) -> None:
    exercise = next(one for one in built.of("mlp").exercises if one.layer)
    with visit(browser, built.folder / "mlp.html") as found:
        form = found.page.locator("form.predict").nth(exercise.number - 1)
        answer = form.locator(".answer")
        form.get_by_label("lockstep").check()
        form.locator("select").select_option(exercise.layer)
        form.locator("button").click()
        assert "✗ The gate lockstep asks:" in answer.inner_text()
        assert "✓ The layer is right." in answer.inner_text()
        assert not form.locator(".next").is_visible()
        form.get_by_label(exercise.gate, exact=True).check()
        form.locator("button").click()
        assert "✓ The gate is right." in answer.inner_text()
        assert form.locator(".next").is_visible()
        found.page.reload()
        assert form.locator(".next").is_visible()
        assert "1 of 5 solved" in found.page.locator("#now-you ~ .solved").inner_text()


def test_a_filter_leaves_what_has_its_words(browser: Browser, built: Built) -> None:
    entry = next(iter(built.laboratory.entries.values()))
    with visit(browser, built.folder / "differences.html") as found:
        hits = found.page.locator(".hits li:visible")
        found.page.locator("#filter").fill(entry.id)
        assert title(entry) in hits.first.inner_text()
        assert found.page.locator(".area:visible").count() == 0
        found.page.locator("#filter").fill("no entry says this")
        assert hits.count() == 0
        found.page.locator("#filter").fill("")
        assert found.page.locator(".area:visible").count() == len(built.laboratory.areas)


def test_without_a_script_the_facts_stand_in_the_table(browser: Browser, built: Built) -> None:
    with visit(browser, built.folder / "mlp.html", script=False) as found:
        assert not found.page.locator("form.predict").first.is_visible()
        found.page.locator('.keras-side a.layer[data-layer="fc1"]').click()
        assert found.page.url.endswith("#layer-fc1")
        assert found.page.locator("#layer-fc1").is_visible()


def test_twins_stand_side_by_side_on_a_desktop(browser: Browser, built: Built) -> None:
    with visit(browser, built.folder / "conv_ae.html", DESKTOP) as found:
        for layer in built.of("conv_ae").checked.layers:
            marks = found.page.locator(f'.cell:has(a.layer[data-layer="{layer.keras.name}"])')
            keras, torch = (box.bounding_box() for box in marks.all())
            assert keras is not None
            assert torch is not None
            assert keras["y"] == torch["y"]
            assert keras["x"] + keras["width"] <= torch["x"] + 1


def test_on_a_phone_the_torch_part_stands_below_the_keras_part(
    browser: Browser, built: Built
) -> None:
    with visit(browser, built.folder / "mlp.html", PHONE) as found:
        part = found.page.locator('section[aria-labelledby="part-model"]')
        last = part.locator('.keras-side a.layer[data-layer="fc3"]').bounding_box()
        first = part.locator('.torch-side a.layer[data-layer="fc1"]').bounding_box()
        note = part.locator(".note").first.bounding_box()
        assert last is not None
        assert first is not None
        assert note is not None
        assert last["y"] < first["y"] < note["y"]


def test_on_a_phone_the_facts_leave_the_twin_in_sight_and_can_be_closed(
    browser: Browser, built: Built
) -> None:
    with visit(browser, built.folder / "mlp.html", PHONE) as found:
        facts = found.page.locator(".facts")
        found.page.locator('.keras-side a.layer[data-layer="fc2"]').click()
        facts.get_by_role("button", name="To its twin").click()
        twin = found.page.locator('.torch-side a.layer[data-layer="fc2"]').first.bounding_box()
        panel = facts.bounding_box()
        assert twin is not None
        assert panel is not None
        assert 0 <= twin["y"] <= panel["y"] - twin["height"]
        assert panel["height"] <= 300
        facts.get_by_role("button", name="Close").click()
        assert not facts.is_visible()


def test_solutions_are_printed_on_a_sheet_of_their_own(browser: Browser, built: Built) -> None:
    with visit(browser, built.folder / "mlp.html") as found:
        inside = found.page.locator(".exercise .solution")
        count = inside.count()
        found.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert (inside.count(), found.page.locator(".sheet .solution").count()) == (0, count)
        found.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert (inside.count(), found.page.locator(".sheet").count()) == (count, 0)


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_the_text_can_be_read(browser: Browser, built: Built, scheme: Scheme) -> None:
    colours = "x => { const c = getComputedStyle(x); return [c.color, c.backgroundColor] }"
    with visit(browser, built.folder / "mlp.html", scheme=scheme) as found:
        _, paper = found.page.locator("body").evaluate(colours)
        for text in ("main p", ".lead", ".kicker", ".side-name", "main a", "figcaption"):
            ink, _ = found.page.locator(text).first.evaluate(colours)
            assert contrast(_hex(ink), _hex(paper)) >= LEAST, text


def _hex(colour: str) -> str:
    """ "rgb(10, 95, 102)" -> "0a5f66"."""
    return "".join(f"{int(part):02x}" for part in colour[4:-1].split(","))


def test_pages_say_their_language_and_their_name(browser: Browser, built: Built) -> None:
    with visit(browser, built.folder / "mlp.html") as found:
        assert found.page.locator("html").get_attribute("lang") == "en"
        assert found.page.title().startswith("A multilayer perceptron (mlp)")
