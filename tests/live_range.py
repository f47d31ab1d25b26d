"""Live pairs whose values are so large that a function is computed otherwise there, or leaves the
range of float32, for tests/live_placed.py."""

from typing import Any

import keras
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases
from tests.live_field import Pair, Port

CASES = Cases()
case = CASES.add
LARGE = 20.0


def squares(wanted: Any, given: Any, scale: float = LARGE, *more: nn.Module) -> Pair:
    """Values far above 20, by `wanted` of Keras's, and by `given` in the port."""
    x = keras.Input((6,))
    model = keras.Model(x, L.Dense(2)(wanted(ops.square(L.Dense(8)(x)) * scale)))
    parts: dict[str, nn.Module] = {"a": nn.Linear(6, 8), "b": nn.Linear(8, 2)}
    parts |= {f"more_{n}": part for n, part in enumerate(more)}

    def forward(m: Any, x: Tensor) -> Any:
        return m.b(given(m.a(x) ** 2 * scale))

    return model, Port(forward, **parts)


# --- torch cuts softplus off at 20, which float64 shows ---
@case
def a_softplus_of_large_values() -> Pair:
    return squares(L.Activation("softplus"), F.softplus)


@case
def a_module_of_large_values() -> Pair:
    return squares(L.Activation("softplus"), nn.Softplus())


@case
def a_softplus_that_is_normalised() -> Pair:
    def normalised(x: Tensor) -> Tensor:
        return F.layer_norm(F.softplus(x), (8,), eps=1e-3)

    layer = L.LayerNormalization(center=False, scale=False)
    return squares(lambda x: layer(ops.softplus(x)), normalised)


@case
def a_softplus_beside_a_kernel_for_inference_alone() -> Pair:
    encoder = nn.TransformerEncoderLayer(2, 1, 4, batch_first=True)
    return squares(L.Activation("softplus"), nn.Softplus(), LARGE, encoder)


@case
def a_script_of_large_values() -> Pair:
    script = torch.jit.script(nn.Sequential(nn.Linear(8, 8), nn.Softplus(), nn.Linear(8, 8)))
    layers = L.Dense(8, activation="softplus"), L.Dense(8)
    return squares(lambda x: layers[1](layers[0](x)), script, LARGE, script)


@case
def a_softplus_that_is_cut_off_earlier() -> Pair:
    return squares(L.Activation("softplus"), nn.Softplus(threshold=5))


# --- What float32 cannot hold ---
@case
def a_softmax_without_its_largest_value_taken_off() -> Pair:
    def naive(x: Tensor) -> Tensor:
        return torch.exp(x) / torch.exp(x).sum(-1, keepdim=True)

    return squares(L.Softmax(), naive, 12.0)


@case
def a_logarithm_of_a_softmax() -> Pair:
    def naive(x: Tensor) -> Tensor:
        return torch.log(torch.softmax(x, -1))

    return squares(L.Activation("log_softmax"), naive, 8.0)


# --- Far from ordinary values, where Keras's own float32 leaves its range ---
def normalised_powers(given: Any) -> Pair:
    """Squares of a norm that are none of float32's numbers on wide inputs: Keras's gives zeros
    there, and torch's NaN."""
    x = keras.Input((6,))
    model = keras.Model(x, L.LayerNormalization()(ops.power(L.Dense(8)(x), 16.0)))
    parts = {"a": nn.Linear(6, 8), "b": nn.LayerNorm(8, eps=1e-3)}
    return model, Port(lambda m, x: m.b(given(m.a(x) ** 16)), **parts)


@case
def powers_whose_squares_leave_the_range() -> Pair:
    return normalised_powers(lambda x: x)


@case
def such_powers_that_are_cut_off() -> Pair:
    return normalised_powers(lambda x: x.clamp(max=1e15))
