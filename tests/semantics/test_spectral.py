"""Spectral normalisation in training and at inference, against a compiled Keras model."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from parity.records.comparison import Array
from parity.semantics import SGD, MeanSquaredError, SpectralNormalization
from parity.sides.process import Sides
from tests.semantics.closeness import assert_close
from tests.semantics.keras_answers import layers as keras_answers

SidesOn = Callable[[str], Sides]
STEPS = 3
draw = np.random.default_rng(0)
X, Y = draw.standard_normal((4, 5, 5, 2)), draw.standard_normal((4, 2))
# Keras's order: kernel, u, bias, of the convolution and of the dense layer
SHAPES = [(2, 2, 2, 3), (1, 3), (3,), (48, 2), (1, 2), (2,)]
WEIGHTS = [draw.standard_normal(shape) for shape in SHAPES]


class Port(nn.Module):
    def __init__(self, backend: str) -> None:
        super().__init__()
        self.conv = SpectralNormalization(nn.Conv2d(2, 3, 2), keras_backend=backend)
        self.fc = SpectralNormalization(nn.Linear(48, 2), 2, keras_backend=backend)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        found: torch.Tensor = self.fc(y.flatten(1))
        return found

    def take(self, weights: list[Array]) -> None:
        state = dict(zip(self._names(), map(torch.tensor, weights), strict=True))
        state["conv.layer.weight"] = state["conv.layer.weight"].permute(3, 2, 0, 1)
        state["fc.layer.weight"] = state["fc.layer.weight"].T
        self.load_state_dict(state)

    def give(self) -> list[Array]:
        state = self.state_dict()
        state["conv.layer.weight"] = state["conv.layer.weight"].permute(2, 3, 1, 0)
        state["fc.layer.weight"] = state["fc.layer.weight"].T
        return [state[name].numpy().copy() for name in self._names()]

    def _names(self) -> list[str]:
        roles = ("layer.weight", "vector_u", "layer.bias")
        return [f"{layer}.{role}" for layer in ("conv", "fc") for role in roles]


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_it_trains_and_infers_as_keras_does(sides_on: SidesOn, backend: str) -> None:
    path, predicted = sides_on(backend).keras.run(
        keras_answers.spectral_training, WEIGHTS, X, Y, STEPS
    )
    port = Port(backend).double()
    port.take(WEIGHTS)
    optimizer = SGD(port.parameters(), lr=0.1, keras_backend=backend)
    loss = MeanSquaredError(keras_backend=backend)
    for keras in path:
        port.train()
        optimizer.zero_grad()
        loss(port(torch.tensor(X)), torch.tensor(Y)).backward()
        optimizer.step()
        for one, other in zip(port.give(), keras, strict=True):
            assert_close(one, other, 1e-12, floor=1e-13)
    assert_close(port.eval()(torch.tensor(X)).detach().numpy(), predicted, 1e-12, floor=1e-13)


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_passes_before_a_step_have_gradients(backend: str) -> None:
    """As a GAN's discriminator makes them."""
    inside = nn.Linear(3, 2)
    layer = SpectralNormalization(inside, keras_backend=backend)
    (layer(torch.ones(1, 3)).sum() + layer(torch.ones(1, 3)).sum()).backward()
    assert inside.weight.grad is not None


def test_a_weight_of_zeros_stays() -> None:
    inside = nn.Linear(3, 2, bias=False)
    nn.init.zeros_(inside.weight)
    layer = SpectralNormalization(inside)
    before = layer.vector_u.clone()
    assert (layer(torch.ones(1, 3)) == 0).all()
    assert (layer.vector_u == before).all()


@pytest.mark.parametrize(
    ("layer", "power_iterations", "words"),
    [
        (nn.ReLU(), 1, "ReLU has no weight"),
        (nn.Conv2d(4, 4, 3, groups=4), 1, "groups=4"),
        (nn.Linear(2, 2), 0, "power_iterations=0"),
    ],
)
def test_what_it_cannot_normalise_is_named(
    layer: nn.Module, power_iterations: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        SpectralNormalization(layer, power_iterations)
