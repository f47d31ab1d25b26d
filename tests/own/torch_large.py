"""Ports of keras_large.py."""

from torch import Tensor, nn


class Many(nn.Module):
    units = 40

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(1, 4, 8, stride=8), nn.Linear(4, self.units)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(self.conv(x).mean((2, 3)))
        return found


class Few(Many):
    units = 3


class Squeezed(Many):
    """Loses the batch of one."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).squeeze()


class Clipped(Many):
    """Differs on wide inputs alone."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.clamp(-20, 20))
