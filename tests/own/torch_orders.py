"""Ports of tests/own/keras_orders.py whose features stand in torch's own order."""

from typing import Any

from torch import Tensor, nn


class _Columns(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1)

    def columns(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, W, C * H), where Keras has (N, W, H * C)."""
        return self.conv(x).permute(0, 3, 1, 2).flatten(2)  # type: ignore[no-any-return]


class Recurrent(_Columns):
    def __init__(self) -> None:
        super().__init__()
        self.both = nn.LSTM(20, 3, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(6, 4, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.both(self.columns(x))
        return self.out(self.gru(y)[0][:, -1])  # type: ignore[no-any-return]


class Viewed(Recurrent):
    """No order of features: rows and columns are mixed."""

    def columns(self, x: Tensor) -> Tensor:
        return self.conv(x).reshape(len(x), 6, 20)  # type: ignore[no-any-return]


class Normalised(_Columns):
    def __init__(self, eps: float = 1e-3) -> None:
        super().__init__()
        self.batch = nn.BatchNorm1d(20, eps=1e-3)
        self.norm = nn.LayerNorm(20, eps=eps)
        self.slopes = nn.PReLU(20)
        self.behind = nn.Conv1d(20, 4, 3)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.batch(self.columns(x).transpose(1, 2)).transpose(1, 2))
        y = self.behind(self.slopes(y.transpose(1, 2))).transpose(1, 2)
        return self.out(y)  # type: ignore[no-any-return]


def other_epsilon() -> Any:
    return Normalised(1e-5)


class Separable(_Columns):
    def __init__(self) -> None:
        super().__init__()
        self.depth = nn.Conv1d(20, 20, 3, groups=20, bias=False)
        self.point = nn.Conv1d(20, 4, 1)
        self.out = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.point(self.depth(self.conv(x).flatten(1, 2)))
        return self.out(y.transpose(1, 2))  # type: ignore[no-any-return]


class Attending(_Columns):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(20, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.dense(self.columns(x))
        return self.attention(y, y, y)[0]  # type: ignore[no-any-return]


class Added(_Columns):
    """What is added to features in Keras's order stands in torch's."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(20, 20)
        self.out = nn.Linear(20, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.columns(x)
        return self.out(y + self.dense(y))  # type: ignore[no-any-return]


class ByRows(nn.Module):
    axis = 2  # of (N, C, H, W)

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 2)
        self.rows = nn.BatchNorm2d(4, eps=1e-3)
        self.out = nn.Linear(64, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x).transpose(1, self.axis)
        return self.out(self.rows(y).transpose(1, self.axis).flatten(1))  # type: ignore[no-any-return]


class ByColumns(ByRows):
    axis = 3


def padded() -> Any:
    """As many rows and columns as come in, for which the last layer has no place: it raises."""
    conv = nn.Conv2d(2, 3, 3, padding=1)
    return nn.Sequential(conv, nn.Flatten(), nn.Linear(48, 2))
