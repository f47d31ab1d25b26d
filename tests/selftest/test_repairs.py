"""The repair rate: what counts as repaired, and that a repair counted falsely rings."""

from dataclasses import replace

import numpy as np
import pytest

from parity.records.comparison import Report
from parity.records.interventions import Change
from parity.selftest import bodies, matrix, repaired, repairs, session
from parity.selftest.bank import BANK
from parity.selftest.mistakes import MISTAKES
from parity.selftest.trial import Expected, Trial
from parity.sides.process import Sides

ENTRIES = {entry.id: entry for entry in BANK}


def trial(mended: bool | None, is_proven: bool | None, *causes: str) -> Trial:
    expected = tuple(Expected(cause, ("fc1",), cause) for cause in causes)
    report = Report("pair", (), {}, mended=mended, remains="1.0e-02 remains at fc1")
    return Trial("pair", expected, "differ", "fc1", (), "", False, is_proven, report)


def test_a_model_is_repaired_where_the_report_says_so_and_it_is_true() -> None:
    assert trial(True, True, "stride").is_repaired
    assert not trial(True, False, "stride").is_repaired
    assert not trial(False, None, "stride").is_repaired
    assert not trial(None, None, "stride").is_repaired


def test_causes_are_counted_by_model_and_each_as_heavy_as_another() -> None:
    good = [trial(True, True, "stride")] * 10 + [trial(True, True, "stride", "groups")] * 5
    bad = [trial(False, None, "groups")] * 5
    nothing = replace(trial(None, None, "wiring"), is_equivalent=True)
    found = repairs.rate([*good, *bad, nothing])
    assert {g.cause: (g.tried, g.repaired) for g in found.groups} == {
        "stride": (15, 15),
        "groups": (10, 5),
    }
    assert (found.micro, found.macro, found.smallest) == (15 / 20, 0.75, 10)
    assert repairs.told(found) == (
        "15 of 20 (75.0%); 75.0% as a mean of 2 causes, of which the rarest is in 10 models"
    )


def test_a_repair_that_is_counted_falsely_rings() -> None:
    wrong = trial(True, False, "stride")
    assert repairs.falsely([trial(True, True, "stride"), wrong]) == [wrong]
    told = matrix.failures(session.Tested((), (), (wrong,)))
    assert any("does not give what Keras gives" in line for line in told)


def test_what_remains_is_told_of_a_model_that_is_not_mended() -> None:
    told = matrix.failures(session.Tested((), (), (trial(False, None, "stride"),)))
    assert any("not mended: 1.0e-02 remains at fc1" in line for line in told)


@pytest.mark.parametrize(
    ("changes", "is_faithful"),
    [
        ((Change("fc1_act", "call", "relu"),), True),
        ((Change("fc1_act", "call", "sigmoid"),), False),
        ((), False),
        ((Change("fc1", "setting", "nothing", 1),), False),
    ],
)
def test_the_mended_port_is_run_from_outside(
    sides: Sides, changes: tuple[Change, ...], is_faithful: bool
) -> None:
    entry = ENTRIES["tanh-for-relu"]
    assert repaired.is_faithful(entry.spec, entry.torch_spec, changes, sides) == is_faithful


@pytest.mark.parametrize("seed", [2134, 2211])
def test_the_mended_port_may_leave_axes_as_keras_has_them_and_count_its_modules_otherwise(
    sides: Sides, seed: int
) -> None:
    (found,) = session.run(sides, (), (), (seed,), lambda name: None).planted
    assert found.is_called_mended
    assert found.is_proven


def test_weights_that_were_not_named_are_not_loaded_anew() -> None:
    held, wanted = {"a": np.zeros(2), "b": np.ones(2)}, {"a": np.zeros(2), "b": np.zeros(2)}
    assert not repaired.holds_all_again(Report("pair", (), {}), held, wanted)


def test_every_kind_of_mistake_is_planted_as_often() -> None:
    names = list(MISTAKES)
    rare = [names.index(name) for name in bodies.FOR_MISTAKES]
    for seed in (0, 5, len(names) + 20, *rare):
        *_, expected = session.with_mistakes(seed, np.random.default_rng(seed))
        assert expected[0].mistake == names[seed % len(names)]


def test_what_counts_the_values_of_an_average_is_taken_for_no_layer(sides: Sides) -> None:
    """avg_pool(x) / avg_pool(ones_like(x)) is one pooling, also where another layer differs."""
    (found,) = session.run(sides, (), (), (57,), lambda name: None).planted
    assert found.named == (("layer_norm_1", ("layernorm-axes",)),)
    assert found.is_repaired
    assert found.is_proven
