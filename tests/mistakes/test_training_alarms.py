"""Mistakes that show in training alone ring at the right gate, and at none before it."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

import pytest

from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.checking.run import check
from parity.gates import GATES
from parity.numerics import draws
from parity.pairs import select
from parity.records.comparison import GateResult, Report
from parity.records.pair import Pair
from parity.sides.process import Sides
from tests.in_turn import in_turn

PORTS, REFERENCES = "tests.mistakes.ports", "tests.mistakes.references"
BATCH = draws.batch
RESTING = {"loss": ("gradients", "lockstep"), "optimizer": ("lockstep",), "lockstep": ()}

Examine = Callable[..., Report]


@pytest.fixture
def examine(sides: Sides, shown: Probe) -> Examine:
    """Check a pair with another port, or another Keras file, in place of its own."""

    def run(name: str, port: str = "", reference: str = "", **choice: object) -> Report:
        (pair,) = select([name])
        unhurried = Options(**{"budget": inf, **choice})  # type: ignore[arg-type]
        return check(other(pair, port, reference), sides, unhurried, shown)

    return run


def other(pair: Pair, port: str, reference: str) -> Pair:
    return replace(
        pair,
        keras=f"{REFERENCES}.{reference}" if reference else pair.keras,
        torch=f"{PORTS}.{port}" if port else pair.torch,
    )


def gate(report: Report, name: str, dtype: str = "float64") -> GateResult:
    return next(g for g in report.gates if g.name == name and g.dtype in (dtype, ""))


def assert_rings_first_at(report: Report, name: str) -> None:
    """In every dtype: the gates before pass, this one differs, those that rest on it wait."""
    for dtype in {found.dtype for found in report.gates if found.dtype}:
        before = GATES[: GATES.index(name)]
        if name == "optimizer":  # which rests on neither of these
            before = ("data", "structure", "weights", "forward", "loss", "gradients")
        assert [gate(report, g, dtype).verdict for g in before] == ["pass"] * len(before)
        assert gate(report, name, dtype).verdict == "differ", gate(report, name, dtype)
        for resting in RESTING[name]:
            assert gate(report, resting, dtype).verdict == "not run"


def causes(report: Report) -> list[tuple[str, list[str]]]:
    return [(x.gate, [cause.cause for cause in x.causes]) for x in report.diagnosis]


def said(report: Report) -> str:
    return " ".join(cause.says for x in report.diagnosis for cause in x.causes)


@pytest.mark.parametrize("name", in_turn(["momentum", "decay", "summed", "normalised", "noisy"], 2))
def test_faithful_ports_of_what_the_six_do_not_use_pass(examine: Examine, name: str) -> None:
    """Momentum, weight decay, a summed loss, moving statistics, noise and functional dropout."""
    report = examine("simple_ae", name, name)
    assert report.verdict == "pass", [(g.name, g.dtype, g.note) for g in report.gates]


@pytest.mark.parametrize(
    ("port", "reference", "named", "cause"),
    [
        ("small_epsilon", "", "epsilon: 1e-07 against 1e-08", "adam-epsilon"),
        ("epsilon_inside", "", "", "optimizer-update"),
        ("decay_as_l2", "decay", "weight_decay: 0.01 against None", "weight-decay"),
    ],
)
def test_optimizer(examine: Examine, port: str, reference: str, named: str, cause: str) -> None:
    report = examine("simple_ae", port, reference)
    assert_rings_first_at(report, "optimizer")
    assert any(named in layer.note for layer in gate(report, "optimizer").layers)
    assert causes(report) == [("optimizer", [cause])]


def test_a_rate_outside_the_momentum_is_another_way_to_the_same_steps(examine: Examine) -> None:
    """While the rate stands still; trained pairs see it named where a schedule moves it."""
    report = examine("simple_ae", "rate_outside", "momentum", dtypes=("float64",))
    assert report.verdict == "pass"
    assert gate(report, "optimizer").note.endswith("unequal without effect: optimizer")


@pytest.mark.parametrize(
    ("port", "reference", "expected"),
    [
        ("torch_adam", "", ["adam-epsilon"]),
        ("torch_adam_l2", "decay", ["weight-decay", "adam-epsilon"]),
        ("other_rate", "", ["learning-rate"]),
        ("other_betas", "", ["optimizer-betas"]),
        ("other_optimizer", "", ["optimizer-replaced"]),
        ("decay_of_sgd", "momentum", ["weight-decay"]),
    ],
)
def test_why_an_optimizer_differs(
    examine: Examine, port: str, reference: str, expected: list[str]
) -> None:
    report = examine("simple_ae", port, reference, gates=("optimizer",), dtypes=("float64",))
    assert causes(report) == [("optimizer", expected)]


def test_mean_over_the_batch_in_place_of_its_sum(examine: Examine) -> None:
    report = examine("simple_ae", reference="summed")
    assert_rings_first_at(report, "loss")
    assert causes(report) == [("loss", ["loss-reduction"])]
    assert said(report) == "the port takes the mean of the batch, Keras the sum"


def test_loss_on_probabilities_softmaxed_twice(examine: Examine) -> None:
    report = examine("mlp", "softmax_before_loss", dtypes=("float64",))
    assert_rings_first_at(report, "loss")
    assert causes(report) == [("loss", ["loss-logits"])]


def test_labels_shifted_by_one(examine: Examine) -> None:
    report = examine("mlp", "shifted_labels", dtypes=("float64",))
    assert gate(report, "data").verdict == "differ", "what the files make of the labels"
    assert gate(report, "forward").verdict == "pass"
    assert gate(report, "loss").verdict == "differ", "what the loss makes of them"
    assert causes(report) == [("data", ["targets-shifted"]), ("loss", ["targets-shifted"])]
    assert "classes are shifted by 1" in said(report)


@pytest.mark.parametrize(
    ("port", "expected", "says"),
    [
        ("smoothed_labels", "label-smoothing", "smoothed further than Keras's"),
        ("weighted_classes", "sample-weights", "without weight"),
    ],
)
def test_why_a_loss_differs(examine: Examine, port: str, expected: str, says: str) -> None:
    """Keras's own loss in the port's place would make any two agree, and is no cause here."""
    report = examine("mlp", port, gates=("loss",), dtypes=("float64",))
    assert causes(report) == [("loss", [expected])]
    assert says in said(report)


def test_gradients_that_are_summed_where_the_loss_is_a_mean(examine: Examine) -> None:
    report = examine("simple_ae", "summed_gradients", dtypes=("float64",))
    assert gate(report, "loss").verdict == "pass"
    assert gate(report, "gradients").verdict == "differ"
    assert causes(report) == [("gradients", ["loss-reduction"])]


def test_dropout_scaled_at_test_time(examine: Examine) -> None:
    report = examine("mlp", "dropout_at_test", dtypes=("float64",))
    assert gate(report, "structure").verdict == gate(report, "weights").verdict == "pass"
    first = gate(report, "forward").first_divergence
    assert first is not None
    assert first.keras == "drop1"
    assert gate(report, "gradients").verdict == gate(report, "lockstep").verdict == "not run"


@pytest.mark.parametrize("port", in_turn(["inverted_momentum", "unbiased_variance"], 2))
def test_batch_normalisation_statistics(examine: Examine, port: str) -> None:
    report = examine("simple_ae", port, "normalised", dtypes=("float64",))
    assert_rings_first_at(report, "lockstep")
    assert "norm/moving_" in gate(report, "lockstep").note
    assert "another step than Keras's" in gate(report, "lockstep").note


def test_last_partial_batch_dropped(sides: Sides, examine: Examine) -> None:
    """The torch side goes on to the next epoch where the Keras side has half a batch left."""
    sides.torch.run(drop_partial_batches)
    try:
        report = examine("simple_ae", steps=45)
    finally:
        sides.torch.run(keep_partial_batches)
    assert_rings_first_at(report, "lockstep")
    found = gate(report, "lockstep").layers[0]
    assert found.note == "step 45: Keras trained on 29 samples, the port on 32"


def drop_partial_batches() -> None:
    def whole(seed: int, step: int, samples: int, batch_size: int) -> object:
        epoch, place = divmod(step - 1, samples // batch_size)
        order = draws.permutation(seed, epoch + 1, samples)
        return order[place * batch_size :][:batch_size]

    draws.batch = whole  # type: ignore[assignment]


def keep_partial_batches() -> None:
    draws.batch = BATCH


def test_masks_that_cannot_be_shared_are_no_pass(examine: Examine) -> None:
    report = examine("mlp", "private_dropout", dtypes=("float64",))
    found = gate(report, "gradients")
    assert gate(report, "forward").verdict == "pass"
    assert found.verdict == "differ"
    assert "the port draws by bernoulli, which cannot be given shared draws" in found.layers[0].note


def test_a_parting_is_named_by_step_layer_and_element(examine: Examine) -> None:
    """A mistake that sets in late: the run goes back and finds the very step."""
    report = examine("simple_ae", "late_rate", steps=30, dtypes=("float64",))
    assert {gate(report, g).verdict for g in GATES[:-1]} == {"pass"}
    note = gate(report, "lockstep").note
    assert note.startswith("parts at step 13, first in simple_ae/")
    assert "another step than Keras's" in note


def test_each_gate_runs_alone(examine: Examine) -> None:
    for name in GATES:
        report = examine("simple_ae", gates=(name,), dtypes=("float64",))
        assert [(g.name, g.verdict) for g in report.gates] == [(name, "pass")]
