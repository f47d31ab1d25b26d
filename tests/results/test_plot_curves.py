"""The curves of a comparison: which lines, bands and limits they have."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parity.records.jobs import Run
from parity.results.plots import curves
from tests.results.plot_records import run, runs


def curves_of(records: list[Run]) -> Figure:
    return curves.figure("a title", "cross-entropy", "classify", records)


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize(("seeds", "bands"), [(1, 0), (5, 4)])
def test_only_several_seeds_have_bands(seeds: int, bands: int) -> None:
    for axes in curves_of(runs(seeds)).axes:
        assert len(axes.collections) == bands
        assert len(axes.lines) == 4


def test_a_line_is_the_mean_of_its_seeds_and_a_band_their_range() -> None:
    loss = curves_of(runs(5)).axes[0]
    train = np.asarray(loss.lines[0].get_ydata())
    assert train[-1] == pytest.approx(0.1 + 0.2 * np.exp(-10) + 0.002)
    edges = loss.collections[0].get_paths()[0].vertices
    assert np.ptp(np.asarray(edges)[np.asarray(edges)[:, 0] == 20, 1]) == pytest.approx(0.004)


def test_training_starts_at_epoch_one_and_testing_before() -> None:
    starts = [np.asarray(line.get_xdata())[0] for line in curves_of(runs(1)).axes[0].lines]
    assert starts == [1, 0, 1, 0]  # Keras's train and test, torch's train and test


def test_of_equal_curves_both_are_seen() -> None:
    keras, torch = (curves_of(runs(1)).axes[0].lines[place] for place in (1, 3))
    assert keras.get_linewidth() > 2 * torch.get_linewidth()
    assert keras.get_marker() != torch.get_marker()
    assert keras.get_zorder() <= torch.get_zorder()


def test_an_untrained_loss_is_said_and_leaves_the_panel() -> None:
    loss, accuracy = curves_of(runs(1)).axes
    assert loss.get_ylim()[1] < 1
    assert texts(loss) == ["epoch 0: 2.30 (above)"]
    assert texts(accuracy) == ["epoch 0: 10.0% (below)"]


def test_of_one_epoch_all_is_shown_and_training_told_from_testing() -> None:
    loss, accuracy = curves_of(runs(1, 1)).axes
    for axes in (loss, accuracy):
        low, high = axes.get_ylim()
        for line in axes.lines:
            assert all(low < value < high for value in np.asarray(line.get_ydata()))
        assert texts(axes) == []
    train, test = loss.lines[:2]
    assert train.get_markerfacecolor() != test.get_markerfacecolor()


def test_a_difference_at_the_end_takes_much_of_the_height() -> None:
    worse = [replace(e, test_loss=e.test_loss + 0.005) for e in run("torch", 0).history]
    pair = [run("keras", 0), replace(run("torch", 0), history=tuple(worse))]
    low, high = curves_of(pair).axes[0].get_ylim()
    assert 0.005 / (high - low) > 0.2


def test_a_run_that_ends_with_nan_is_drawn_as_far_as_it_goes() -> None:
    made = curves_of([run("keras", 0), run("torch", 0, nan_at=8)])
    for axes in made.axes:
        test, cross = axes.lines[3], axes.lines[4]
        assert np.asarray(test.get_xdata()).tolist() == list(range(8))
        assert np.asarray(cross.get_xdata()).tolist() == [7]
    labels = [text.get_text() for text in made.legends[0].get_texts()]
    assert "ended early: torch seed 0" in labels


def test_runs_of_nan_alone_are_a_picture_without_lines() -> None:
    for axes in curves_of([run("keras", 0, nan_at=0), run("torch", 0, nan_at=0)]).axes:
        assert not axes.lines


def test_a_loss_that_explodes_is_seen_on_a_logarithmic_axis() -> None:
    bad = [replace(e, test_loss=10.0**e.epoch) for e in run("torch", 0, 10).history]
    pair = [run("keras", 0, 10), replace(run("torch", 0, 10), history=tuple(bad))]
    loss, accuracy = curves_of(pair).axes
    assert (loss.get_yscale(), accuracy.get_yscale()) == ("log", "linear")
    assert loss.get_ylim()[1] > 1e10


def test_accuracy_says_what_it_is_a_share_of() -> None:
    made = curves.figure("t", "loss", "reconstruct", runs(1))
    assert made.axes[1].get_ylabel() == "of pixels, at 0.5"
    assert curves_of(runs(1)).axes[1].get_ylabel() == "of samples"


def test_right_answers_a_batch_are_not_called_a_share() -> None:
    many = [
        replace(e, test_accuracy=100 * e.test_accuracy, train_accuracy=None)
        for e in run("torch", 0).history
    ]
    axes = curves_of([replace(run("torch", 0), history=tuple(many))]).axes[1]
    assert axes.get_ylabel() == "right answers a batch"
    assert texts(axes) == ["epoch 0: 10.0 (below)"]
    assert "%" not in axes.yaxis.get_major_formatter()(95.0)
