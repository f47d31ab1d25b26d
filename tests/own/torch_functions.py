"""Ports of tests/own/keras_functions.py, most with what torch's modules have by default."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def gelu() -> Any:
    return nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 3))


def gelu_of_tanh() -> Any:
    return nn.Sequential(nn.Linear(6, 8), nn.GELU("tanh"), nn.Linear(8, 3))


def leaky() -> Any:
    return nn.Sequential(nn.Linear(6, 8), nn.LeakyReLU(), nn.Linear(8, 3))


def leaky_enough() -> Any:
    return nn.Sequential(nn.Linear(6, 8), nn.LeakyReLU(0.2), nn.Linear(8, 3))


def elu() -> Any:
    return nn.Sequential(nn.Linear(6, 8), nn.ELU(), nn.Linear(8, 3))


class Chopped(nn.Module):
    """Padded at both sides, with the end cut off, and no dilation."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv1d(3, 4, 3, padding=2)
        self.b = nn.Conv1d(4, 4, 3, padding=2)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.b(self.a(x)[:, :, :-2])[:, :, :-2]
        return self.out(y.mean(2))  # type: ignore[no-any-return]


class Folded(nn.Module):
    """Patches as timm cuts them: (N * P, pixels, C)."""

    def __init__(self, eps: float = 1e-6) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4, eps=eps)
        self.dense = nn.Linear(4, 4)
        self.conv = nn.Conv2d(4, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        y = x.reshape(n * c * 4, 2, 4, 2).transpose(1, 2)
        y = y.reshape(n, c, 16, 4).transpose(1, 3).reshape(n * 4, 16, -1)
        y = self.dense(self.norm(y))
        y = y.contiguous().view(n, 4, 16, -1).transpose(1, 3).reshape(n * c * 4, 4, 2, 2)
        return self.conv(y.transpose(1, 2).reshape(n, c, h, w))  # type: ignore[no-any-return]


def folded_with_another_epsilon() -> Any:
    return Folded(1e-5)


class ColumnsFirst(nn.Module):
    """Tokens of a map in the order of its columns."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 2, 2)
        self.norm = nn.LayerNorm(8)
        self.dense = nn.Linear(8, 8)
        self.out = nn.Linear(48, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x).permute(0, 1, 3, 2).flatten(2).transpose(1, 2)
        return self.out(self.dense(self.norm(y)).flatten(1))  # type: ignore[no-any-return]


class Attended(nn.Module):
    """Attention by torch's own function."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(8, eps=1e-6)
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))
        self.out = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(x)
        every = (self.query, self.key, self.value)
        query, key, value = (one(y).view(-1, 4, 4, 2).transpose(1, 2) for one in every)
        y = self.together(F.scaled_dot_product_attention(query, key, value))
        return x + self.out(y)  # type: ignore[no-any-return]

    def together(self, heads: Tensor) -> Tensor:
        return heads.transpose(1, 2).reshape(-1, 4, 8)


class HeadsLeft(Attended):
    """The axis of the heads is not put back."""

    def together(self, heads: Tensor) -> Tensor:
        return heads.reshape(-1, 4, 8)


class Patches(nn.Module):
    """As timm has them: patches are samples, (N * P, L, C), and norms that do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(6, eps=1e-5)
        self.qkv, self.out = nn.Linear(6, 18), nn.Linear(6, 6)
        self.q_norm, self.k_norm = nn.Identity(), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        parts = self.qkv(self.norm(x.reshape(-1, 5, 6))).reshape(-1, 5, 3, 2, 3)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(self.q_norm(query), self.k_norm(key), value)
        return self.out(y.transpose(1, 2).reshape(-1, 4, 5, 6))  # type: ignore[no-any-return]


class Frames(nn.Module):
    """The frames of all clips as samples."""

    def __init__(self, epsilon: float = 1e-3, is_mixed: bool = False) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, eps=epsilon)
        self.read, self.is_mixed = nn.LSTM(4, 5, batch_first=True), is_mixed

    def forward(self, x: Tensor) -> Tensor:
        n, t = x.shape[:2]
        y = self.norm(F.elu(self.conv(x.flatten(0, 1)))).mean((2, 3))
        y = y.view(t, n, -1).transpose(0, 1) if self.is_mixed else y.view(n, t, -1)
        return self.read(y)[0][:, -1]  # type: ignore[no-any-return]


def frames_of_another_epsilon() -> nn.Module:
    return Frames(1e-5)


def frames_of_mixed_clips() -> nn.Module:
    return Frames(is_mixed=True)


class DroppedFrames(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.drop = nn.Conv2d(3, 4, 3), nn.Dropout(0.3)
        self.read = nn.LSTM(4, 5, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.drop(self.conv(x.flatten(0, 1))).mean((2, 3))
        return self.read(y.unflatten(0, x.shape[:2]))[0][:, -1]  # type: ignore[no-any-return]


class States(nn.Module):
    activation: Any = staticmethod(torch.tanh)

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.both = nn.LSTM(3, 4, batch_first=True, bidirectional=True)
        self.head_0, self.head_1, self.head_2, self.head_3 = (nn.Linear(4, 2) for _ in range(4))

    def forward(self, x: Tensor) -> Any:
        _, (hidden, cells) = self.both(self.activation(self.first(x)))
        return self.given(hidden, cells)

    def given(self, h: Tensor, c: Tensor) -> Any:
        return self.head_0(h[0]), self.head_1(c[0]), self.head_2(h[1]), self.head_3(c[1])


class StatesBehindAnother(States):
    activation = staticmethod(F.softsign)


class StatesExchanged(States):
    def given(self, h: Tensor, c: Tensor) -> Any:
        return super().given(c, h)


class EncodedInVain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.LSTM(3, 4, batch_first=True)
        self.decoder = nn.LSTM(3, 4, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Any:
        self.encoder(x)
        return self.out(self.decoder(x)[0])


def padded_maximum() -> Any:
    return nn.Sequential(nn.Conv2d(2, 3, 1), nn.MaxPool2d(3, 2, 1))


class Attending(nn.Module):
    """The query stands where key and value should."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, one: Tensor, other: Tensor) -> Any:
        return self.attention(other, one, one)[0]


class GatedByTheOtherHalf(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.both, self.out = nn.Linear(3, 8), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Any:
        value, gate = self.both(x).chunk(2, -1)
        return self.out(torch.sigmoid(value) * gate)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.LSTM(3, 4, batch_first=True), nn.GRU(4, 4, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        given, _ = self.first(x)
        given, _ = self.last(given)
        y: Tensor = self.out(given[:, -1])
        return y


def scripted() -> Any:
    return torch.jit.script(Recurrent())


class Highway(nn.Module):
    """Its function takes the two branches in another order than Keras's layers."""

    def __init__(self) -> None:
        super().__init__()
        self.value, self.gate = nn.Linear(5, 5), nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        return torch.lerp(x, F.relu(self.value(x)), torch.sigmoid(self.gate(x)))
