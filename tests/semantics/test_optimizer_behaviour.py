"""Our optimizers as torch optimizers: states, groups, schedulers, closures, the compiler."""

import copy
import io
import shutil
from typing import Any

import pytest
import torch

from parity import semantics
from tests.in_turn import in_turn
from tests.semantics.closeness import EXACT, assert_close
from tests.semantics.steps import Options, make, walk, weights_and_gradients

ALL = [
    "SGD",
    "Adam",
    "AdamW",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "Nadam",
    "Adafactor",
    "Lion",
    "Lamb",
    "Ftrl",
]
MOMENTUM: Options = {"momentum": 0.9}


def options_of(name: str) -> Options:
    return MOMENTUM if name == "SGD" else {}


@pytest.mark.parametrize("name", ALL)
def test_a_saved_state_continues_bit_for_bit(name: str) -> None:
    weights, grads = weights_and_gradients("float64", steps=8)
    whole = walk(*make(name, options_of(name), weights, "tensorflow"), grads)
    first, params = make(name, options_of(name), weights, "tensorflow")
    half = walk(first, params, grads[:4])
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    # The other optimizer is made with other options: the state says what they were.
    second, others = make(name, {"learning_rate": 7.0}, half[-1], "jax")
    second.load_state_dict(torch.load(file))
    for ours, expected in zip(walk(second, others, grads[4:]), whole[4:], strict=True):
        for one, other in zip(ours, expected, strict=True):
            assert (one == other).all()


@pytest.mark.parametrize("name", ALL)
def test_a_copied_optimizer_keeps_its_own_count(name: str) -> None:
    weights, grads = weights_and_gradients("float64", steps=2)
    optimizer, params = make(name, options_of(name), weights, "jax")
    walk(optimizer, params, grads)
    twin = copy.deepcopy(optimizer)
    walk(optimizer, params, grads)
    assert twin.param_groups[0]["iterations"] == 2
    assert optimizer.param_groups[0]["iterations"] == 4


def test_a_parameter_without_gradient_is_left_alone() -> None:
    used, unused = (torch.nn.Parameter(torch.ones(3)) for _ in range(2))
    optimizer = semantics.AdamW([used, unused])
    used.grad = torch.ones(3)
    optimizer.step()
    assert (unused == 1).all()
    assert unused not in optimizer.state
    assert (used < 1).all()


def test_a_step_without_any_gradient_is_not_counted() -> None:
    optimizer = semantics.Adam([torch.nn.Parameter(torch.ones(3))])
    optimizer.step()
    assert optimizer.param_groups[0]["iterations"] == 0


def test_the_count_is_shared_by_a_group_that_comes_later() -> None:
    """Keras counts the steps of the optimizer, torch those of each parameter."""
    first, second = (torch.nn.Parameter(torch.ones(3)) for _ in range(2))
    optimizer = semantics.Adam([first])
    first.grad = second.grad = torch.ones(3)
    optimizer.step()
    optimizer.add_param_group({"params": [second], "lr": 0.1})
    optimizer.step()
    assert [group["iterations"].item() for group in optimizer.param_groups] == [2, 2]


def test_groups_have_options_of_their_own() -> None:
    first, second = (torch.nn.Parameter(torch.ones(3)) for _ in range(2))
    groups: list[dict[str, Any]] = [{"params": [first], "lr": 1.0}, {"params": [second]}]
    optimizer = semantics.SGD(groups, lr=0.5)
    first.grad = second.grad = torch.ones(3)
    optimizer.step()
    assert (first == 0).all()
    assert (second == 0.5).all()


def test_the_global_norm_is_that_of_all_groups() -> None:
    first, second = (torch.nn.Parameter(torch.zeros(1)) for _ in range(2))
    groups: list[dict[str, Any]] = [{"params": [first]}, {"params": [second]}]
    optimizer = semantics.SGD(groups, lr=1.0, global_clipnorm=1.0)
    first.grad, second.grad = torch.tensor([3.0]), torch.tensor([4.0])
    optimizer.step()
    torch.testing.assert_close(first.detach(), torch.tensor([-0.6]))
    torch.testing.assert_close(second.detach(), torch.tensor([-0.8]))


def test_clipping_leaves_the_gradient_as_it_is() -> None:
    param = torch.nn.Parameter(torch.zeros(2))
    param.grad = torch.tensor([3.0, 4.0])
    semantics.SGD([param], lr=1.0, clipnorm=1.0).step()
    assert param.grad.tolist() == [3.0, 4.0]


def test_a_closure_is_called_once_with_gradients_on() -> None:
    param = torch.nn.Parameter(torch.tensor(3.0))
    optimizer = semantics.SGD([param], lr=0.1)
    calls = []

    def closure() -> torch.Tensor:
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = param**2
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    assert optimizer.step(closure).item() == 9.0
    assert calls == [True]
    assert param.item() == pytest.approx(2.4)


def test_torchs_schedulers_set_the_learning_rate() -> None:
    param = torch.nn.Parameter(torch.zeros(1))
    optimizer = semantics.SGD([param], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    for _ in range(2):
        param.grad = torch.ones(1)
        optimizer.step()
        scheduler.step()
    assert param.item() == -1.5


def test_a_learning_rate_may_be_a_tensor() -> None:
    weights, grads = weights_and_gradients("float64", steps=3)
    plain = walk(*make("Adam", {"learning_rate": 0.01}, weights, "jax"), grads)
    rate = torch.tensor(0.01, dtype=torch.float64)
    held = walk(*make("Adam", {"learning_rate": rate}, weights, "jax"), grads)
    for one, other in zip(plain[-1], held[-1], strict=True):
        assert (one == other).all()


def test_parameters_of_two_dtypes_are_updated_in_their_own() -> None:
    narrow = torch.nn.Parameter(torch.ones(3))
    wide = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
    narrow.grad, wide.grad = torch.ones(3), torch.ones(3, dtype=torch.float64)
    optimizer = semantics.Nadam([narrow, wide], global_clipnorm=0.5)
    optimizer.step()
    assert optimizer.state[narrow]["velocity"].dtype == torch.float32
    assert optimizer.state[wide]["velocity"].dtype == torch.float64


@pytest.mark.skipif(
    shutil.which("g++") is None and shutil.which("clang++") is None,
    reason="torch.compile needs a C++ compiler (g++ or clang++), and none was found",
)
@pytest.mark.filterwarnings("ignore")  # what the compiler says about itself is not ours
@pytest.mark.parametrize("compiler", in_turn(["aot_eager", "inductor"], 2))
def test_a_compiled_step_takes_the_same_path(compiler: str) -> None:
    """Traced and differentiated as torch.compile does; and every other day with C++ made of it,
    which takes long."""
    weights, grads = weights_and_gradients("float64", steps=4)
    expected = walk(*make("Adam", {}, weights, "tensorflow"), grads)
    optimizer, params = make("Adam", {}, weights, "tensorflow")
    optimizer.step = torch.compile(  # type: ignore[method-assign, assignment]
        optimizer.step, backend=compiler
    )
    for one, other in zip(walk(optimizer, params, grads)[-1], expected[-1], strict=True):
        assert_close(one, other, EXACT)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("SGD", {"lr": -1.0}, "lr=-1.0"),
        ("SGD", {"momentum": 1.5}, "momentum=1.5"),
        ("Adam", {"beta_1": 1.0}, "beta_1=1.0"),
        ("Adam", {"epsilon": -1e-7}, "epsilon=-1e-07"),
        ("AdamW", {"weight_decay": None}, "weight_decay=None"),
        ("RMSprop", {"rho": -0.1}, "rho=-0.1"),
        ("Adagrad", {"initial_accumulator_value": -1.0}, "initial_accumulator_value=-1.0"),
        ("Adam", {"clipnorm": 0.0}, "clipnorm=0.0"),
        ("Adam", {"clipnorm": 1.0, "clipvalue": 2.0}, "clipnorm=1.0, clipvalue=2.0: give only one"),
        ("Adam", {"ema_momentum": 1.5}, "ema_momentum=1.5"),
        ("Adam", {"ema_overwrite_frequency": 0}, "ema_overwrite_frequency=0: give a whole number"),
        ("Adam", {"gradient_accumulation_steps": 1}, "gradient_accumulation_steps=1: give a whole"),
        ("Adam", {"keras_backend": "theano"}, "keras_backend='theano': choose one of tensorflow"),
    ],
)
def test_a_wrong_option_is_named(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        getattr(semantics, name)([torch.nn.Parameter(torch.ones(1))], **options)


def test_a_group_is_checked_too() -> None:
    with pytest.raises(ValueError, match="beta_2=2"):
        semantics.Adam([{"params": [torch.nn.Parameter(torch.ones(1))], "beta_2": 2}])


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="betas"):
        semantics.Adam([torch.nn.Parameter(torch.ones(1))], betas=(0.9, 0.999))  # type: ignore[call-arg]


def test_the_averages_take_the_weights_place_at_the_end() -> None:
    param = torch.nn.Parameter(torch.zeros(1))
    optimizer = semantics.SGD([param], lr=1.0, use_ema=True, ema_momentum=0.5)
    for _ in range(3):
        param.grad = -torch.ones(1)
        optimizer.step()
    assert param.item() == 3.0
    optimizer.finalize_variable_values()
    assert param.item() == 2.25  # of 1, 2 and 3, starting from the first


def test_a_state_saved_between_two_updates_keeps_what_was_gathered() -> None:
    weights, grads = weights_and_gradients("float64", steps=6)
    options: Options = {"gradient_accumulation_steps": 3}
    whole = walk(*make("Adam", options, weights, "tensorflow"), grads)
    first, params = make("Adam", options, weights, "tensorflow")
    half = walk(first, params, grads[:4])
    second, others = make("Adam", options, half[-1], "tensorflow")
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for one, other in zip(walk(second, others, grads[4:])[-1], whole[-1], strict=True):
        assert (one == other).all()
