"""Batch normalisation and noise against Keras's layers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity import semantics
from parity.records.comparison import Array
from parity.sides.process import Sides
from tests.semantics.closeness import EXACT, assert_close
from tests.semantics.keras_answers import layers as keras_answers

SidesOn = Callable[[str], Sides]
FLOAT32 = 2.0**-23
# On jax and torch Keras normalises in float32: two ways to add are a few roundings apart.
TOLERANCE = {"tensorflow": EXACT, "jax": 8 * FLOAT32, "torch": 8 * FLOAT32}
draw = np.random.default_rng(0)
WEIGHT, BIAS = draw.uniform(0.5, 1.5, 3), draw.standard_normal(3)


def batches(shape: tuple[int, ...]) -> tuple[list[Array], list[Array]]:
    """Ten batches, channels last, each with a mean and a deviation of its own; and gradients."""
    scale = [draw.uniform(0.1, 2) for _ in range(10)]
    inputs = [draw.standard_normal(shape) * s + s for s in scale]
    return inputs, [draw.standard_normal(shape) for _ in range(10)]


def first(x: Array) -> Array:
    """Channels last to channels first."""
    return np.ascontiguousarray(np.moveaxis(x, -1, 1))


Norm = semantics.BatchNorm1d | semantics.BatchNorm2d | semantics.BatchNorm3d


def train(layer: Norm, x: Array, upstream: Array) -> list[Array]:
    """Output, and gradients by input, weight and bias; channels last."""
    inputs = torch.tensor(first(x), requires_grad=True)
    output = layer(inputs)
    sources = [inputs, layer.weight, layer.bias]
    grads = torch.autograd.grad(output, sources, torch.tensor(first(upstream)))
    images = [np.moveaxis(each.detach().numpy(), 1, -1) for each in (output, grads[0])]
    return [*images, grads[1].numpy(), grads[2].numpy()]


def with_weights(layer: Norm) -> Norm:
    layer.double()
    layer.load_state_dict(
        {"weight": torch.tensor(WEIGHT), "bias": torch.tensor(BIAS)}, strict=False
    )
    return layer


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("BatchNorm1d", (8, 3)),
        ("BatchNorm1d", (8, 5, 3)),
        ("BatchNorm2d", (4, 5, 5, 3)),
        ("BatchNorm3d", (4, 2, 3, 2, 3)),
    ],
)
def test_batch_norm_trains_as_keras_does(
    sides_on: SidesOn, backend: str, name: str, shape: tuple[int, ...]
) -> None:
    inputs, upstream = batches(shape)
    passes, moving, inferred = sides_on(backend).keras.run(
        keras_answers.batch_norm, {}, inputs, upstream, WEIGHT, BIAS
    )
    layer = with_weights(getattr(semantics, name)(3, keras_backend=backend))
    tolerance = TOLERANCE[backend]
    for x, up, keras in zip(inputs, upstream, passes, strict=True):
        for one, other in zip(train(layer, x, up), keras, strict=True):
            assert_close(one, other, tolerance, floor=tolerance)
    buffers = dict(layer.named_buffers())
    assert_close(buffers["running_mean"].numpy(), moving[0], tolerance)
    assert_close(buffers["running_var"].numpy(), moving[1], tolerance)
    output = layer.eval()(torch.tensor(first(inputs[-1]))).detach().numpy()
    assert_close(np.moveaxis(output, 1, -1), inferred, tolerance, floor=tolerance)


def test_other_options_reach_the_formula(sides_on: SidesOn) -> None:
    inputs, upstream = batches((8, 3))
    options: dict[str, Any] = {"momentum": 0.7, "epsilon": 0.1}
    passes, moving, _ = sides_on("tensorflow").keras.run(
        keras_answers.batch_norm, options, inputs, upstream, WEIGHT, BIAS
    )
    layer = with_weights(semantics.BatchNorm1d(3, **options, keras_backend="tensorflow"))
    ours = [train(layer, x, up) for x, up in zip(inputs, upstream, strict=True)]
    assert_close(ours[-1][0], passes[-1][0], floor=EXACT)
    assert_close(dict(layer.named_buffers())["running_var"].numpy(), moving[1])


def test_torchs_unbiased_variance_is_seen_to_differ(sides_on: SidesOn) -> None:
    inputs, upstream = batches((8, 3))
    _, moving, _ = sides_on("tensorflow").keras.run(
        keras_answers.batch_norm, {}, inputs, upstream, WEIGHT, BIAS
    )
    layer = torch.nn.BatchNorm1d(3, eps=1e-3, momentum=0.01).double()
    for x in inputs:
        layer(torch.tensor(x))
    buffers = dict(layer.named_buffers())
    assert_close(buffers["running_mean"].numpy(), moving[0], 1e-12)
    with pytest.raises(AssertionError):
        assert_close(buffers["running_var"].numpy(), moving[1], 1e-3)


def test_float64_where_keras_has_float32_is_seen_to_differ(sides_on: SidesOn) -> None:
    inputs, upstream = batches((8, 3))
    passes, _, _ = sides_on("jax").keras.run(
        keras_answers.batch_norm, {}, inputs, upstream, WEIGHT, BIAS
    )
    layer = with_weights(semantics.BatchNorm1d(3, keras_backend="tensorflow"))
    with pytest.raises(AssertionError):
        assert_close(train(layer, inputs[0], upstream[0])[0], passes[0][0], 1e-9)


def test_state_dicts_of_torchs_layer_fit() -> None:
    layer = semantics.BatchNorm2d(4)
    state = torch.nn.BatchNorm2d(4).state_dict()
    assert list(layer.state_dict()) == list(state)
    layer.load_state_dict(state)


def test_a_batch_of_one_gives_the_bias() -> None:
    layer = semantics.BatchNorm1d(2)
    with torch.no_grad():
        layer.bias.fill_(3.0)
    given = torch.tensor([[0.7, -1.3]])
    # x and its mean, equal, are each scaled by 1 / sqrt(0.001) before they cancel: what is left is
    # the rounding of numbers around 41, whose spacing in float32 is 3.8e-6.
    torch.testing.assert_close(layer(given), torch.full((1, 2), 3.0), rtol=0, atol=3.8e-6)


def test_center_and_scale_take_the_parameters_away() -> None:
    layer = semantics.BatchNorm1d(2, center=False, scale=False)
    assert list(layer.parameters()) == []
    output = layer(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    assert output[1].tolist() == pytest.approx([(1 / 1.001) ** 0.5, (4 / 4.001) ** 0.5])


@pytest.mark.parametrize("options", [{"momentum": 1.5}, {"epsilon": -1.0}])
def test_a_wrong_option_is_named(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        semantics.BatchNorm2d(3, **options)


def test_noise_is_added_while_training_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "randn_like", torch.ones_like)
    layer = semantics.GaussianNoise(0.5)
    x = torch.zeros(2, 3)
    assert (layer(x) == 0.5).all()
    assert layer.eval()(x) is x


def test_noise_has_the_deviation_of_keras_and_is_not_clipped() -> None:
    torch.manual_seed(0)
    noisy = semantics.GaussianNoise(0.5)(torch.zeros(100_000))
    assert noisy.std().item() == pytest.approx(0.5, rel=0.01)
    assert noisy.min() < -1.5


def test_a_negative_deviation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"stddev=-0\.1"):
        semantics.GaussianNoise(-0.1)
