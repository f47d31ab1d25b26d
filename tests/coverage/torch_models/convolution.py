"""Convolutions."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from tests.coverage.torch_models.row import row


def conv1d_valid() -> Any:
    return row(conv=nn.Conv1d(3, 4, 3, stride=2), relu=nn.ReLU())


def conv1d_same() -> Any:
    return row(conv=nn.Conv1d(3, 4, 4, padding="same"))


class Conv1dCausal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 3, dilation=2)

    def forward(self, x: Tensor) -> Any:
        return self.conv(F.pad(x, (4, 0)))  # (k - 1) * dilation in front alone


def conv1d_causal() -> Any:
    return Conv1dCausal()


def conv2d_valid() -> Any:
    return row(conv=nn.Conv2d(3, 4, (3, 2)), relu=nn.ReLU())


def conv2d_same() -> Any:
    return row(conv=nn.Conv2d(3, 4, (3, 2), padding="same", bias=False))


def conv2d_same_strided() -> Any:
    """An even size under stride 2 is padded by one behind alone."""
    return row(pad=nn.ZeroPad2d((0, 1, 0, 1)), conv=nn.Conv2d(3, 4, 3, stride=2))


def conv2d_dilated() -> Any:
    return row(conv=nn.Conv2d(3, 4, (3, 2), dilation=2, padding="same"))


def conv2d_grouped() -> Any:
    return row(conv=nn.Conv2d(4, 6, (3, 2), groups=2))


class Conv2d1x1(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Any:
        return self.conv(x.movedim(1, -1)).movedim(-1, 1)


def conv2d_1x1() -> Any:
    return Conv2d1x1()


def conv3d_valid() -> Any:
    return row(conv=nn.Conv3d(2, 3, (2, 3, 2), stride=(1, 2, 1)))


def conv3d_same() -> Any:
    """Of 5, 6 and 4 the odd one is padded on both sides; nn.ZeroPad3d counts from the last axis."""
    return row(pad=nn.ZeroPad3d((0, 1, 0, 1, 1, 1)), conv=nn.Conv3d(2, 3, 3, stride=2))


def depthwise_conv1d() -> Any:
    return row(conv=nn.Conv1d(3, 6, 3, groups=3))


def depthwise_conv2d() -> Any:
    return row(conv=nn.Conv2d(3, 6, (3, 2), groups=3, padding="same"))


class SeparableConv1d(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv_depthwise = nn.Conv1d(3, 6, 3, groups=3, bias=False)
        self.conv_pointwise = nn.Conv1d(6, 4, 1)

    def forward(self, x: Tensor) -> Any:
        return self.conv_pointwise(self.conv_depthwise(x))


def separable_conv1d() -> Any:
    return SeparableConv1d()


def separable_conv2d() -> Any:
    return row(
        pad=nn.ZeroPad2d((0, 1, 0, 1)),
        conv=nn.Sequential(
            nn.Conv2d(3, 6, 3, stride=2, groups=3, bias=False), nn.Conv2d(6, 4, 1), nn.ReLU()
        ),
    )


def conv1d_transpose_valid() -> Any:
    return row(conv=nn.ConvTranspose1d(3, 4, 3, stride=2))


class ConvTransposeSame(nn.Module):
    """Keras's "same" gives n * stride, cut from (k - stride) // 2 on: for k = 3, the last goes."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Any:
        x = self.conv(x)
        for axis in range(2, x.ndim):
            x = x.narrow(axis, 0, x.shape[axis] - 1)
        return x


def conv1d_transpose_same() -> Any:
    return ConvTransposeSame(nn.ConvTranspose1d(3, 4, 3, stride=2))


def conv2d_transpose_valid() -> Any:
    return row(conv=nn.ConvTranspose2d(3, 2, (3, 2), stride=(2, 1)))


def conv2d_transpose_same() -> Any:
    return ConvTransposeSame(nn.ConvTranspose2d(3, 2, 3, stride=2))


def conv2d_transpose_even() -> Any:
    return row(conv=nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1))


def conv2d_transpose_output_padding() -> Any:
    return row(conv=nn.ConvTranspose2d(3, 2, 3, stride=2, output_padding=1))


def conv3d_transpose_same() -> Any:
    return ConvTransposeSame(nn.ConvTranspose3d(3, 2, 3, stride=2))
