"""More ports for tests/live_placed.py: with tables of their own, layers that they declare and never
call, convolutions that pad themselves, and differences that few inputs show."""

from typing import Any

import keras
import numpy as np
import torch
from keras import layers as L
from keras import ops
from torch import Tensor, nn
from torch.nn import functional as F

from tests.checked import Cases

CASES = Cases()
case = CASES.add


def positions() -> np.ndarray[Any, Any]:
    angles = np.arange(6)[:, None] * 0.3 ** np.arange(4)
    return np.concatenate([np.sin(angles), np.cos(angles)], 1)


class Stem(nn.Module):
    """A convolution, positions in a buffer, and an attention with its projections apart."""

    positions: Tensor

    def __init__(self, scale: float, is_normed: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(5, 8, 3, padding=1)
        self.norm = nn.LayerNorm(8)
        self.query, self.key, self.value, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.register_buffer("positions", torch.tensor(positions()))
        self.scale, self.is_normed = scale, is_normed

    def forward(self, x: Tensor) -> Any:
        x = self.conv(x).relu().permute(0, 2, 1)
        x = (x + self.positions).to(x.dtype)
        y = self.norm(x) if self.is_normed else x
        q, k, v = (
            one(y).view(-1, 6, 2, 4).transpose(1, 2) for one in (self.query, self.key, self.value)
        )
        weights = (q @ k.mT * self.scale).softmax(-1)
        return x + self.out((weights @ v).transpose(1, 2).flatten(2))


def stem(scale: float = 0.5, is_normed: bool = True) -> Any:
    own = positions()
    x = keras.Input((6, 5))
    y = L.Conv1D(8, 3, padding="same", activation="relu")(x)
    y = L.Lambda(lambda t: t + ops.cast(own, t.dtype))(y)
    z = L.LayerNormalization(epsilon=1e-5)(y)
    model = keras.Model(x, L.Add()([y, L.MultiHeadAttention(2, 4)(z, z)]))
    return model, Stem(scale, is_normed)


@case
def positions_in_a_buffer() -> Any:
    return stem()


@case
def scores_scaled_otherwise_beside_a_buffer() -> Any:
    return stem(scale=8**-0.5)


@case
def a_normalisation_that_is_never_called() -> Any:
    return stem(is_normed=False)


class Late(nn.Conv1d):
    """Pads its input by itself, at the end alone."""

    def forward(self, x: Tensor) -> Any:
        return super().forward(F.pad(x, (0, 2)))


class Chopped(nn.Module):
    """Padded at both sides, and cut at its beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 3, padding=2)

    def forward(self, x: Tensor) -> Any:
        return self.conv(x)[..., 2:]


def causal(one: nn.Module) -> Any:
    layers = L.Conv1D(4, 3, padding="causal", activation="tanh"), L.GlobalMaxPooling1D(), L.Dense(2)
    pooled = one, nn.Tanh(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(4, 2)
    return keras.Sequential([keras.Input((10, 3)), *layers]), nn.Sequential(*pooled)


@case
def a_convolution_that_pads_itself_at_the_other_side() -> Any:
    return causal(Late(3, 4, 3))


@case
def a_causal_convolution_cut_at_its_beginning() -> Any:
    return causal(Chopped())


class Masked(nn.Module):
    """The state of an RNN behind the last step that is not masked."""

    def __init__(self, is_masked: bool, steps: int = 6) -> None:
        super().__init__()
        self.rnn = nn.RNN(3, 4, batch_first=True)
        self.is_masked, self.steps = is_masked, steps

    def forward(self, x: Tensor) -> Any:
        steps = self.rnn(x)[0]
        count = (
            (x != -1).any(-1).sum(1) if self.is_masked else x.new_full((len(x),), self.steps).long()
        )
        return steps[torch.arange(len(x)), count - 1]


def masked(is_masked: bool) -> Any:
    x = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("float32")
    x[1, 4:] = x[2, 2:] = -1
    layers = L.Masking(-1.0), L.SimpleRNN(4)
    return keras.Sequential([keras.Input((6, 3)), *layers]), Masked(is_masked), x


@case
def steps_masked_by_a_number() -> Any:
    return masked(is_masked=True)


@case
def a_mask_of_a_number_that_is_lost() -> Any:
    return masked(is_masked=False)


@case
def a_bound_behind_a_normalisation_that_is_lost() -> Any:
    layers = L.Dense(8), L.LayerNormalization(epsilon=1e-5), L.ReLU(6.0), L.Dense(2)
    port = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 2))
    return keras.Sequential([keras.Input((5,)), *layers]), port


class Divided(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(5, 8), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Any:
        return self.last(self.first(x) / 4)


@case
def another_divisor_than_a_lambda_has() -> Any:
    layers = L.Dense(8), L.Lambda(lambda t: t / 3), L.Dense(2)
    return keras.Sequential([keras.Input((5,)), *layers]), Divided()


class Repeated(nn.Module):
    """One layer, twice."""

    def __init__(self) -> None:
        super().__init__()
        self.step = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Any:
        return self.step(self.step(x).tanh()).tanh()


@case
def a_shared_layer_called_once_less() -> Any:
    dense = L.Dense(5, activation="tanh")
    x = keras.Input((5,))
    return keras.Model(x, dense(dense(dense(x)))), Repeated()


class Stepped(nn.Module):
    """Cells of the same size in a loop over time."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.ModuleList(nn.LSTMCell(4, 4) for _ in range(2))

    def forward(self, x: Tensor) -> Any:
        states = [(x.new_zeros(len(x), 4),) * 2 for _ in self.cells]
        found = []
        for step in x.unbind(1):
            taken = step
            for n, cell in enumerate(self.cells):
                states[n] = cell(taken, states[n])
                taken = states[n][0]
            found.append(taken)
        return torch.stack(found, 1)


@case
def two_cells_in_one_loop() -> Any:
    layers = [L.LSTM(4, return_sequences=True) for _ in range(2)]
    return keras.Sequential([keras.Input((5, 4)), *layers]), Stepped()


class Attending(nn.Module):
    """Keys that are padded are left out; queries alone are not, as they are in Keras."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Any:
        return self.attention(x, x, x, key_padding_mask=(x == 0).all(-1))[0]


@case
def padded_queries_that_attend() -> Any:
    taken = keras.Input((7, 8))
    kept = L.Masking(0.0)(taken)
    return keras.Model(taken, L.MultiHeadAttention(2, 4)(kept, kept)), Attending()


class Averaged(nn.Module):
    def __init__(self, is_masked: bool) -> None:
        super().__init__()
        self.dense, self.is_masked = nn.Linear(4, 3), is_masked

    def forward(self, x: Tensor) -> Any:
        if not self.is_masked:
            return self.dense(x.mean(1))
        counts = (x != -2).any(-1, keepdim=True).to(x)
        return self.dense((x * counts).sum(1) / counts.sum(1))


def averaged(is_masked: bool) -> Any:
    layers = L.Masking(-2.0), L.GlobalAveragePooling1D(), L.Dense(3)
    return keras.Sequential([keras.Input((7, 4)), *layers]), Averaged(is_masked)


@case
def masked_steps_of_drawn_inputs() -> Any:
    return averaged(is_masked=True)


@case
def masked_steps_of_drawn_inputs_counted() -> Any:
    return averaged(is_masked=False)


class OneOnesOwn(keras.Model):  # type: ignore[misc]
    """Its mask is made by operations that stand in no graph."""

    def __init__(self) -> None:
        super().__init__()
        self.mask, self.rnn = L.Masking(0.0), L.SimpleRNN(4)

    def call(self, x: Any) -> Any:
        return self.rnn(self.mask(x))


@case
def a_mask_that_is_lost_from_a_model_of_ones_own() -> Any:
    model = OneOnesOwn()
    model(np.zeros((1, 7, 3), "float32"))
    return model, Masked(is_masked=False, steps=7)


def counted(x: Any) -> Any:
    """The squares of what steps hold, and one for each that is not zeros throughout."""
    mask = ops.cast(ops.sum(ops.abs(x), -1, keepdims=True) != 0, x.dtype)
    return ops.sum(mask + ops.square(x), 1)


@case
def a_mask_by_a_function_of_ones_own() -> Any:
    model = keras.Sequential([keras.Input((7, 4)), L.Lambda(counted), L.Dense(3)])
    return model, Counted(is_masked=True)


@case
def a_mask_by_a_function_of_ones_own_that_is_lost() -> Any:
    model = keras.Sequential([keras.Input((7, 4)), L.Lambda(counted), L.Dense(3)])
    return model, Counted(is_masked=False)


class Counted(nn.Module):
    def __init__(self, is_masked: bool) -> None:
        super().__init__()
        self.dense, self.is_masked = nn.Linear(4, 3), is_masked

    def forward(self, x: Tensor) -> Any:
        counts = (x != 0).any(-1, keepdim=True).to(x) if self.is_masked else 1.0
        return self.dense((counts + x**2).sum(1))


class Bag(nn.Module):
    def __init__(self, mode: str) -> None:
        super().__init__()
        self.table, self.out = nn.EmbeddingBag(30, 6, mode=mode), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Any:
        return self.out(self.table(x.long()))


def bag(mode: str) -> Any:
    layers = L.Embedding(30, 6), L.GlobalAveragePooling1D(), L.Dense(2)
    return keras.Sequential([keras.Input((7,), dtype="int32"), *layers]), Bag(mode)


@case
def a_bag_of_embeddings() -> Any:
    return bag("mean")


@case
def a_bag_of_embeddings_that_is_summed() -> Any:
    return bag("sum")


class Waves(L.Layer):  # type: ignore[misc]
    """Keeps its frequencies as a weight that nothing trains."""

    def build(self, shape: Any) -> None:
        self.waves = self.add_weight(shape=shape[-1:], name="waves", trainable=False)
        self.waves.assign(0.5 ** ops.arange(shape[-1], dtype="float32"))

    def call(self, x: Any) -> Any:
        return ops.sin(x * self.waves)


class OneBuffer(nn.Module):
    waves: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)
        self.register_buffer("waves", 0.5 ** torch.arange(6))

    def forward(self, x: Tensor) -> Any:
        for layer in (self.first, self.second):
            x = torch.sin(layer(x) * self.waves)
        return x


@case
def frequencies_that_every_layer_of_keras_has_and_the_port_once() -> Any:
    layers = L.Dense(6), Waves(), L.Dense(6), Waves()
    return keras.Sequential([keras.Input((6,)), *layers]), OneBuffer()


WINDOW = 4


class Windowed(L.Layer):  # type: ignore[misc]
    """Attention in a window: query, key and value in one Dense, and a table of biases beside it."""

    def build(self, shape: Any) -> None:
        width = shape[-1]
        self.table = self.add_weight(shape=(2 * WINDOW - 1, 2), name="bias_table")
        self.qkv, self.out = L.Dense(3 * width, name="qkv"), L.Dense(width, name="projection")
        self.qkv.build(shape)
        self.out.build(shape)

    def call(self, x: Any) -> Any:
        heads = ops.reshape(self.qkv(x), (-1, WINDOW, 3, 2, x.shape[-1] // 2))
        q, k, v = (heads[:, :, place] for place in range(3))
        place = ops.arange(WINDOW)
        biases = ops.take(self.table, place[:, None] - place[None] + WINDOW - 1, axis=0)
        scores = ops.einsum("nqhd,nkhd->nhqk", q, k) / 2 + ops.transpose(biases, (2, 0, 1))
        found = ops.einsum("nhqk,nkhd->nqhd", ops.softmax(scores), v)
        return self.out(ops.reshape(found, (-1, WINDOW, x.shape[-1])))


class Apart(nn.Module):
    places: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.bias_table = nn.Parameter(torch.zeros(2 * WINDOW - 1, 2))
        place = torch.arange(WINDOW)
        self.register_buffer("places", place[:, None] - place[None] + WINDOW - 1)

    def forward(self, x: Tensor) -> Any:
        q, k, v = (
            one(x).view(-1, WINDOW, 2, 4).transpose(1, 2)
            for one in (self.q_proj, self.k_proj, self.v_proj)
        )
        biases = self.bias_table[self.places].permute(2, 0, 1)
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=biases[None])
        return self.out(found.transpose(1, 2).flatten(2))


class Windows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Apart() for _ in range(2))

    def forward(self, x: Tensor) -> Any:
        for block in self.blocks:
            x = x + block(x)
        return x


@case
def packed_kernels_beside_tables_with_an_index_in_a_buffer() -> Any:
    first = x = keras.Input((WINDOW, 8))
    for number in range(2):
        x = L.Add()([x, Windowed(name=f"blocks_{number}")(x)])
    return keras.Model(first, x), Windows()


class Bounded(nn.BatchNorm2d):
    """A normalisation with its activation inside, as timm has them."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu6(super().forward(x))


@case
def another_epsilon_before_an_activation_and_an_empty_place() -> Any:
    layers = L.Conv2D(4, 3), L.BatchNormalization(), L.ReLU(6.0), L.Conv2D(2, 1)
    parts = nn.Conv2d(3, 4, 3), Bounded(4), nn.Identity(), nn.Conv2d(4, 2, 1)
    return keras.Sequential([keras.Input((6, 6, 3)), *layers]), nn.Sequential(*parts)


class Typed(nn.Module):
    """Positions counted from two on, in a longer table, and types of tokens which are all one."""

    def __init__(self, approximate: str, has_types: bool = True) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(11, 8), nn.Embedding(8, 8)
        if has_types:
            self.types = nn.Embedding(1, 8)
        self.dense, self.last = nn.Linear(8, 8), nn.Linear(8, 2)
        self.approximate = approximate

    def forward(self, ids: Tensor) -> Any:
        x = self.tokens(ids) + self.positions(torch.arange(6) + 2)
        if hasattr(self, "types"):
            x = x + self.types(torch.zeros_like(ids))
        return self.last(F.gelu(self.dense(x), approximate=self.approximate))


class Positions(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.table = self.add_weight(shape=(6, 8), name="embeddings")

    def call(self, x: Any) -> Any:
        return ops.broadcast_to(self.table, ops.shape(x))


def typed(port: nn.Module) -> Any:
    ids = keras.Input((6,), dtype="int32")
    tokens = L.Embedding(11, 8)(ids)
    x = L.Add()([tokens, Positions(name="positions")(tokens)])
    x = L.Dense(2)(L.Dense(8, activation="gelu")(x))
    given = np.random.default_rng(0).integers(0, 11, (3, 6)).astype("int32")
    return keras.Model(ids, x), port, given


@case
def a_table_that_keras_has_not_beside_another_activation() -> Any:
    return typed(Typed("tanh"))


@case
def a_table_that_keras_has_not() -> Any:
    return typed(Typed("none"))


class Tokens(L.Layer):  # type: ignore[misc]
    """Begins with a token of its own. Its mask, and the scale before this one, are of a training
    that is over."""

    def build(self, shape: Any) -> None:
        self.mask = self.add_weight(shape=(1, 8), name="mask")
        self.first = self.add_weight(shape=(1, 1, 8), name="first")
        self.former = self.add_weight(shape=(8,), name="former_scale")
        self.scale = self.add_weight(shape=(8,), name="scale")

    def call(self, x: Any) -> Any:
        first = ops.repeat(self.first, ops.shape(x)[0], axis=0)
        return ops.concatenate([first, x * self.scale], axis=1)


class WithTokens(nn.Module):
    """Names its weights as Keras does, and holds apart what is packed there."""

    def __init__(self) -> None:
        super().__init__()
        self.mask, self.first = nn.Parameter(torch.randn(1, 8)), nn.Parameter(torch.randn(1, 1, 8))
        self.scale = nn.Parameter(torch.randn(8))
        self.gate, self.up = nn.Linear(8, 6), nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Any:
        x = torch.cat([self.first.expand(len(x), -1, -1), x * self.scale], 1)
        return F.silu(self.gate(x)) * self.up(x)


@case
def a_scale_that_is_never_read_and_a_packed_kernel() -> Any:
    x = keras.Input((5, 8))
    gate, up = ops.split(L.Dense(12)(Tokens()(x)), 2, axis=-1)
    return keras.Model(x, ops.silu(gate) * up), WithTokens()


class Scale(L.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(8,), name="scale")

    def call(self, x: Any) -> Any:
        return x * self.scale


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.scale, self.last = (
            nn.Linear(5, 8),
            nn.Parameter(torch.randn(8)),
            nn.Linear(8, 3),
        )

    def forward(self, x: Tensor) -> Any:
        x = torch.tanh(self.first(x)) * self.scale
        return torch.sinc(self.last(x))


@case
def a_fault_that_is_not_known_behind_weights_that_their_rows_prove() -> Any:
    layers = L.Dense(8, activation="tanh"), Scale(), L.Dense(3), L.Lambda(ops.sin)
    return keras.Sequential([keras.Input((5,)), *layers]), Scaled()


class WithoutPadding(Typed):
    """Counts no padding, whose position is a row that Keras has not."""

    def forward(self, ids: Tensor) -> Any:
        is_token = (ids != 0).long()
        x = self.tokens(ids) + self.positions(is_token.cumsum(1) * is_token + 1)
        return self.last(F.gelu(self.dense(x)))


@case
def padding_at_another_position_in_a_longer_table() -> Any:
    model, port, given = typed(WithoutPadding("none", has_types=False))
    given = np.maximum(given, 1)
    given[1, 4:] = 0
    return model, port, given


def rounded(*behind: nn.Module) -> Any:
    """A file of weights of another program says what epsilon is, in float32."""
    eps = float(np.float32(1e-3))
    layers = L.Dense(8), L.LayerNormalization(), L.Dense(4, activation="tanh"), L.Dense(2)
    port = nn.Linear(6, 8), nn.LayerNorm(8, eps=eps), nn.Linear(8, 4), *behind, nn.Linear(4, 2)
    x = 0.05 * np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    return keras.Sequential([keras.Input((6,)), *layers]), nn.Sequential(*port), x


@case
def an_epsilon_in_float32() -> Any:
    return rounded(nn.Tanh())


@case
def an_epsilon_in_float32_beside_another_activation() -> Any:
    return rounded(nn.Sigmoid())
