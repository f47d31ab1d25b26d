"""Convolutions of one to three axes: plain, grouped and dilated, depthwise, separable, transposed.

Groups and dilations leave the layout of a kernel as it is: (k..., in / groups, out).
"""

import math

from parity.mapping.layout_moves import COPY
from parity.mapping.rules import moves
from parity.mapping.rules.registry import Context, Place, Places, rule
from parity.records.comparison import Move

CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d", "conv1d", "conv2d", "conv3d")
TRANSPOSED = (
    *("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"),
    *("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
)
LINEAR = ("Linear", "linear")


def _places(context: Context, move: Move) -> Places:
    lines = [Place("kernel", move, "weight")]
    if "bias" in context.keras:
        lines.append(Place("bias", COPY, "bias"))
    return Places(tuple(lines))


@rule("Conv1D", torch=(*CONVOLUTIONS, *LINEAR), operation="conv")
@rule("Conv2D", torch=(*CONVOLUTIONS, *LINEAR), operation="conv")
@rule("Conv3D", torch=(*CONVOLUTIONS, *LINEAR), operation="conv")
def convolution(context: Context) -> Places:
    """Of size 1 it may be a Linear too, over channels that stand last."""
    shape = context.keras["kernel"]
    rank = len(shape) - 2
    if context.torch_kind in LINEAR and math.prod(shape[:rank]) == 1:
        return _places(context, moves.pointwise(rank))
    move = moves.along_channels(moves.kernel(rank), shape, context.torch.get("weight"))
    return _places(context, move)


@rule("Conv1DTranspose", torch=TRANSPOSED, operation="conv_transpose")
@rule("Conv2DTranspose", torch=TRANSPOSED, operation="conv_transpose")
@rule("Conv3DTranspose", torch=TRANSPOSED, operation="conv_transpose")
def transposed_convolution(context: Context) -> Places:
    shape = context.keras["kernel"]
    move = moves.kernel(len(shape) - 2, "out, in")
    return _places(context, moves.of_rank(move, shape, context.torch.get("weight")))


@rule("DepthwiseConv1D", torch=CONVOLUTIONS, operation="conv")
@rule("DepthwiseConv2D", torch=CONVOLUTIONS, operation="conv")
def depthwise_convolution(context: Context) -> Places:
    """The torch convolution has as many groups as channels come in."""
    shape = context.keras["kernel"]
    move = moves.depthwise(shape)
    return _places(context, moves.of_rank(move, shape, context.torch.get("weight")))


@rule("SeparableConv1D", torch=(*CONVOLUTIONS, *LINEAR), operation="conv")
@rule("SeparableConv2D", torch=(*CONVOLUTIONS, *LINEAR), operation="conv")
def separable_convolution(context: Context) -> Places:
    """Two torch steps: a depthwise one without bias, and a pointwise one that has Keras's bias."""
    point = context.keras["pointwise_kernel"]
    rank = len(point) - 2
    flat = len(context.torch.get("1.weight", point)) == 2  # a Linear
    depth = context.keras["depthwise_kernel"]
    of_points = moves.pointwise(rank) if flat else moves.kernel(rank)
    lines = [
        Place(name, moves.of_rank(move, context.keras[name], context.torch.get(role)), role)
        for name, move, role in (
            ("depthwise_kernel", moves.depthwise(depth), "0.weight"),
            ("pointwise_kernel", of_points, "1.weight"),
        )
    ]
    if "bias" in context.keras:
        lines.append(Place("bias", COPY, "1.bias"))
    return Places(tuple(lines))
