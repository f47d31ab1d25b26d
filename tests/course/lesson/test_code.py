"""Twin files as rows of coloured lines: nothing lost, rows that belong together, layers marked."""

import pytest

from parity.course.lesson import blocks, code, notes
from parity.course.lesson.records import Line, Row
from parity.course.twins import source
from parity.pairs import PAIRS
from parity.records.pair import Pair
from tests.course.lesson.conftest import Built

NAMES = [pair.name for pair in PAIRS]


def text(line: Line) -> str:
    return "".join(piece.text for span in line.spans for piece in span.pieces)


def row(built: Built, pair: str, heading: str, key: str) -> Row:
    (part,) = (part for part in built.of(pair).sections if part.heading == heading)
    (found,) = (row for row in part.rows if row.key == key)
    return found


def marked(lines: tuple[Line, ...]) -> dict[str, list[str]]:
    """Layer -> the texts that are marked as its own, in order."""
    found: dict[str, list[str]] = {}
    for line in lines:
        for span in line.spans:
            if span.layer:
                said = "".join(piece.text for piece in span.pieces)
                found.setdefault(span.layer, []).append(said)
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=NAMES)
def test_highlighting_loses_no_character(pair: Pair) -> None:
    for module in (pair.keras, pair.torch):
        whole = source(module)
        assert [text(line) for line in code.highlighted(whole)] == whole.splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_both_files_is_on_the_page(built: Built, name: str) -> None:
    lesson = built.of(name)
    pair = next(pair for pair in PAIRS if pair.name == name)
    rows = [row for part in lesson.sections for row in part.rows]
    for module, side in ((pair.keras, "keras"), (pair.torch, "torch")):
        lines = [text(line) for row in rows for line in getattr(row, side)]
        written = [line for line in source(module).splitlines() if line.strip()]
        headings = [line for line in written if line.startswith("# ---")]
        assert [line for line in lines if line.strip()] == [
            line for line in written if line not in headings
        ]


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_is_marked_on_both_sides(built: Built, name: str) -> None:
    lesson = built.of(name)
    rows = [row for part in lesson.sections for row in part.rows]
    layers = {layer.keras.name for layer in lesson.checked.layers}
    for side in ("keras", "torch"):
        lines = tuple(line for row in rows for line in getattr(row, side))
        assert set(marked(lines)) == layers
        leads = [s.layer for line in lines for s in line.spans if s.leads]
        assert sorted(leads) == sorted(layers)


def test_a_layer_stands_beside_its_twin(built: Built) -> None:
    found = row(built, "mlp", "Model", "drop1")
    assert [text(line).strip() for line in found.keras] == [
        'layers.Dropout(DROPOUT, name="drop1"),'
    ]
    assert [text(line).strip() for line in found.torch] == ["self.drop1 = nn.Dropout(DROPOUT)"]


def test_a_call_that_runs_over_lines_is_one_row(built: Built) -> None:
    found = row(built, "conv_transpose_ae", "Model", "deconv2")
    assert len(found.keras) == 3
    assert len(found.torch) == 1


def test_calls_in_forward_belong_to_the_layer_that_they_answer(built: Built) -> None:
    marks = marked(row(built, "cnn", "Model", "forward").torch)
    assert marks["conv1"] == ["F.relu", "self.conv1"]
    assert marks["pool2"] == ["self.pool2"]
    assert marks["flatten"] == ["x.flatten"]


def test_the_last_activation_is_found_in_prediction(built: Built) -> None:
    assert marked(row(built, "mlp", "Output", "prediction").torch) == {"fc3": ["output.softmax"]}


def test_what_one_side_has_alone_has_a_row_to_itself(built: Built) -> None:
    assert row(built, "cnn", "Model", "flatten").torch == ()
    assert row(built, "cnn", "Model", "forward").keras == ()


def test_comments_stand_beside_the_code_that_answers_them(built: Built) -> None:
    found = row(built, "mlp", "Weights", "initialise")
    assert text(found.keras[0]).startswith("# Dense: kernel (in, out)")


def test_a_comment_above_a_layer_belongs_to_its_row(built: Built) -> None:
    found = row(built, "conv_ae", "Model", "pool1")
    assert text(found.torch[0]).strip().startswith("# DIFFERS")
    assert [note.entry for _, note in found.notes] == ["maxpool-same-odd"]


def test_notes_are_numbered_through_the_page(built: Built) -> None:
    for lesson in built.lessons:
        assert [number for number, _ in lesson.notes] == list(range(1, len(lesson.notes) + 1))


def test_rows_keep_the_order_of_both_sides() -> None:
    def made(keys: str) -> list[blocks.Block]:
        return [blocks.Block(key, place, place + 1) for place, key in enumerate(keys, 1)]

    rows = blocks.align(made("abcd"), made("axcy"))
    keys = [tuple(side.key if side else "" for side in row) for row in rows]
    assert keys == [("a", "a"), ("b", ""), ("", "x"), ("c", "c"), ("d", ""), ("", "y")]


def test_blocks_that_cross_are_not_put_in_one_row() -> None:
    first = [blocks.Block("a", 1, 2), blocks.Block("b", 2, 3)]
    rows = blocks.align(first, [blocks.Block("b", 1, 2), blocks.Block("a", 2, 3)])
    assert len(rows) == 3


@pytest.mark.parametrize("pair", PAIRS, ids=NAMES)
def test_every_note_on_a_difference_names_its_entry(pair: Pair) -> None:
    for module in (pair.keras, pair.torch):
        said = notes.comments(source(module))
        assert source(module).count(notes.TAG) == len(said)
        assert [note.text for note in said if not note.entry] == []


def test_every_note_s_entry_is_in_the_catalogue(built: Built) -> None:
    named = {note.entry for lesson in built.lessons for _, note in lesson.notes}
    assert named - set(built.laboratory.entries) == set()


def test_a_note_without_an_entry_would_be_seen() -> None:
    (said,) = notes.comments("x = 1\n# DIFFERS: the channel axis comes first.\ny = 2\n")
    assert said == notes.Comment(2, 3, "the channel axis comes first.", "")


def test_a_note_goes_on_over_its_lines() -> None:
    (said,) = notes.comments("    # DIFFERS: one\n    # two. [an-id]\n    x = 1\n")
    assert said == notes.Comment(1, 3, "one two.", "an-id")
