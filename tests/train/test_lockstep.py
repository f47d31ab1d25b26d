"""Lock-step: the reference, the yardstick, partings, and the naive translations beside it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from parity.checking import models
from parity.checking.probe import Probe
from parity.gates import lockstep as gate
from parity.mapping import ledger as transfer
from parity.mapping.plan import Plan
from parity.numerics import drift
from parity.numerics.noise import perturbed
from parity.pairs import select
from parity.records.comparison import Array
from parity.records.training import Drift, Lockstep, Steps
from parity.sides.process import Sides
from parity.sides.training_verbs import Training, TrainingInKeras
from parity.train import lockstep, naive
from parity.train.session import session


@pytest.fixture
def plan(sides: Sides, shown: Probe) -> Plan:
    return models.draw_up(select(["simple_ae"])[0], sides, samples=shown)


def test_the_perturbed_reference_is_one_ulp_away_in_every_weight_and_on_both_sides() -> None:
    weights = {"w": np.array([0.1, -3.0, 1e-300, 0.0] * 50), "seed": np.arange(3)}
    moved = perturbed(weights, seed=0)
    ulps = (moved["w"] - weights["w"]) / np.spacing(np.abs(weights["w"]))
    assert set(np.abs(ulps)) <= {0.5, 1.0}, "towards zero a power of two has half an ULP"
    assert (ulps > 0).any()
    assert (ulps < 0).any()
    assert np.array_equal(moved["seed"], weights["seed"])


def test_the_steps_of_a_table_and_those_between() -> None:
    assert lockstep.reported(469) == [1, 2, 5, 10, 20, 50, 100, 200, 469]
    assert lockstep.reported(5) == [1, 2, 5]
    assert set(lockstep.compared(469)) == {*lockstep.reported(469), 300, 400}


def test_the_yardstick_never_shrinks() -> None:
    drifts = (Drift(1, 1e-15, loss=3e-16), Drift(2, 5e-16, loss=4e-16))
    assert drift.ceiling(drifts)[1] == Drift(2, 1e-15, loss=4e-16)


def test_a_nan_is_infinitely_far() -> None:
    assert drift.multiple(Drift(1, float("nan")), Drift(1, 1e-15)) == float("inf")
    assert drift.multiple(Drift(1, 1e-15), Drift(1, 0.0)) == float("inf")
    assert drift.multiple(Drift(1, 0.0), Drift(1, 0.0)) == 0


def test_where_keras_computes_in_float32_the_reference_is_one_ulp_of_float32_away() -> None:
    weights = {"w": np.array([0.5, -3.0] * 10)}
    moved = perturbed(weights, seed=0, is_narrow=True)
    assert moved["w"].dtype == np.float64
    ulps = (moved["w"] - weights["w"]) / np.spacing(np.abs(weights["w"]).astype("float32"))
    assert set(np.abs(ulps)) <= {0.5, 1.0}


def made(port: float, reference: float, samples: tuple[int, ...] = (8, 8)) -> Lockstep:
    """A run of two steps, by hand."""

    def steps(sizes: tuple[int, ...]) -> Steps:
        ones = np.ones(len(sizes))
        return Steps(1, np.array(sizes), ones, ones, ones)

    own = Drift(2, port, "fc/kernel", (0,))
    return Lockstep(
        "made",
        "float64",
        2,
        steps((8, 8)),
        steps(samples),
        steps((8, 8)),
        (own,),
        (Drift(2, reference),),
    )


@pytest.mark.parametrize(("port", "verdict"), [(9e-15, "pass"), (1.1e-14, "differ")])
def test_ten_times_the_reference_is_the_limit(port: float, verdict: str) -> None:
    assert gate.judge(made(port, reference=1e-15)).verdict == verdict


def test_batches_of_other_sizes_are_a_difference_whatever_the_weights() -> None:
    found = gate.judge(made(0.0, reference=1e-15, samples=(8, 5)))
    assert found.verdict == "differ"
    assert found.layers[0].note == "step 2: Keras trained on 8 samples, the port on 5"
    assert "the port on 0" in gate.judge(made(0.0, 1e-15, samples=(8,))).layers[0].note


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rounding_that_has_grown_is_told_from_a_difference(
    sides: Sides, shown: Probe, plan: Plan, monkeypatch: pytest.MonkeyPatch, dtype: str
) -> None:
    """A port that starts 3,000 ULPs away drifts too far, and yet makes the same steps."""
    moved = transfer.to_torch
    calls: list[int] = []

    def nudged(ledger: object, weights: dict[str, Array]) -> dict[str, Array]:
        found = moved(ledger, weights)  # type: ignore[arg-type]
        calls.append(1)
        if len(calls) > 1:  # afterwards it is given Keras's weights as they are
            return found
        return {
            name: (w * (1 + 3000 * np.finfo(w.dtype).eps)).astype(w.dtype)
            for name, w in found.items()
        }

    monkeypatch.setattr(transfer, "to_torch", nudged)
    shared = session(plan, sides, seed=0)
    data = (shown.train_raw, shown.train_labels)
    run = lockstep.run(plan, sides, *data, shared, dtype, 10)  # type: ignore[arg-type]
    assert run.divergence is not None
    assert run.divergence.step == 1
    assert run.divergence.is_rounding
    assert len(run.keras.losses) == 10, "the run goes on"
    assert gate.judge(run).verdict == "pass"
    assert "rounding grown large" in gate.judge(run).note


def test_a_run_ends_where_the_port_makes_other_steps(
    sides: Sides, shown: Probe, plan: Plan
) -> None:
    pair = replace(plan.pair, torch="tests.mistakes.ports.small_epsilon")
    other = models.draw_up(pair, sides, samples=shown)
    shared = session(other, sides, seed=0)
    run = lockstep.run(other, sides, shown.train_raw, shown.train_labels, shared, "float64", 50)
    assert run.divergence is not None
    assert not run.divergence.is_rounding
    assert (run.divergence.step, run.steps) == (1, 1)
    assert gate.judge(run).verdict == "differ"


@pytest.mark.parametrize(("alone", "verdict"), [(True, "pass"), (False, "differ")])
def test_what_averaging_costs_keras_by_itself_is_no_difference(
    sides: Sides,
    shown: Probe,
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
    alone: bool,
    verdict: str,
) -> None:
    """A float32 loss 300 ULPs off passes where Keras's own mean is as far off."""
    call = sides.keras.call

    def rounding(verb: Callable[..., Any], *arguments: Any) -> Any:
        found: Any = call(verb, *arguments)
        off = 1 + 300 * float(np.finfo("float32").eps)
        if verb is Training.advance:
            return replace(found, losses=found.losses * off)
        if verb is TrainingInKeras.losses and alone and arguments[0].endswith("float32"):
            return {**found, "loss": found["loss"] * off}
        return found

    monkeypatch.setattr(sides.keras, "call", rounding)
    shared = session(plan, sides, seed=0)
    data = (shown.train_raw, shown.train_labels)
    run = lockstep.run(plan, sides, *data, shared, "float32", 2)
    assert gate.judge(run).verdict == verdict


def test_what_each_unmatched_convention_costs(sides: Sides, shown: Probe, plan: Plan) -> None:
    shared = session(plan, sides, seed=0)
    data = (shown.train_raw, shown.train_labels)
    found = {
        row.name: row.drifts[-1].weights
        for row in naive.run(plan, sides, *data, shared, "float64", 5)
    }
    assert found["faithful"] < 1e-14
    assert found["torch's Adam, eps 1e-8"] > 1e-4
    assert found["torch's Adam, eps 1e-7"] > 1e-4
    assert found["torch's initialisation"] > 1e-2
    assert "own dropout masks" not in found, "this pair has no dropout"


def test_on_jax_the_loss_is_located_as_float32_and_the_weights_agree_all_the_same(
    sides_on: Callable[[str], Sides], shown: Probe
) -> None:
    """Keras's ops.mean leaves float64 on jax: the loss of simple_ae is off, its weights are not."""
    sides = sides_on("jax")
    for name, leaks in (("simple_ae", True), ("mlp", False)):
        plan = models.draw_up(select([name])[0], sides, samples=shown)
        assert sides.keras.call(TrainingInKeras.loss_leak, f"{name} float64") is leaks
        assert sides.keras.call(TrainingInKeras.loss_leak, f"{name} float32") is False
        shared = session(plan, sides, seed=0)
        data = (shown.train_raw, shown.train_labels)
        run = lockstep.run(plan, sides, *data, shared, "float64", 5)
        assert run.port[-1].weights < 1e-14
        off = float(np.abs(run.keras.losses - run.torch.losses).max())
        assert (off > 1e-12) is leaks
        assert gate.judge(run).verdict == "pass"
