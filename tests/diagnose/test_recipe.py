"""Causes of a difference in a loss, gradients or an optimizer: measured, or told to be unknown."""

from collections.abc import Callable

import numpy as np
import pytest

from parity.diagnose.left import Figures
from parity.diagnose.remedies import Remedy, Trial, explain
from parity.errors import ModelError
from parity.records.budget import Budget
from parity.records.comparison import Measured


def figures(*gaps: float) -> Figures:
    return [Measured("f", "f", np.zeros(1), np.array([gap]), 1e-15) for gap in gaps]


def trial(*steps: tuple[str, Callable[[], Figures]]) -> Trial:
    remedies = tuple(Remedy(cause, f"says {cause}", f"fix {cause}") for cause, _ in steps)
    return Trial(remedies, tuple(step for _, step in steps))


def cannot() -> Figures:
    raise ModelError("not so")


def test_the_first_trial_that_leaves_rounding_alone_is_the_cause() -> None:
    wrong, right = ("learning-rate", lambda: figures(0.5, 0.0)), ("clipnorm", lambda: figures(0, 0))
    found = explain("optimizer", "Adam", "Adam", figures(1.0, 0.5), [trial(wrong), trial(right)])
    assert [cause.cause for cause in found.causes] == ["clipnorm"]
    assert found.causes[0].removed == 1.0
    assert [tried.cause for tried in found.tried] == ["learning-rate", "clipnorm"]
    assert (found.before, found.after) == (1.0, 0.0)


def test_behind_a_budget_no_trial_is_made() -> None:
    found = explain("loss", "CE", "CE", figures(1.0), [trial(("clipnorm", cannot))], Budget(1e-9))
    assert (found.causes, found.tried) == ((), ())
    assert "was spent" in found.unfinished


def test_each_of_several_remedies_tells_its_share() -> None:
    both = trial(("weight-decay", lambda: figures(0.25)), ("adam-epsilon", lambda: figures(0.0)))
    found = explain("optimizer", "Adam", "Adam", figures(1.0), [both])
    assert [cause.removed for cause in found.causes] == [pytest.approx(0.75), 1.0]


def test_one_figure_that_still_differs_is_no_explanation() -> None:
    half = trial(("learning-rate", lambda: figures(0.0, 1.0)))
    found = explain("loss", "CE", "CE", figures(1.0, 1.0), [half, trial(("clipnorm", cannot))])
    assert found.causes == ()
    assert [tried.left for tried in found.tried] == [1.0, np.inf]
    assert found.after == found.before == 1.0


def test_where_all_figures_agree_as_they_are_nothing_is_named() -> None:
    """What differs is something else, as a state: under any change they would agree."""
    found = explain("optimizer", "Adam", "Adam", figures(0.0), [trial(("clipnorm", figures))])
    assert (found.causes, found.tried) == ((), ())
