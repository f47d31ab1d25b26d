"""Pictures in French: nothing in them stays English, and numbers have a decimal comma."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from parity.language import speaking
from parity.results.plots import confusion, curves, mistakes, predictions, reconstructions
from tests.results.plot_records import (
    IMAGES,
    KERAS,
    LABELS,
    NAN,
    ORIGINALS,
    OURS,
    THEIRS,
    TORCH,
    run,
    runs,
)

WORSE = [replace(x, test_accuracy=x.test_accuracy / 1.2) for x in run("torch", 0).history]
APART = [*runs(3), *(replace(run("torch", 9), history=tuple(WORSE)) for _seed in range(3))]
EVEN = LABELS % 2
VALUES = np.linspace(0, 1, 10).reshape(5, 2)
PICTURES: dict[str, Callable[[], Figure]] = {
    "one-epoch": lambda: curves.figure("", "", "classify", runs(1, 1)),
    "one-epoch-seeds": lambda: curves.figure("", "", "reconstruct", runs(2, 1)),
    "seeds": lambda: curves.figure("", "", "reconstruct", APART),
    "ended": lambda: curves.figure("", "", "classify", [run("keras", 0), run("torch", 0, 20, 8)]),
    "confusion-none": lambda: confusion.figure("", EVEN, EVEN, EVEN, 2),
    "mistakes": lambda: mistakes.figure("", IMAGES, LABELS, KERAS, TORCH),
    "noisy": lambda: reconstructions.figure("", ORIGINALS, OURS, OURS, THEIRS),
    "not-finite": lambda: reconstructions.figure("", ORIGINALS, None, OURS, OURS * NAN),
    "predictions": lambda: predictions.figure("", VALUES, VALUES, VALUES + 0.5),
}
# Names, and words of both languages.
ALIKE = {"Keras", "keras", "torch", "tensorflow", "test", "pixel", "pixels", "image", "place"}
WORD = re.compile(r"[^\W\d]{2,}")


def words(made: Figure) -> set[str]:
    made.draw_without_rendering()
    texts = [text.get_text() for text in made.findobj(Text)]
    return {word for text in texts for word in WORD.findall(text)} - ALIKE


@pytest.mark.parametrize("name", PICTURES)
def test_no_word_of_a_picture_is_as_in_english(name: str) -> None:
    ours = words(PICTURES[name]())
    with speaking("fr"):
        theirs = words(PICTURES[name]())
    assert ours
    assert ours & theirs == set()


def test_numbers_have_a_decimal_comma() -> None:
    with speaking("fr"):
        made = curves.figure("", "", "classify", runs(1, 2))
        made.draw_without_rendering()
        loss, accuracy = made.axes
        for axes in (loss, accuracy):
            labels = [tick.get_text() for tick in axes.get_yticklabels()]
            assert any("," in label for label in labels)
            assert not any("." in label for label in labels)
        assert "2,30 " in loss.get_xlabel()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", ["one-epoch-seeds", "seeds", "ended"])
def test_no_legend_and_no_label_is_cut_off(name: str, language: str) -> None:
    with speaking(language):
        made = PICTURES[name]()
    made.draw_without_rendering()
    boxes = [legend.get_window_extent() for legend in made.legends]
    boxes += [axes.xaxis.label.get_window_extent() for axes in made.axes]
    assert [box for box in boxes if not made.bbox.x0 <= box.x0 < box.x1 <= made.bbox.x1] == []
