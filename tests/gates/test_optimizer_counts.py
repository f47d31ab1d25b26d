"""What an optimizer counts is judged by what it does."""

import numpy as np

from parity.gates.optimizer import _settings_rounded, has_rounded, judge
from parity.gates.optimizer_runs import Run, as_accumulated
from parity.records.comparison import Measured


def updates(torch: float) -> list[Measured]:
    one = np.ones(3)
    return [Measured("kernel", "weight", one, one * torch, 1e-16)]


def test_an_optimizer_that_counts_no_steps_passes_by_its_updates() -> None:
    assert judge("float64", updates(1.0), [], ("iteration",), ()).verdict == "pass"
    assert judge("float64", updates(1.1), [], ("iteration",), ()).verdict == "differ"


def test_a_momentum_that_is_not_kept_is_incomplete() -> None:
    assert judge("float64", updates(1.0), [], ("momentum",), ()).verdict == "incomplete"


def test_batches_are_counted_alike_where_both_optimizers_add_up() -> None:
    count = {"iteration": np.array([8]), "gradient_accumulator": np.zeros(3)}
    one = Run({}, {}, count, dict(count), {}, [], {})
    assert as_accumulated(one, 4) is one
    torch = Run({}, {}, count, {"iteration": np.array([2])}, {}, [], {})
    assert as_accumulated(torch, 4).keras_slots == {"iteration": np.array([2])}


def test_what_rounded_settings_make_is_noise_and_no_more_than_that() -> None:
    """A port's own optimizer holds its betas as they are, Keras's on tensorflow rounds them."""
    rounded = {"kernel": np.ones(3) * (1 + 1e-8)}
    for apart, verdict in ((2e-8, "pass"), (2e-7, "differ")):
        torch = np.ones(3)
        figure = Measured("kernel", "weight", torch * (1 + apart), torch, 1e-16)
        gate = judge("float64", _settings_rounded([figure], rounded), [], (), ())
        assert gate.verdict == verdict
        assert has_rounded([gate])
    as_it_is = judge("float64", _settings_rounded(updates(1.0), {"kernel": np.ones(3)}), [], (), ())
    assert not has_rounded([as_it_is])
