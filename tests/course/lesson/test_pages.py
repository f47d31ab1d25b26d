"""What pages say: the figures of the check, and which command makes what is not there."""

import html
import re
from pathlib import Path

import pytest

from parity.course import exercises
from parity.course.lesson import lessons, practice, render, site
from parity.course.lesson.records import Laboratory
from parity.mapping.plan import DTYPES
from parity.pairs import PAIRS, reported
from tests.course.lesson.conftest import BUILD, CHECKED, Built


def words(path: Path) -> str:
    """The text of a page, one space between words."""
    text = re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))
    return " ".join(html.unescape(text).split())


def test_a_layer_s_figures_are_those_of_the_check(built: Built) -> None:
    page = words(built.folder / "mlp.html")
    for layer in built.of("mlp").checked.layers:
        for dtype in DTYPES:
            line = built.of("mlp").checked.line(layer, dtype)
            assert line is not None
            assert render.figure(line.max_abs) in page


def test_shapes_are_given_in_either_framework_s_order(built: Built) -> None:
    page = words(built.folder / "cnn.html")
    assert "(N, 28, 28, 16) NHWC" in page
    assert "(N, 16, 28, 28) NCHW" in page


def test_the_ledger_says_how_each_kernel_is_moved(built: Built) -> None:
    assert "(kh, kw, in, out) → (out, in, kh, kw)" in words(built.folder / "cnn.html")
    assert "HWC → CHW of 7x7x32" in words(built.folder / "cnn.html")


def test_every_exercise_has_its_faulty_lines_and_its_solution(built: Built) -> None:
    for lesson in built.lessons:
        assert len(lesson.exercises) == len(exercises.of(lesson.pair.name))
        for exercise in lesson.exercises:
            changes = practice.changes(exercise)
            wrong = {line[1:].strip() for line in changes if line.startswith("-")}
            shown = {
                "".join(piece.text for span in line.spans for piece in span.pieces).strip()
                for line in practice.excerpt(exercise)
            }
            assert wrong <= shown, exercise.name


def test_an_exercise_s_layer_can_be_chosen(built: Built) -> None:
    for lesson in built.lessons:
        layers = {layer.keras.name for layer in lesson.checked.layers} | {""}
        assert {exercise.layer for exercise in lesson.exercises} <= layers


def test_the_softmax_of_the_port_is_explained_where_there_is_one(built: Built) -> None:
    assert "with the ten numbers themselves: the logits" in words(built.folder / "mlp.html")
    assert "the logits" not in words(built.folder / "simple_ae.html")


def test_every_difference_of_the_catalogue_has_an_entry_on_its_area_s_page(built: Built) -> None:
    pages = built.folder.glob("differences-*.html")
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    for entry in built.laboratory.entries:
        assert text.count(f'<article class="entry" id="{entry}"') == 1


def test_the_report_s_page_says_what_the_check_found(built: Built) -> None:
    page = words(built.folder / "report.html")
    assert "It is the same function: with equal weights every layer agrees" in page
    for pair in reported():
        assert f"torch_port/as_reported/{pair.name}.py" in page
    assert CHECKED in page


@pytest.mark.parametrize(
    "command",
    [
        "parity lockstep mlp --naive --out results/lockstep",
        "parity compare mlp --full --seeds 5 --out results",
        "parity compare mlp --lanes idiomatic matched tuned --out results",
    ],
)
def test_what_is_not_there_says_which_command_makes_it(
    built: Built, tmp_path: Path, command: str
) -> None:
    page = words(bare(built, tmp_path) / "mlp.html")
    assert f"{command} makes it" in page


def test_without_figures_the_laboratory_says_which_command_measures(
    built: Built, tmp_path: Path
) -> None:
    page = words(bare(built, tmp_path) / "differences.html")
    assert "parity differences --out results makes it" in page


def bare(built: Built, tmp_path: Path) -> Path:
    """A site of the mlp alone, without any results."""
    pair = next(pair for pair in PAIRS if pair.name == "mlp")
    found = lessons.lesson(pair, built.of("mlp").checked, lessons.Folder())
    site.write(tmp_path / "site", [found], Laboratory(), (), BUILD)
    return tmp_path / "site"


def test_figures_that_were_not_measured_are_left_open() -> None:
    assert [render.figure(None), render.times(float("nan"))] == [render.NOTHING] * 2
    assert [render.figure(0.0), render.figure(3.33e-15), render.times(2.04)] == [
        "0",
        "3.3e-15",
        "2.0",
    ]


def test_shapes_read_as_people_write_them() -> None:
    assert render.shape((64, 28, 28, 1)) == "(N, 28, 28, 1)"
    assert render.weight_shape((500,)) == "(500,)"
