"""The pictures of a comparison, from made-up records: what they show, and that they are stable."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.metrics import confusion_matrix

from parity.errors import ParityError
from parity.records.comparison import Array
from parity.results.plots import (
    confusion,
    curves,
    equivalence,
    mistakes,
    reconstructions,
    style,
    timing,
)
from parity.results.plots.equivalence import Compared
from parity.results.plots.gallery import FORMATS, Gallery
from tests.results.plot_records import (
    IMAGES,
    KERAS,
    LABELS,
    NAN,
    ORIGINALS,
    OURS,
    ROWS,
    THEIRS,
    TIMINGS,
    TORCH,
    runs,
    timed,
)

STARTS = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<svg"}
PICTURES: dict[str, Callable[[], Figure]] = {
    "curves-1-seed": lambda: curves.figure("t", "loss", "classify", runs(1)),
    "curves-5-seeds": lambda: curves.figure("t", "loss", "reconstruct", runs(5)),
    "curves-2-epochs": lambda: curves.figure("t", "loss", "classify", runs(1, 2)),
    "curves-untrained": lambda: curves.figure("t", "loss", "classify", runs(1, 0)),
    "confusion": lambda: confusion.figure("t", LABELS, KERAS, TORCH),
    "confusion-none": lambda: confusion.figure("t", LABELS, LABELS, LABELS),
    "noisy": lambda: reconstructions.figure("t", ORIGINALS, OURS, OURS, THEIRS),
    "not-noisy": lambda: reconstructions.figure("t", ORIGINALS, None, OURS, THEIRS),
    "not-finite": lambda: reconstructions.figure("t", ORIGINALS, None, OURS, OURS * NAN),
    "mistakes": lambda: mistakes.figure("t", IMAGES, LABELS, KERAS, TORCH),
    "no-mistakes": lambda: mistakes.figure("t", IMAGES, LABELS, LABELS, LABELS),
    "timing": lambda: timing.figure(TIMINGS),
    "equivalence": lambda: equivalence.figure(ROWS),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_records_give_the_same_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(style.LOOK, "savefig.dpi", 50)  # as good here, and fast
    kinds = FORMATS if name == "confusion" else ("png",)
    gallery = Gallery(tmp_path, kinds)
    gallery.save(PICTURES[name](), "one")
    # A reader's own settings for matplotlib change nothing.
    with matplotlib.rc_context({"font.size": 30, "savefig.dpi": 30, "axes.grid": True}):
        gallery.save(PICTURES[name](), "two")
    for kind in kinds:
        first = (tmp_path / f"one.{kind}").read_bytes()
        assert STARTS[kind] in first[:1000]
        assert first == (tmp_path / f"two.{kind}").read_bytes()
    gallery.clear("*")
    assert not [*tmp_path.iterdir()]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_a_long_title_is_broken_and_given_room() -> None:
    short, long = (confusion.figure("word " * n, LABELS, KERAS, TORCH) for n in (1, 30))
    assert long.get_suptitle().count("\n") == 1
    assert long.get_figheight() > short.get_figheight()


def numbers(axes: Axes) -> Array:
    """The counts that are written in a matrix's cells."""
    found = np.zeros((10, 10), int)
    for text in axes.texts:
        column, row = text.get_position()
        found[int(row), int(column)] = int(text.get_text().replace("\N{MINUS SIGN}", "-"))
    return found


def test_the_numbers_of_the_matrices_are_those_of_the_predictions() -> None:
    keras, torch, difference = confusion.figure("t", LABELS, KERAS, TORCH).axes
    expected = [confusion_matrix(LABELS, predicted) for predicted in (KERAS, TORCH)]
    np.testing.assert_array_equal(numbers(keras), expected[0])
    np.testing.assert_array_equal(numbers(torch), expected[1])
    np.testing.assert_array_equal(numbers(difference), expected[1] - expected[0])
    assert keras.get_title() == "Keras: 5 of 200 wrong"
    assert "+1" in texts(difference)


def test_the_diagonal_does_not_drown_the_mistakes() -> None:
    (shown,) = confusion.figure("t", LABELS, KERAS, TORCH).axes[0].images
    colours = np.asarray(shown.get_array())
    darkest = np.unravel_index(colours.sum(axis=2).argmin(), (10, 10))
    assert darkest == (1, 2)  # the most frequent mistake
    assert len({to_hex(colour) for colour in colours[range(10), range(10)]}) == 1


def test_classifiers_that_agree_have_an_empty_difference() -> None:
    *_, difference = confusion.figure("t", LABELS, LABELS, LABELS).axes
    assert not difference.texts
    assert difference.get_title().endswith("none")


@pytest.mark.parametrize(("inputs", "rows"), [(None, 4), (OURS, 5)], ids=["plain", "noisy"])
def test_a_noisy_row_is_there_only_where_inputs_are_given(inputs: Array | None, rows: int) -> None:
    made = reconstructions.figure("t", ORIGINALS, inputs, OURS, THEIRS)
    labels = [axes.get_ylabel() for axes in made.axes if axes.get_ylabel()]
    assert len(labels) == rows
    assert ("noisy" in labels) == (rows == 5)


def test_the_largest_difference_of_a_pixel_ends_the_scale_and_is_said() -> None:
    *_, difference, bar = reconstructions.figure("t", ORIGINALS, None, OURS, THEIRS).axes
    assert difference.images[0].get_clim() == pytest.approx((0, 0.25))
    assert "the largest is 0.25" in bar.get_xlabel()


@pytest.mark.parametrize(
    ("theirs", "said"),
    [(OURS, "zero everywhere"), (OURS * NAN, "100% of it not finite")],
    ids=["equal", "not-finite"],
)
def test_a_difference_without_a_scale_is_said_in_words(theirs: Array, said: str) -> None:
    made = reconstructions.figure("t", ORIGINALS, None, OURS, theirs)
    assert len(made.axes) == 4
    assert texts(made.axes[-1]) == [said]


def framed(axes: Axes) -> int:
    return sum(isinstance(patch, Rectangle) for patch in axes.patches)


def test_the_same_mistake_of_both_is_framed_and_counted() -> None:
    made = mistakes.figure("t", IMAGES, LABELS, KERAS, TORCH)
    keras, torch = made.axes
    assert [framed(keras), framed(torch)] == [2, 2]
    bold = [text.get_text() for text in keras.texts if text.get_fontweight() == "bold"]
    assert bold == ["0 \N{RIGHTWARDS ARROW} 7", "1 \N{RIGHTWARDS ARROW} 2"]
    assert made.get_supxlabel().startswith("Wrong in both: 3, of which 2 are taken for the same")
    assert keras.get_title("left") == "Keras: 5 of 200 wrong"


def test_captions_name_label_prediction_and_image() -> None:
    _, torch = mistakes.figure("t", IMAGES, LABELS, KERAS, TORCH).axes
    assert texts(torch)[-2:] == ["1 \N{RIGHTWARDS ARROW} 8", "#27"]
    assert len(torch.texts) == 6


def test_only_the_first_ten_mistakes_are_shown() -> None:
    keras, _ = mistakes.figure("t", IMAGES, LABELS, (LABELS + 1) % 10, TORCH).axes
    assert len(keras.texts) == 20
    assert keras.get_title("left") == "Keras: 200 of 200 wrong; the first 10"


def test_few_mistakes_are_drawn_as_large_as_ten() -> None:
    few, _ = mistakes.figure("t", IMAGES, LABELS, KERAS, TORCH).axes
    many, _ = mistakes.figure("t", IMAGES, LABELS, (LABELS + 1) % 10, TORCH).axes
    assert few.get_xlim() == many.get_xlim()


def bars(axes: Axes) -> list[float]:
    found = [own for own in axes.containers if isinstance(own, BarContainer)]
    return [bar.get_width() for own in found for bar in own]


def test_every_lane_has_a_panel_and_every_side_a_bar() -> None:
    panels = timing.figure(TIMINGS).axes
    assert [axes.get_title("left").partition(":")[0] for axes in panels] == [
        "idiomatic",
        "matched",
        "tuned",
    ]
    assert [bars(axes) for axes in panels] == [[0.6, 0.6, 60, 60]] * 3
    assert texts(panels[0]) == ["0.600 s", "0.600 s", "60.0 s", "60.0 s"]


def test_a_picture_of_disturbed_timings_says_so() -> None:
    spoilt = replace(TIMINGS[0], settings={"others": 1.6, "processors": 2})
    titles = [timing.figure(found).get_suptitle() for found in (TIMINGS, [*TIMINGS, spoilt])]
    assert [" 1.6 of 2 " in title.replace("\n", " ") for title in titles] == [False, True]


def test_what_was_not_timed_is_left_out() -> None:
    (axes,) = timing.figure([TIMINGS[0]]).axes
    assert bars(axes) == [0.6]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["mlp"]


def test_laps_are_scaled_to_an_epoch() -> None:
    assert timing.seconds(timed("mlp", "torch", "tuned", 30.0)) == pytest.approx((20, 30, 40))


def test_only_a_wide_range_has_a_logarithmic_axis() -> None:
    near = [timed("mlp", "keras", "tuned", 2.0), timed("mlp", "torch", "tuned", 3.0)]
    assert timing.figure(near).axes[0].get_xscale() == "linear"
    assert timing.figure(TIMINGS).axes[0].get_xscale() == "log"


def test_ports_beside_several_backends_are_told_apart() -> None:
    first = timed("mlp", "torch", "tuned", 2.0)
    (axes,) = timing.figure([first, replace(first, backend="jax")]).axes
    assert texts(axes) == ["2.00 s  beside jax", "2.00 s  beside tensorflow"]


def test_a_timing_without_a_whole_epoch_is_an_error_that_names_it() -> None:
    with pytest.raises(ParityError, match=r"mlp, keras \(tensorflow\), idiomatic has no"):
        timing.figure([replace(TIMINGS[0], epochs=())])


def test_differences_and_intervals_are_in_margins() -> None:
    (axes,) = equivalence.figure(ROWS).axes
    _, interval, point, *_ = axes.lines  # the first is the line at 0
    np.testing.assert_allclose(np.asarray(interval.get_xdata()), [-0.25, 0.75])
    np.testing.assert_allclose(np.asarray(point.get_xdata()), [0.5])


def test_verdicts_and_figures_stand_beside_their_rows() -> None:
    (axes,) = equivalence.figure(ROWS).axes
    assert texts(axes)[::2] == ["equivalent", "different", "undecided"]
    assert texts(axes)[1::2] == [
        "+0.001 of \N{PLUS-MINUS SIGN}0.002",
        "\N{MINUS SIGN}0.5 of \N{PLUS-MINUS SIGN}0.01",
        "not a finite number",
    ]


def test_a_difference_far_off_is_an_arrow_at_the_edge() -> None:
    (axes,) = equivalence.figure(ROWS).axes
    markers = [str(line.get_marker()) for line in axes.lines]
    assert markers == ["None", "None", "o", "None", "<"]
    assert axes.get_xlim() == (-equivalence.FAR, equivalence.FAR)


def test_a_margin_of_nothing_is_an_error() -> None:
    with pytest.raises(ParityError, match="the margin of x is 0"):
        equivalence.figure([Compared("x", 0.0, None, None, 0.0, "undecided")])


def test_colours_are_those_of_okabe_and_ito() -> None:
    assert style.COLOURS == {"keras": "#D55E00", "torch": "#0072B2"}
