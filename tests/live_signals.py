"""Live pairs of signals and series, for tests/checking/test_live_field.py: spectra, logarithms of
them, moving averages, and loops over time."""

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
from tests.live_field import Pair, Port, sequence

CASES = Cases()
case = CASES.add


# --- A spectrogram in bands, and its logarithm ---
def bands() -> Any:
    places = np.arange(17)[:, None] - (1 + 3 * np.arange(5))
    return np.maximum(0, 1 - np.abs(places) / 3).astype("float32")


class Bands(L.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.bands = bands()

    def call(self, x: Any) -> Any:
        real, imaginary = ops.stft(x, 32, 16, 32, window="hann", center=False)
        power = ops.square(real) + ops.square(imaginary)
        return ops.log(ops.matmul(power, self.bands) + 1e-6)


def spectrogram(
    log: Callable[[Tensor], Tensor] = lambda x: (x + 1e-6).log(),
    is_periodic: bool = True,
    **settings: Any,
) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        window = m.window.to(x.dtype)
        settled = {"center": False} | settings
        found = torch.stft(x, 32, 16, 32, window=window, return_complex=True, **settled)
        power = m.bands.to(x.dtype) @ found.abs() ** 2
        return m.fc(F.relu(m.conv(log(power))).mean(-1))

    layers = (
        *(Bands(), L.Conv1D(6, 3, padding="same", activation="relu")),
        *(L.GlobalAveragePooling1D(), L.Dense(4)),
    )
    parts = {"conv": nn.Conv1d(5, 6, 3, padding=1), "fc": nn.Linear(6, 4)}
    port = Port(forward, **parts)
    port.register_buffer("bands", torch.tensor(bands().T))
    port.register_buffer("window", torch.hann_window(32, periodic=is_periodic))
    return sequence((160,), *layers), port


@case
def bands_of_a_spectrogram() -> Pair:
    return spectrogram()


@case
def a_window_that_is_symmetric() -> Pair:
    return spectrogram(is_periodic=False)


@case
def frames_that_are_centred() -> Pair:
    return spectrogram(center=True)


@case
def frames_that_are_normalised() -> Pair:
    return spectrogram(normalized=True)


@case
def a_logarithm_of_another_offset() -> Pair:
    return spectrogram(lambda x: (x + 1e-9).log())


@case
def a_logarithm_that_is_cut_off() -> Pair:
    return spectrogram(lambda x: x.clamp(min=1e-6).log())


# --- A Fourier transform of places and features ---
class Mixed(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return ops.fft2((x, ops.zeros_like(x)))[0]


def mixed(transform: Callable[[Tensor], Tensor]) -> Pair:
    x = keras.Input((6, 8))
    model = keras.Model(x, L.Dense(2)(L.LayerNormalization(epsilon=1e-5)(L.Add()([x, Mixed()(x)]))))
    parts = {"norm": nn.LayerNorm(8), "out": nn.Linear(8, 2)}
    return model, Port(lambda m, x: m.out(m.norm(x + transform(x))), **parts)


@case
def a_transform_after_another() -> Pair:
    return mixed(lambda x: torch.fft.fft(torch.fft.fft(x), dim=1).real)


@case
def a_transform_of_features_alone() -> Pair:
    return mixed(lambda x: torch.fft.fft(x).real)


@case
def a_transform_of_another_scale() -> Pair:
    return mixed(lambda x: torch.fft.fft2(x, norm="ortho").real)


@case
def the_size_of_a_transform() -> Pair:
    return mixed(lambda x: torch.fft.fft2(x).abs())


# --- A series without its moving average ---
class MovingAverage(L.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        first, last = (ops.repeat(end, 2, axis=1) for end in (x[:, :1], x[:, -1:]))
        return ops.average_pool(ops.concatenate([first, x, last], 1), 5, 1, padding="valid")


def detrended(average: Callable[[Tensor], Tensor]) -> Pair:
    x = keras.Input((12, 3))
    trend = MovingAverage()(x)
    parts = [L.Permute((2, 1))(y) for y in (L.Subtract()([x, trend]), trend)]
    of_time = [L.Permute((2, 1))(L.Dense(4)(y)) for y in parts]

    def forward(m: Any, x: Tensor) -> Any:
        x = x.transpose(1, 2)
        trend = average(x)
        return (m.rest(x - trend) + m.trend(trend)).transpose(1, 2)

    own = {"rest": nn.Linear(12, 4), "trend": nn.Linear(12, 4)}
    return keras.Model(x, L.Add()(of_time)), Port(forward, **own)


@case
def an_average_of_ends_that_are_repeated() -> Pair:
    return detrended(lambda x: F.avg_pool1d(F.pad(x, (2, 2), mode="replicate"), 5, 1))


@case
def an_average_of_ends_of_zeros() -> Pair:
    return detrended(lambda x: F.avg_pool1d(x, 5, 1, padding=2))


@case
def an_average_of_fewer_at_the_ends() -> Pair:
    return detrended(lambda x: F.avg_pool1d(x, 5, 1, padding=2, count_include_pad=False))


# --- Steps that begin with states of their own ---
def captioned(carries: bool) -> Pair:
    image, words = keras.Input((10,)), keras.Input((6, 4))
    states = [L.Dense(5, activation="tanh")(image), L.Dense(5)(image)]
    y = L.LSTM(5, return_sequences=True)(words, initial_state=states)

    def forward(m: Any, image: Tensor, words: Tensor) -> Any:
        state, found = (m.h(image).tanh(), m.c(image)), []
        for word in words.unbind(1):
            given = m.cell(word, state)
            state = given if carries else state
            found.append(m.out(given[0]))
        return torch.stack(found, 1)

    parts: dict[str, nn.Module] = {"h": nn.Linear(10, 5), "c": nn.Linear(10, 5)}
    parts |= {"cell": nn.LSTMCell(4, 5), "out": nn.Linear(5, 7)}
    return keras.Model([image, words], L.Dense(7)(y)), Port(forward, **parts)


@case
def words_that_go_on_from_the_last() -> Pair:
    return captioned(carries=True)


@case
def words_that_each_begin_anew() -> Pair:
    return captioned(carries=False)


class Forgetting(L.Layer):  # type: ignore[misc]
    """A cell with one gate."""

    def __init__(self) -> None:
        super().__init__()
        self.state_size = 5

    def build(self, shape: Any) -> None:
        for name in ("gate", "new"):
            setattr(self, name, self.add_weight(shape=(shape[-1] + 5, 5), name=name))

    def call(self, x: Any, states: Any) -> Any:
        (h,) = states
        gate = ops.sigmoid(ops.matmul(ops.concatenate([x, h], -1), self.gate))
        new = ops.tanh(ops.matmul(ops.concatenate([x, gate * h], -1), self.new))
        h = (1 - gate) * h + gate * new
        return h, [h]


def forgetting(activation: Callable[[Tensor], Tensor]) -> Pair:
    def forward(m: Any, x: Tensor) -> Any:
        h = x.new_zeros(len(x), 5)
        for step in x.unbind(1):
            gate = m.gate(torch.cat([step, h], -1)).sigmoid()
            new = activation(m.new(torch.cat([step, gate * h], -1)))
            h = (1 - gate) * h + gate * new
        return m.out(h)

    parts = {name: nn.Linear(8, 5, bias=False) for name in ("gate", "new")}
    model = sequence((6, 3), L.RNN(Forgetting()), L.Dense(2))
    return model, Port(forward, **parts, out=nn.Linear(5, 2))


@case
def a_cell_of_ones_own_in_a_loop() -> Pair:
    return forgetting(torch.tanh)


@case
def a_cell_of_ones_own_with_another_activation() -> Pair:
    return forgetting(torch.relu)


def decoded(begins_with_states: bool) -> Pair:
    widths = (8, True), (4, False), (4, True), (8, True)
    layers: list[Any] = [L.LSTM(n, return_sequences=every) for n, every in widths]
    layers[2:2] = [L.RepeatVector(6)]

    def forward(m: Any, x: Tensor) -> Any:
        _, states = m.second(m.first(x)[0])
        code = states[0][-1].unsqueeze(1).repeat(1, 6, 1)
        y, _ = m.third(code, *([states] if begins_with_states else []))
        return m.out(m.fourth(y)[0])

    sizes = {"first": (3, 8), "second": (8, 4), "third": (4, 4), "fourth": (4, 8)}
    parts = {name: nn.LSTM(*size, batch_first=True) for name, size in sizes.items()}
    return sequence((6, 3), *layers, L.Dense(3)), Port(forward, **parts, out=nn.Linear(8, 3))


@case
def a_decoder_of_the_code_alone() -> Pair:
    return decoded(begins_with_states=False)


@case
def a_decoder_that_begins_with_the_encoder_s_states() -> Pair:
    return decoded(begins_with_states=True)


if __name__ == "__main__":
    reports = CASES.checked()
    print(json.dumps({n: [x.verdict, causes(x), x.mended] for n, x in reports.items()}))
