"""Ports of tests/own/keras_causes.py, each with one mistake."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _Embedded(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 8)

    def embedded(self, tokens: Tensor) -> Tensor:
        return self.embedding(tokens.long())  # type: ignore[no-any-return]


class Gated(_Embedded):
    """Padded steps are read."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(8, 3, batch_first=True)
        self.out = nn.Linear(3, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.out(self.gru(self.embedded(tokens))[0])  # type: ignore[no-any-return]


class BothWays(_Embedded):
    """Padded steps are read."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 3, batch_first=True, bidirectional=True)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.lstm(self.embedded(tokens))[0]  # type: ignore[no-any-return]


class Attending(_Embedded):
    """Padded steps are attended to."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.out = nn.Linear(8, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedded(tokens)
        return self.out(self.attention(x, x, x)[0])  # type: ignore[no-any-return]


class Wide(nn.Module):
    """Heads of half the width."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x)[0]  # type: ignore[no-any-return]


class WideByHand(nn.Module):
    """The same in steps of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(8, 8) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (part(x).view(-1, 5, 2, 4).transpose(1, 2) for part in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.o(y.transpose(1, 2).reshape(-1, 5, 8))  # type: ignore[no-any-return]


class WidePacked(nn.Module):
    """With one matrix for query, key and value."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.o = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).view(-1, 5, 3, 2, 4).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.o(y.transpose(1, 2).reshape(-1, 5, 8))  # type: ignore[no-any-return]


class Half(nn.Module):
    """With half as many filters."""

    def __init__(self, filters: int = 4) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(2, filters, 3), nn.Linear(filters, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(F.relu(self.conv(x)).mean((2, 3)))  # type: ignore[no-any-return]


class Deeper(Half):
    """Another number of layers is no other width of one."""

    def __init__(self) -> None:
        super().__init__()
        self.more = nn.Conv2d(4, 8, 3)
        self.out = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(F.relu(self.more(F.relu(self.conv(x)))).mean((2, 3)))  # type: ignore[no-any-return]


class _Resized(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 1)

    def resized(self, x: Tensor) -> Tensor:
        return F.interpolate(x, (9, 11), mode="bilinear", align_corners=True)


class ResizedAhead(_Resized):
    """The corners are aligned."""

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.resized(x))  # type: ignore[no-any-return]


class ResizedBehind(_Resized):
    """The corners are aligned."""

    def forward(self, x: Tensor) -> Tensor:
        return self.resized(self.conv(x))


class Logits(nn.Module):
    """What BCEWithLogitsLoss takes."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)  # type: ignore[no-any-return]


class Bounded(nn.Module):
    """A sigmoid of straight lines."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.out = nn.Linear(6, 5), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = -F.threshold(-(0.2 * self.gate(x) + 0.5), -1, -1)
        return self.out(torch.threshold(h, 0, 0))  # type: ignore[no-any-return]


class _Normed(nn.Module):
    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.a, self.norm, self.b = nn.Linear(8, 8), norm, nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.norm(self.a(x)))  # type: ignore[no-any-return]


def less_its_mean() -> nn.Module:
    """Where Keras divides by the root of the mean square."""
    return _Normed(nn.LayerNorm(8, eps=1e-6))


def with_its_mean() -> nn.Module:
    """Where Keras takes the mean away."""
    return _Normed(nn.RMSNorm(8, eps=1e-3))


def unlearned() -> nn.Module:
    return _Normed(nn.LayerNorm(8, eps=1e-3, elementwise_affine=False))


def by_instances() -> nn.Module:
    """By default nothing of it is learned."""
    return nn.Sequential(nn.InstanceNorm2d(3, eps=1e-3), nn.Conv2d(3, 2, 3))


def of_the_moment() -> nn.Module:
    norm = nn.BatchNorm2d(3, eps=1e-3, track_running_stats=False)
    return nn.Sequential(norm, nn.Conv2d(3, 2, 3))


class OfAnyLength(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        return (self.one(x) * self.other(x)).sum(1, keepdim=True)  # type: ignore[no-any-return]


class OneOfLengthOne(OfAnyLength):
    def forward(self, x: Tensor) -> Tensor:
        return (F.normalize(self.one(x)) * self.other(x)).sum(1, keepdim=True)  # type: ignore[no-any-return]


class Wider(nn.Module):
    """With a kernel of five by five."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(2, 8, 5), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(F.relu(self.conv(x)).mean((2, 3)))  # type: ignore[no-any-return]


class _Read(nn.Module):
    """What runs in both directions gives something in the end, which is read otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.both, self.fc = nn.GRU(4, 5, batch_first=True, bidirectional=True), nn.Linear(10, 3)


class StatesAsSamples(_Read):
    def forward(self, x: Tensor) -> Tensor:
        _, h = self.both(x)
        return self.fc(h.reshape(len(x), -1))  # type: ignore[no-any-return]


class BackwardsFirst(_Read):
    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.both(x)
        return self.fc(torch.cat([y[:, 0, 5:], y[:, -1, :5]], 1))  # type: ignore[no-any-return]
