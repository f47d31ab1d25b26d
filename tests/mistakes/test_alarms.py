"""Each alarm is seen to ring: a mistake is planted, and the right gate names the right layer."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from parity.checking import models, probe
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.checking.run import gates
from parity.mapping import layout_moves
from parity.mapping.rules import RULES, Place, Places, Rule
from parity.pairs import select
from parity.records.comparison import Array, GateResult, Ledger, Move, Report
from parity.sides.process import Sides

Examine = Callable[..., Report]


@pytest.fixture
def examine(sides: Sides, shown: Probe) -> Examine:
    """Check a pair with another port in place of its own, or with an altered ledger."""

    def run(
        name: str, port: str = "", edit: Callable[[Ledger], Ledger] = lambda ledger: ledger
    ) -> Report:
        (pair,) = select([name])
        if port:
            pair = replace(pair, torch=f"tests.mistakes.ports.{port}")
        plan = models.draw_up(pair, sides, samples=shown)
        choice = Options(gates=("structure", "weights", "forward"))
        return gates(replace(plan, ledger=edit(plan.ledger)), sides, choice, shown)[0]

    return run


def gate(report: Report, name: str, dtype: str = "") -> GateResult:
    return next(g for g in report.gates if (g.name, g.dtype) == (name, dtype))


def first_divergence(report: Report, dtype: str = "float64") -> str:
    found = gate(report, "forward", dtype)
    assert found.verdict == "differ", found
    assert found.first_divergence is not None
    return found.first_divergence.keras


def move_by(variable: str, move: Move) -> Callable[[Ledger], Ledger]:
    """Move one variable in another way."""

    def edit(ledger: Ledger) -> Ledger:
        assert any(line.keras.name == variable for line in ledger.lines)
        return replace(
            ledger,
            lines=tuple(
                replace(line, move=move) if line.keras.name == variable else line
                for line in ledger.lines
            ),
        )

    return edit


def test_kernel_not_transposed(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_is = Places(
        (Place("kernel", layout_moves.COPY, "weight"), Place("bias", layout_moves.COPY, "bias"))
    )
    wrong = Rule("Dense", ("Linear",), "dense", lambda context: as_it_is)
    monkeypatch.setitem(RULES, "Dense", [wrong])
    report = examine("mlp")
    found = gate(report, "weights")
    assert report.verdict == found.verdict == "differ"
    failures = [layer.note for layer in found.layers if layer.verdict == "differ"]
    assert len(failures) == 2, "both non-square kernels are named at once"
    assert "`fc1.weight`: is (500, 784), need (784, 500)" in failures[0]
    assert first_divergence(report) == "fc1", "what cannot be moved is compared with its own"


def test_square_kernel_transposed_silently(examine: Examine) -> None:
    report = examine("mlp", edit=move_by("mlp/fc2/kernel", layout_moves.COPY))
    assert gate(report, "weights").verdict == "pass", "every shape fits: only values can tell"
    assert first_divergence(report, "float64") == "fc2"
    assert first_divergence(report, "float32") == "fc2"


def test_flatten_in_channel_first_order(examine: Examine) -> None:
    report = examine("cnn", edit=move_by("cnn/out/kernel", layout_moves.DENSE))
    assert first_divergence(report) == "out"


def test_faithful_flatten_in_keras_order_passes(examine: Examine) -> None:
    assert examine("cnn", "keras_order").verdict == "pass"


def test_mean_preserving_permutation(examine: Examine) -> None:
    reverse = Move("reversed", lambda b: b[::-1], lambda b: b[::-1])
    report = examine("mlp", edit=move_by("mlp/fc1/bias", reverse))
    assert first_divergence(report) == "fc1"


def test_nan_on_one_side(examine: Examine) -> None:
    poison = Move("poisoned", lambda b: b * np.float64(np.nan), lambda b: b)
    report = examine("mlp", edit=move_by("mlp/fc2/bias", poison))
    assert first_divergence(report) == "fc2"
    note = gate(report, "forward", "float64").first_divergence
    assert note is not None
    assert "in torch" in note.note


def test_nan_on_both_sides(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = probe.weights

    def poisoned(drawn: dict[str, Array], seed: int) -> dict[str, Array]:
        probed = weights(drawn, seed)
        probed["mlp/fc2/bias"][0] = np.nan
        return probed

    monkeypatch.setattr(probe, "weights", poisoned)
    report = examine("mlp")
    assert gate(report, "weights").verdict == "pass", "the very same NaN was moved"
    assert first_divergence(report) == "fc2"
    layer = gate(report, "forward", "float64").first_divergence
    assert layer is not None
    assert "in Keras and" in layer.note


def test_scaled_output(examine: Examine) -> None:
    assert first_divergence(examine("simple_ae", "scaled_output")) == "decoder"


def test_unmatched_buffer(examine: Examine) -> None:
    report = examine("mlp", "extra_buffer")
    assert report.verdict == "incomplete"
    assert any("`mean` (3,)" in layer.note for layer in gate(report, "weights").layers)


def test_broadcastable_wrong_shape(examine: Examine) -> None:
    report = examine("mlp", "short_bias")
    assert report.verdict == "differ"
    notes = [layer.note for layer in gate(report, "weights").layers]
    assert any("`fc3.bias`: is (1,), need (10,)" in note for note in notes)


def test_wrong_padding_with_the_right_shape(examine: Examine) -> None:
    report = examine("cnn", "shifted_padding")
    assert gate(report, "structure").verdict == "pass", "no shape tells"
    assert first_divergence(report) == "conv2"
    assert first_divergence(report, "float32") == "conv2"


def test_missing_activation(examine: Examine) -> None:
    report = examine("simple_ae", "no_activation")
    assert gate(report, "structure").verdict == "pass", "it has no weights: only values can tell"
    assert first_divergence(report) == "encoder"


def test_missing_dropout_is_no_pass(examine: Examine) -> None:
    report = examine("mlp", "no_dropout")
    assert report.verdict == "incomplete"
    assert report.gates[0].layers[-1].keras == "Keras's drop2 (Dropout)"
    assert gate(report, "forward", "float64").verdict == "pass", "at inference nothing is dropped"


def test_floor_pooling(examine: Examine) -> None:
    report = examine("conv_ae", "floor_pooling")
    found = gate(report, "structure")
    assert found.first_divergence is not None
    assert found.first_divergence.keras == "pool3"
    assert "(64, 4, 4, 8) against (64, 3, 3, 8)" in found.first_divergence.note


def test_pass_that_breaks_off(examine: Examine) -> None:
    report = examine("cnn", "wrong_size")
    assert report.verdict == "differ"
    broken = [x for x in gate(report, "structure").layers if "cannot be multiplied" in x.note]
    assert broken[0].torch == "after flatten_1"


def test_softmax_applied_twice(examine: Examine) -> None:
    report = examine("mlp", "double_softmax")
    assert gate(report, "structure").verdict == "pass", "it has no weights: only values can tell"
    assert first_divergence(report) == "fc3"


def test_last_layer_that_agreed_stands_before_the_first_divergence(examine: Examine) -> None:
    report = examine("mlp", edit=move_by("mlp/fc2/kernel", layout_moves.COPY))
    layers = {layer.keras: layer for layer in gate(report, "forward", "float64").layers}
    assert layers["drop1"].verdict == "pass"
    assert layers["fc3"].verdict == "differ"
    assert "inherited" in layers["fc3"].note
