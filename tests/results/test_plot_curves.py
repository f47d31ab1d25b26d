"""The curves of a comparison: which lines, bands and limits they have."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from parity.records.jobs import Run
from parity.results.plots import curves
from tests.results.plot_records import run, runs


def curves_of(records: list[Run]) -> Figure:
    return curves.figure("a title", "cross-entropy", "classify", records)


def trained(axes: Axes) -> list[Line2D]:
    """The lines but for those from the untrained model to the first epoch."""
    return [line for line in axes.lines if line.get_label() != "_start"]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize(("seeds", "bands"), [(1, 0), (5, 4)])
def test_only_several_seeds_have_bands(seeds: int, bands: int) -> None:
    for axes in curves_of(runs(seeds)).axes:
        assert len(axes.collections) == bands
        assert len(trained(axes)) == 4


def test_a_line_is_the_mean_of_its_seeds_and_a_band_their_range() -> None:
    loss = curves_of(runs(5)).axes[0]
    train = np.asarray(loss.lines[0].get_ydata())
    assert train[-1] == pytest.approx(0.1 + 0.2 * np.exp(-10) + 0.002)
    edges = loss.collections[0].get_paths()[0].vertices
    assert np.ptp(np.asarray(edges)[np.asarray(edges)[:, 0] == 20, 1]) == pytest.approx(0.004)


def test_curves_start_at_epoch_one_and_dots_lead_there_from_the_untrained_model() -> None:
    loss = curves_of(runs(1)).axes[0]
    assert [np.asarray(line.get_xdata())[0] for line in trained(loss)] == [1, 1, 1, 1]
    dotted = [line for line in loss.lines if line not in trained(loss)]
    assert [np.asarray(line.get_xdata()).tolist() for line in dotted] == [[0, 1], [0, 1]]
    assert {line.get_linestyle() for line in dotted} == {":"}


def test_of_equal_curves_both_are_seen() -> None:
    keras, torch = (trained(curves_of(runs(1)).axes[0])[place] for place in (1, 3))
    assert keras.get_linewidth() > 2 * torch.get_linewidth()
    assert keras.get_marker() != torch.get_marker()
    assert keras.get_zorder() <= torch.get_zorder()


def test_an_untrained_loss_is_said_and_leaves_the_panel() -> None:
    loss, accuracy = curves_of(runs(1)).axes
    assert loss.get_ylim()[1] < 1
    assert loss.get_xlabel() == "epoch\nepoch 0: 2.30 (above)"
    assert accuracy.get_xlabel() == "epoch\nepoch 0: 10.0% (below)"


def test_one_epoch_is_dots_side_by_side_with_their_figures_and_no_untrained_model() -> None:
    worse = [replace(e, test_loss=e.test_loss + 0.005) for e in run("torch", 0, 1).history]
    loss, accuracy = curves_of(
        [run("keras", 0, 1), replace(run("torch", 0, 1), history=tuple(worse))]
    ).axes
    places = [tuple(np.asarray(line.get_xydata())[0]) for line in loss.lines]
    (k_train, _), (t_train, _), (k_test, keras), (t_test, torch) = places
    assert k_train < t_train < k_test < t_test
    assert torch - keras == pytest.approx(0.005)
    low, high = loss.get_ylim()
    assert high - low < 0.05, "of the dots, far below the untrained 2.3"
    assert texts(loss) == ["0.2213", "0.2213", "0.2213", "0.2263"]
    labels = [label.get_text() for label in loss.get_xticklabels()]
    minus = "\N{MINUS SIGN}"
    apart = [f"train\ntorch {minus} Keras\n0", f"test\ntorch {minus} Keras\n+5.0e{minus}03"]
    assert labels == apart
    assert loss.get_xlabel() == "before training, test: 2.30"
    assert accuracy.get_xlabel() == "before training, test: 10.0%"


def test_of_two_epochs_the_untrained_model_does_not_set_the_scale() -> None:
    loss, _ = curves_of(runs(1, 2)).axes
    assert loss.get_ylim()[1] < 0.5
    train, test = trained(loss)[:2]
    assert train.get_markerfacecolor() != test.get_markerfacecolor()


def test_a_difference_at_the_end_takes_much_of_the_height() -> None:
    worse = [replace(e, test_loss=e.test_loss + 0.005) for e in run("torch", 0).history]
    pair = [run("keras", 0), replace(run("torch", 0), history=tuple(worse))]
    low, high = curves_of(pair).axes[0].get_ylim()
    assert 0.005 / (high - low) > 0.2


def test_a_run_that_ends_with_nan_is_drawn_as_far_as_it_goes() -> None:
    made = curves_of([run("keras", 0), run("torch", 0, nan_at=8)])
    for axes in made.axes:
        test, cross = trained(axes)[3:]
        assert np.asarray(test.get_xdata()).tolist() == list(range(1, 8))
        assert np.asarray(cross.get_xdata()).tolist() == [7]
    labels = [text.get_text() for text in made.legends[0].get_texts()]
    assert "ended early: torch 0" in labels


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
    assert axes.get_xlabel() == "epoch\nepoch 0: 10.0 (below)"
    assert "%" not in axes.yaxis.get_major_formatter()(95.0)
