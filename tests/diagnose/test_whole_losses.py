"""Why the whole loss of an own pair differs: terms that vary, counts, and penalties."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from parity.diagnose.left import Figures
from parity.diagnose.whole_losses import DifferingWholeLoss, find
from parity.errors import ModelError
from parity.records.comparison import Measured
from parity.records.interventions import LossOtherwise
from parity.records.otherwise import Otherwise, Written

PENALTIES = {"a/kernel": (0.0, 0.1), "b/kernel": (0.0, 0.1)}
WEIGHTS = {
    "a/kernel": np.array([1.0, 2.0]),
    "b/kernel": np.array([3.0]),
    "b/bias": np.array([5.0]),
    "c/kernel": np.array([2.0]),
}
OF_A, OF_ALL = 0.5, 1.4  # what Keras adds
OWN = 2.0  # a number in the port's loss
ERRORS = np.array([1.0, 3.0, 2.0])  # of the predictions, figure by figure

NUMBERS = (Written(OWN, "add", "net.py:3"),)


def hinge(errors: Any, margin: float) -> Any:
    """The port's loss, in which a number is written."""
    return errors + np.sqrt(errors + margin) - np.sqrt(errors + OWN)


def named(
    keras: Any,
    terms: Sequence[Any],
    batch: int = 8,
    values: int = 64,
    ways: Callable[[], dict[LossOtherwise, Figures]] = dict,
) -> list[tuple[str, str]]:
    """The causes that are found. keras: its figures; terms: what the port adds up, for each."""

    def under(otherwise: Otherwise) -> Figures:
        place, factor = otherwise.term or (0, 1.0)
        _, margin, _ = otherwise.numbers or ((), OWN, ())
        held = [np.array(t) * (factor if n == place else 1) for n, t in enumerate(terms)]
        return [
            Measured(f"mse, {n}", "loss", np.array(x), np.array(y), 1e-9)
            for n, (x, y) in enumerate(zip(keras, hinge(np.sum(held, axis=0), margin), strict=True))
        ]

    subject = DifferingWholeLoss(
        *("mse", "loss", under(Otherwise()), batch, values, under, PENALTIES),
        *([WEIGHTS] * 3, None, False, ways, lambda: (NUMBERS, ())),
    )
    return [(cause.cause, cause.says) for cause in find(subject).causes]


def test_a_penalty_of_one_layer_that_is_lost_is_named_by_it() -> None:
    ((cause, says),) = named(ERRORS + OF_ALL, [ERRORS, [OF_ALL - OF_A] * 3])
    assert cause == "penalty-lost"
    assert "a/kernel" in says
    assert "b/kernel" not in says


def test_a_penalty_of_one_weight_too_many_is_named_by_it() -> None:
    ((cause, says),) = named(ERRORS + OF_ALL, [ERRORS, [OF_ALL + 0.1 * 4] * 3])
    assert (cause, "c/kernel" in says) == ("penalty-weights", True)


def test_half_a_penalty_is_told_though_it_is_the_same_for_all_predictions() -> None:
    ((cause, says),) = named(ERRORS + OF_ALL, [ERRORS, [OF_ALL / 2 - 0.1] * 3, [0.1] * 3])
    assert (cause, says.rpartition(" is ")[2]) == ("penalty-factor", "0.5 times Keras's")


def test_no_term_that_is_always_the_same_is_given_another_weight() -> None:
    assert named(ERRORS + OF_ALL, [ERRORS, [0.3] * 3]) == []


def test_a_size_is_a_reduction_and_another_number_a_weight() -> None:
    more = ERRORS[::-1] + OF_ALL
    assert named(64.0003 * ERRORS + more, [ERRORS, more])[0][0] == "loss-reduction"
    assert named(10 * ERRORS + more, [ERRORS, more])[0][0] == "loss-weights"


def test_a_number_of_the_loss_that_somebody_else_would_write_is_named() -> None:
    ((cause, says),) = named(hinge(ERRORS, 0.5), [ERRORS])
    assert cause == "loss-setting"
    assert "with 0.5 in the place of its 2, at `+`" in says


def test_a_number_that_nobody_would_write_is_none() -> None:
    assert named(hinge(ERRORS, 0.5172838), [ERRORS]) == []


def test_a_search_that_breaks_off_leaves_what_was_measured() -> None:
    def broken() -> Any:
        raise ModelError("the loss takes no such thing")

    assert named(hinge(ERRORS, 0.5), [ERRORS], ways=broken) == []


def test_a_factor_is_the_number_that_somebody_wrote_where_rounding_blurs_it() -> None:
    """It is read off the first figure, to seven digits, and has to serve for larger ones."""
    large, term = ERRORS + 1e7 + 1 / 3, np.array([0.1, 10.0, 20.0])
    ((cause, says),) = named(large + 3 * term, [large, term])
    assert cause == "loss-weights"
    assert "number 2 is to be 3 times" in says
