"""Padding, cropping, pooling, sizes."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.coverage.torch_models.row import row


def zero_padding1d() -> Any:
    return row(pad=nn.ZeroPad1d((1, 2)))


class ZeroPadding2d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return F.pad(x, (0, 3, 1, 2))  # left, right, top, bottom


def zero_padding2d() -> Any:
    return ZeroPadding2d()


class Cropping1d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x[:, :, 1:-2]


def cropping1d() -> Any:
    return Cropping1d()


class Cropping2d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x[:, :, 1:-2, :-3]


def cropping2d() -> Any:
    return Cropping2d()


def max_pooling1d_valid() -> Any:
    return row(pool=nn.MaxPool1d(2))


def max_pooling1d_same() -> Any:
    return row(pool=nn.MaxPool1d(2, ceil_mode=True))


def max_pooling2d_valid() -> Any:
    return row(pool=nn.MaxPool2d((3, 2), stride=2))


def max_pooling2d_same() -> Any:
    return row(pool=nn.MaxPool2d(2, ceil_mode=True))


class MaxPool2dOverlapping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Any:
        return self.pool(F.pad(x, (0, 1, 0, 1), value=-torch.inf))


def max_pooling2d_same_overlapping() -> Any:
    return MaxPool2dOverlapping()


def max_pooling3d_valid() -> Any:
    return row(pool=nn.MaxPool3d(2))


def max_pooling3d_same() -> Any:
    return row(pool=nn.MaxPool3d(2, ceil_mode=True))


def average_pooling1d_valid() -> Any:
    return row(pool=nn.AvgPool1d(3, stride=2))


def average_pooling1d_same() -> Any:
    return row(pool=nn.AvgPool1d(2, ceil_mode=True))


def average_pooling2d_valid() -> Any:
    return row(pool=nn.AvgPool2d(2))


def average_pooling2d_same() -> Any:
    return row(pool=nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False))


class AvgPool2dSame(nn.Module):
    """Padded by one behind alone, and divided by how many pixels are no padding."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Any:
        shares = self.pool(F.pad(torch.ones_like(x), (0, 1, 0, 1)))
        return self.pool(F.pad(x, (0, 1, 0, 1))) / shares


def average_pooling2d_same_even() -> Any:
    return AvgPool2dSame()


def average_pooling3d_same() -> Any:
    return row(pool=nn.AvgPool3d(2, ceil_mode=True))


class GlobalAveragePool1d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x.mean(dim=2)


def global_average_pooling1d() -> Any:
    return GlobalAveragePool1d()


def global_average_pooling2d() -> Any:
    return row(pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten())


class GlobalMaxPool1d(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return x.amax(dim=2)


def global_max_pooling1d() -> Any:
    return GlobalMaxPool1d()


def global_max_pooling2d() -> Any:
    return row(pool=nn.AdaptiveMaxPool2d(1))


def upsampling1d() -> Any:
    return row(up=nn.Upsample(scale_factor=2))


def upsampling2d_nearest() -> Any:
    return row(up=nn.Upsample(scale_factor=(2, 3)))


def upsampling2d_bilinear() -> Any:
    return row(up=nn.Upsample(scale_factor=2, mode="bilinear"))


class Resize(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return F.interpolate(x, size=(7, 9), mode="bilinear")


def resizing_bilinear() -> Any:
    return Resize()
