"""Live pairs as other people write them, for tests/checking/test_live_field.py; a process of its
own prints each verdict, the causes, and whether the port agrees with them mended."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch._dynamo  # before tensorflow

import keras  # isort: skip
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases, causes

Pair = Any  # both models, and inputs where they are given
CASES = Cases()
case = CASES.add


class Port(nn.Module):
    """A module of named parts whose forward is a function of (self, inputs...)."""

    def __init__(self, forward: Callable[..., Any], **parts: nn.Module) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.how = forward

    def forward(self, *inputs: Tensor) -> Any:
        return self.how(self, *inputs)


def sequence(shape: tuple[int, ...], *layers: Any) -> Any:
    return keras.Sequential([keras.Input(shape), *layers])


# --- Frames of clips, (N, T, C, H, W) ---
def frames(steps: int = 3) -> Any:
    conv = L.TimeDistributed(L.Conv2D(5, 3))
    return sequence((steps, 6, 6, 4), conv, L.BatchNormalization(), L.ReLU())


def normalised_as_images(m: Any, x: Any) -> Any:
    y = F.relu(m.norm(m.conv(x.flatten(0, 1))))
    return y.view(*x.shape[:2], *y.shape[1:])


@case
def frames_normalised_as_images() -> Pair:
    norm = nn.BatchNorm2d(5, eps=1e-3)
    return frames(), Port(normalised_as_images, conv=nn.Conv2d(4, 5, 3), norm=norm)


@case
def frames_normalised_with_another_epsilon() -> Pair:
    return frames(), Port(normalised_as_images, conv=nn.Conv2d(4, 5, 3), norm=nn.BatchNorm2d(5))


@case
def frames_normalised_over_time() -> Pair:
    def forward(m: Any, x: Any) -> Any:
        return F.relu(m.norm(m.conv(x.flatten(0, 1)).unflatten(0, x.shape[:2])))

    norm = nn.BatchNorm3d(5, eps=1e-3)
    return frames(steps=5), Port(forward, conv=nn.Conv2d(4, 5, 3), norm=norm)


# --- What torch.export made, which refuses eval() ---
def exported(*layers: nn.Module) -> nn.Module:
    module = nn.Sequential(*layers).eval()
    dynamic = ({0: torch.export.Dim("n")},)
    found = torch.export.export(module, (torch.randn(4, 6),), dynamic_shapes=dynamic)
    return found.module()


@case
def port_exported() -> Pair:
    port = exported(nn.Linear(6, 5), nn.ReLU(), nn.Dropout(), nn.Linear(5, 3))
    return sequence((6,), L.Dense(5, "relu"), L.Dropout(0.5), L.Dense(3)), port


@case
def part_exported() -> Pair:
    port = nn.Sequential(exported(nn.Linear(6, 5), nn.ReLU()), nn.Linear(5, 3))
    return sequence((6,), L.Dense(5, "relu"), L.Dense(3)), port


@case
def another_activation_exported() -> Pair:
    port = exported(nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 3))
    return sequence((6,), L.Dense(5, "relu"), L.Dense(3)), port


# --- A weight without axes ---
@case
def scale_of_one_number() -> Pair:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(2.0))

        def forward(self, q: Tensor, v: Tensor) -> Tensor:
            return torch.softmax(q @ v.mT * self.scale, -1) @ v

    q, v = keras.Input((4, 5)), keras.Input((6, 5))
    return keras.Model([q, v], L.Attention(use_scale=True)([q, v])), Scaled()


# --- One module for a layer in each direction ---
def both_directions(kind: str, is_backwards: tuple[bool, bool]) -> Pair:
    x, found = keras.Input((6, 4)), {}
    for back in is_backwards:
        found[back] = getattr(L, kind)(5, return_sequences=True, go_backwards=back)(x)
    joined = L.Concatenate()([found[False], ops.flip(found[True], 1)])
    parts = {
        "both": getattr(nn, kind)(4, 5, batch_first=True, bidirectional=True),
        "out": nn.Linear(10, 2),
    }
    return keras.Model(x, L.Dense(2)(joined)), Port(lambda m, x: m.out(m.both(x)[0]), **parts)


@case
def both_directions_in_one_lstm() -> Pair:
    return both_directions("LSTM", (False, True))


@case
def both_directions_in_one_gru_the_backward_one_first() -> Pair:
    return both_directions("GRU", (True, False))


# --- What is named in vain ---
def shuffled(groups: int) -> Pair:
    def shuffle(x: Any) -> Any:
        split = ops.reshape(x, (-1, 6, 6, 2, 3))
        return ops.reshape(ops.transpose(split, (0, 1, 2, 4, 3)), (-1, 6, 6, 6))

    def forward(m: Any, x: Any) -> Any:
        y = m.grouped(x).view(-1, groups, 6 // groups, 6, 6).transpose(1, 2)
        return m.each(y.reshape(-1, 6, 6, 6))

    model = sequence((6, 6, 6), L.Conv2D(6, 1, groups=2), L.Lambda(shuffle), L.DepthwiseConv2D(3))
    parts = {"grouped": nn.Conv2d(6, 6, 1, groups=2), "each": nn.Conv2d(6, 6, 3, groups=6)}
    return model, Port(forward, **parts)


@case
def channels_shuffled_in_two_groups() -> Pair:
    return shuffled(2)


@case
def channels_shuffled_in_three_groups() -> Pair:
    """Neither is the shuffle missing, nor is it too much: it is another."""
    return shuffled(3)


@case
def cells_returned_beside_what_the_lstm_gives() -> Pair:
    """Keras returns one value twice, the port once: they are not exchanged."""

    def forward(m: Any, x: Any) -> Any:
        y, (_, cells) = m.rnn(x)
        return y[:, -1], cells[0]

    x = keras.Input((7, 4))
    last, state, _ = L.LSTM(5, return_state=True)(x)
    return keras.Model(x, [last, state]), Port(forward, rnn=nn.LSTM(4, 5, batch_first=True))


# --- Masks of attention ---
def attending(mask: Any) -> Pair:
    def forward(m: Any, x: Any) -> Any:
        return m.attention(x, x, x, attn_mask=mask, need_weights=False)[0]

    x = keras.Input((6, 8))
    model = keras.Model(x, L.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True))
    return model, Port(forward, attention=nn.MultiheadAttention(8, 2, batch_first=True))


@case
def later_steps_masked() -> Pair:
    return attending(torch.ones(6, 6, dtype=torch.bool).triu(1))


@case
def later_steps_masked_one_too_late() -> Pair:
    return attending(torch.ones(6, 6, dtype=torch.bool).triu(2))


def masked_by_an_input(is_used: bool) -> Pair:
    def forward(m: Any, x: Any, keep: Any) -> Any:
        mask = ~keep.bool() if is_used else None
        return m.attention(x, x, x, key_padding_mask=mask)[0]

    x, keep = keras.Input((6, 8), name="x"), keras.Input((6,), dtype="bool", name="keep")
    y = L.MultiHeadAttention(2, 4)(x, x, attention_mask=keep[:, None])
    port = Port(forward, attention=nn.MultiheadAttention(8, 2, batch_first=True))
    rng = np.random.default_rng(0)
    given = {"x": rng.normal(size=(5, 6, 8)).astype("float32"), "keep": rng.random((5, 6)) < 0.7}
    return keras.Model([x, keep], y), port, given


@case
def keys_masked_by_an_input() -> Pair:
    return masked_by_an_input(is_used=True)


@case
def mask_of_an_input_lost() -> Pair:
    return masked_by_an_input(is_used=False)


# --- What a decoder begins with ---
def decoded(begin: Callable[[Any, Any], Any]) -> Pair:
    def forward(m: Any, x: Any, y: Any) -> Any:
        _, (h, c) = m.encoder(x)
        return m.out(m.decoder(y, begin(h, c))[0])

    x, y = keras.Input((6, 4), name="x"), keras.Input((5, 3), name="y")
    _, *states = L.LSTM(7, return_state=True)(x)
    z = L.LSTM(7, return_sequences=True)(y, initial_state=states)
    port = Port(
        forward,
        encoder=nn.LSTM(4, 7, batch_first=True),
        decoder=nn.LSTM(3, 7, batch_first=True),
        out=nn.Linear(7, 2),
    )
    return keras.Model([x, y], L.Dense(2)(z)), port


@case
def decoder_that_begins_with_the_encoders_states() -> Pair:
    return decoded(lambda h, c: (h, c))


@case
def decoder_that_begins_with_zeros() -> Pair:
    return decoded(lambda h, c: None)


@case
def decoder_whose_states_change_places() -> Pair:
    return decoded(lambda h, c: (c, h))


# --- A step that keeps its axis ---
def repeated(step: Callable[[Any], Any]) -> Pair:
    def forward(m: Any, x: Any) -> Any:
        return m.second(step(m.first(x)[0]).expand(-1, 5, -1))[0]

    model = sequence((6, 3), L.GRU(4), L.RepeatVector(5), L.GRU(2, return_sequences=True))
    parts = {"first": nn.GRU(3, 4, batch_first=True), "second": nn.GRU(4, 2, batch_first=True)}
    return model, Port(forward, **parts)


@case
def last_step_repeated() -> Pair:
    return repeated(lambda steps: steps[:, -1:])


@case
def first_step_repeated() -> Pair:
    return repeated(lambda steps: steps[:, :1])


# --- An activation in steps of the port's own, whose result is then moved ---
def excited(gate: Callable[[Any], Any]) -> Pair:
    def forward(m: Any, x: Any) -> Any:
        return x * gate(m.dense(x.mean((2, 3))))[..., None, None]

    x = keras.Input((6, 6, 8))
    y = L.GlobalAveragePooling2D(keepdims=True)(x)
    y = L.Conv2D(8, 1, activation="hard_sigmoid")(y)
    return keras.Model(x, L.Multiply()([x, y])), Port(forward, dense=nn.Linear(8, 8))


@case
def gate_by_a_hard_sigmoid() -> Pair:
    return excited(lambda x: (x / 6 + 0.5).clamp(0, 1))


@case
def gate_by_another_hard_sigmoid() -> Pair:
    return excited(lambda x: (0.2 * x + 0.5).clamp(0, 1))


# --- TorchScript, which a tape sees nothing of ---
class Shown(nn.Module):
    """Steps, sizes and a choice in a script."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.conv, self.norm, self.dense = nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Linear(48, 4)
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        y = F.leaky_relu(self.norm(self.conv(x)), self.slope)
        if y.dim() == 4:
            y = y.permute(0, 2, 3, 1).reshape(y.size(0), -1)
        return self.dense(y)  # type: ignore[no-any-return]


def shown() -> Any:
    norm = L.BatchNormalization(epsilon=1e-5)
    return sequence((6, 6, 2), L.Conv2D(3, 3), norm, L.LeakyReLU(), L.Flatten(), L.Dense(4))


@case
def script() -> Pair:
    return shown(), torch.jit.script(Shown(0.3))


@case
def script_with_another_slope() -> Pair:
    return shown(), torch.jit.script(Shown(0.01))


@case
def trace_with_another_slope() -> Pair:
    x = torch.zeros(2, 2, 6, 6)
    return shown(), torch.jit.trace(Shown(0.01).eval(), x)  # type: ignore[no-untyped-call]


@case
def script_inside() -> Pair:
    port = Port(lambda m, x: F.relu(m.a(x)), a=torch.jit.script(nn.Linear(4, 3)))
    return sequence((4,), L.Dense(3, "tanh")), port


# --- Modules whose weights and statistics have no shapes before they are called ---
def lazy(epsilon: float) -> Pair:
    layers = [L.Conv2D(4, 3), L.BatchNormalization(), L.ReLU()]
    port = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(eps=epsilon), nn.ReLU())
    return sequence((8, 8, 2), *layers), port


@case
def lazy_normalisation() -> Pair:
    return lazy(1e-3)


@case
def lazy_normalisation_with_another_epsilon() -> Pair:
    return lazy(1e-1)


def main() -> None:
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))


if __name__ == "__main__":
    main()
