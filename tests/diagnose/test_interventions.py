"""One recorded call under changes: what comes out, and what stays as it was."""

import contextlib
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity.diagnose.hypotheses import in_training
from parity.records.comparison import Step
from parity.records.interventions import Change
from parity.sides import signatures
from parity.sides.functions import ACTIVATIONS, FUNCTIONS
from parity.sides.interventions import apply, moved
from parity.sides.recorded_call import Call
from tests.diagnose.cases import case_of, image, planted, record

X = image(2, 3, 6, 6)


def call(kind: str, function: Any, *args: Any, **kwargs: Any) -> tuple[Call, Any, Any, Any]:
    return Call(Step("s", kind, ()), function, args, kwargs), function, args, kwargs


def change(what: Any, name: str, value: Any = None, role: str = "") -> Change:
    return Change("s", what, name, value, role)


def conv(**settings: Any) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(3, 3, 3, **settings).double()


def on_conv(module: nn.Conv2d, *changes: Change) -> Tensor:
    with torch.no_grad():
        return apply(changes, *call("Conv2d", module, X))  # type: ignore[no-any-return]


def test_a_change_of_another_step_changes_nothing() -> None:
    module = conv()
    other = Change("t", "setting", "stride", 2)
    assert torch.equal(on_conv(module, other), module(X))


@pytest.mark.parametrize("mode", ["zeros", "reflect"])
def test_a_module_pads_by_another_amount_in_its_own_mode(mode: str) -> None:
    found = on_conv(conv(padding_mode=mode), change("setting", "padding", 1))
    assert torch.equal(found, conv(padding_mode=mode, padding=1)(X))


def test_padding_given_as_a_word_becomes_a_number() -> None:
    found = on_conv(conv(padding="same"), change("setting", "padding", 0))
    assert torch.equal(found, conv()(X))


def test_a_function_takes_another_setting_by_position_or_by_name() -> None:
    module = conv()
    wanted = F.conv2d(X, module.weight, None, 2)
    by_place = call("conv2d", F.conv2d, X, module.weight, None, 1)
    by_name = call("conv2d", F.conv2d, X, module.weight, stride=1)
    absent = call("conv2d", F.conv2d, X, module.weight)
    for given in (by_place, by_name, absent):
        assert torch.equal(apply([change("setting", "stride", 2)], *given), wanted)


def test_the_weight_of_a_module_is_changed() -> None:
    module = conv()
    found = on_conv(module, change("weight", "flip", {"dims": (2, 3)}, "weight"))
    assert torch.equal(found, F.conv2d(X, module.weight.flip(2, 3), module.bias))


def test_the_weight_of_a_function_is_changed() -> None:
    weight = conv().weight
    found = apply(
        [change("weight", "flip", {"dims": (2, 3)}, "weight")], *call("conv2d", F.conv2d, X, weight)
    )
    assert torch.equal(found, F.conv2d(X, weight.flip(2, 3)))


def test_input_and_output_pass_through_functions() -> None:
    module = conv()
    found = on_conv(
        module, change("input", "scale", {"by": 2.0}), change("output", "scale", {"add": 1.0})
    )
    assert torch.equal(found, module(X * 2) + 1)


def test_an_input_is_found_by_its_role() -> None:
    mask = torch.ones(5, 5, dtype=torch.bool).tril()
    q = image(2, 5, 4)
    given = call("scaled_dot_product_attention", F.scaled_dot_product_attention, q, q, q, mask)
    found = apply([change("input", "open_mask", {"attends": True}, "attn_mask")], *given)
    assert torch.equal(found, F.scaled_dot_product_attention(q, q, q, torch.ones_like(mask)))


def test_of_several_outputs_the_first_is_changed() -> None:
    rnn, x = nn.GRU(3, 4, batch_first=True).double(), image(2, 5, 3)
    output, states = apply([change("output", "flip", {"dims": (1,)})], *call("GRU", rnn, x))
    assert torch.equal(output, rnn(x)[0].flip(1))
    assert torch.equal(states, rnn(x)[1])


def test_a_list_of_inputs_is_joined_in_another_order() -> None:
    given = call("cat", torch.cat, [X, X + 1], 1)
    found = apply([change("call", "concatenate", {"dim": 1, "order": (1, 0)})], *given)
    assert torch.equal(found, torch.cat([X + 1, X], 1))


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(AttributeError, match="no setting"):
        on_conv(conv(), change("setting", "eps", 1.0))


@pytest.mark.parametrize(
    "harmful",
    [
        change("setting", "padding", 2),
        change("setting", "eps", 1.0),  # there is none: an error
        change("weight", "permute", {"dims": (0, 1)}, "weight"),  # does not fit: an error
        change("weight", "scale", {"by": 0.0}, "weight"),
    ],
    ids=lambda found: f"{found.what} {found.name}",
)
def test_a_module_is_as_it_was_afterwards(harmful: Change) -> None:
    module = conv(padding_mode="reflect")
    before, attributes = module.weight.clone(), dict(module.__dict__)
    with contextlib.suppress(AttributeError, RuntimeError):
        on_conv(module, harmful)
    assert torch.equal(module.weight, before)
    assert module.__dict__ == attributes
    assert module._parameters["weight"] is module.weight


def test_statistics_do_not_move_in_the_users_module() -> None:
    module = nn.BatchNorm2d(3).double()
    given = call("BatchNorm2d", module, X)
    apply([], *given)
    assert module.running_mean is not None
    assert module.running_mean.abs().max() == 0
    assert moved([], given[0], module, (X,), {})["running_mean"].abs().max() > 0


def statistics(cause: str, keras: dict[str, Any], port: nn.Module) -> dict[str, Tensor]:
    """What the buffers of a batch normalisation are after a step under the hypothesis."""
    one = planted(
        "", ("BatchNormalization", keras), lambda m, x: m.bn(x), lambda m, x: x, X, bn=port
    )
    tape = record(one.port, one.inputs)
    found = next(h for h in in_training(case_of(one, tape)) if h.cause == cause)
    module = tape.calls[0].function
    assert isinstance(module, nn.Module)
    return moved(found.changes, tape.calls[0], module.train(), (X,), {})


@pytest.mark.parametrize(
    ("cause", "momentum"), [("bn-momentum", 0.1), ("bn-moving-variance", 0.01)]
)
def test_moving_statistics_become_those_of_keras(cause: str, momentum: float) -> None:
    found = statistics(
        cause, {"momentum": 0.99, "epsilon": 1e-5}, nn.BatchNorm2d(3, 1e-5, momentum)
    )
    variance = X.var((0, 2, 3), correction=0)
    if cause == "bn-moving-variance":
        torch.testing.assert_close(found["running_var"], 0.99 + 0.01 * variance)
    torch.testing.assert_close(found["running_mean"], 0.01 * X.mean((0, 2, 3)))


@pytest.mark.parametrize(
    ("cause", "keras", "port", "name", "value"),
    [
        ("dropout-rate", ("Dropout", {"rate": 0.2}), nn.Dropout(0.5), "p", 0.2),
        ("noise-sd", ("GaussianNoise", {"stddev": 0.2}), None, "other", 0.2),
    ],
)
def test_rates_of_training_are_compared(
    cause: str, keras: Any, port: nn.Module | None, name: str, value: float
) -> None:
    if port is None:
        one = planted("", keras, lambda m, x: x + torch.randn_like(x) * 0.1, lambda m, x: x, X)
    else:
        one = planted("", keras, lambda m, x: m.drop(x), lambda m, x: x, X, drop=port)
    (found,) = in_training(case_of(one, record(one.port, one.inputs)))
    assert found.cause == cause
    assert (found.changes[0].name, found.changes[0].value) == (name, value)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_keeps_the_dtype(name: str) -> None:
    assert FUNCTIONS[name](X).dtype == X.dtype


def test_a_reordering_of_features_is_that_of_a_permuted_image() -> None:
    found = FUNCTIONS["reorder"](X.flatten(1), shape=(3, 6, 6), dims=(1, 2, 0))
    assert torch.equal(found, X.permute(0, 2, 3, 1).flatten(1))


def test_numbers_for_each_channel_stand_along_their_axis() -> None:
    found = FUNCTIONS["scale"](X, by=(1.0, 2.0, 3.0), axis=1)
    assert torch.equal(found[:, 2], X[:, 2] * 3)


@pytest.mark.parametrize(
    ("args", "settings"),
    [((X, 2, -1), {"shape": (2, -1)}), ((X, (2, -1)), {"shape": (2, -1)})],
)
def test_arguments_without_end_are_one_setting(args: Any, settings: dict[str, Any]) -> None:
    assert signatures.bound("view", args, {}) == settings


def test_the_two_functions_named_batch_norm_are_told_apart() -> None:
    by_f = (X, torch.zeros(3), torch.ones(3), None, None, True)
    by_torch = (X, None, None, torch.zeros(3), torch.ones(3), True, 0.1, 1e-5, False)
    for args in (by_f, by_torch):
        assert signatures.bound("batch_norm", args, {})["training"] is True
        assert {"running_mean", "running_var"} <= set(signatures.roles("batch_norm", args, {}))
