"""Dense and EinsumDense."""

import math
from typing import Any

from parity.mapping.layout_moves import COPY, DENSE
from parity.mapping.rules import moves
from parity.mapping.rules.registry import Context, Place, Places, rule
from parity.records.comparison import Move

CONVOLUTIONS = ("Conv1d", "Conv2d", "Conv3d", "conv1d", "conv2d", "conv3d")
MATRICES = ("matmul", "mm", "addmm", "einsum", "tensordot")
LINEAR = ("Linear", "linear")


@rule("Dense", torch=(*LINEAR, *MATRICES, *CONVOLUTIONS), operation="dense")
def dense(context: Context) -> Places:
    """A Linear holds (out, in); a matrix of a person's own is held as its author likes.

    Shapes tell which, or of a square one the equation of an einsum; else it is taken as Keras holds
    it. Dense works on the last axis; where the channels lead, a convolution of size 1 does the
    same, and of a flattened map one that is as large as the map.
    """
    weight, _ = _roles(context)
    shape = context.torch.get(weight, ())
    if context.torch_kind in MATRICES and shape == context.keras["kernel"]:
        return _places(context, DENSE if _summed(context) == 1 else COPY)
    if context.torch_kind in CONVOLUTIONS and math.prod(shape[2:]) > 1:
        return _places(context, moves.flat_dense_as_convolution(shape))
    if context.torch_kind in CONVOLUTIONS and len(shape) > 2:
        return _places(context, moves.dense_as_convolution(len(shape) - 2))
    return _places(context, DENSE)


@rule("TimeDistributed", torch=("Linear", "linear"), operation="dense")
def time_distributed_dense(context: Context) -> Places:
    """A Dense at every step; its variables bear the name of the inner layer: "dense/kernel"."""
    ends = {"kernel": (DENSE, "weight"), "bias": (COPY, "bias")}
    return Places(
        tuple(
            Place(role, *ends[role.rpartition("/")[2]])
            for role in context.keras
            if role.rpartition("/")[2] in ends
        )
    )


@rule("EinsumDense", torch=(*LINEAR, *MATRICES), operation="dense")
def einsum_dense(context: Context) -> Places:
    """A Linear over flat features, unless an axis of the kernel runs over the batch's too.

    A matrix of a person's own is taken as Dense takes it.
    """
    shape = context.keras["kernel"]
    weight, _ = _roles(context)
    ins, letters, outs = _letters(context.config["equation"])
    if context.torch_kind in MATRICES and context.torch.get(weight) == shape:
        summed = _summed(context)
        is_same = summed is None or letters[summed] not in outs
        return _places(context, COPY if is_same else DENSE)
    inputs = [letters.index(letter) for letter in ins if letter in letters and letter not in outs]
    outputs = [letters.index(letter) for letter in outs if letter in letters and letter not in ins]
    if len(inputs) + len(outputs) < len(letters):
        return _places(context, COPY)
    features = tuple(shape[axis] for axis in outputs)
    kernel = moves.matrix(shape, outputs, inputs)
    flat = math.prod(shape[axis] for axis in inputs), math.prod(features)
    if context.torch_kind in MATRICES and context.torch.get(weight) == flat:
        kernel = moves.matrix(shape, inputs, outputs)
    if context.keras.get("bias") != features:  # a bias that is broadcast fits no Linear
        return _places(context, kernel)
    return _places(context, kernel, moves.reshaped(features, (math.prod(features),)))


def einsum_axis(config: dict[str, Any]) -> int | None:
    """The axis of an EinsumDense's kernel that the last axis of its input is summed over with."""
    ins, letters, outs = _letters(str(config.get("equation", "")))
    last = ins[-1:]
    return letters.index(last) if last and last in letters and last not in outs else None


def _places(context: Context, kernel: Move, bias: Move = COPY) -> Places:
    weight, vector = _roles(context)
    lines = [Place("kernel", kernel, weight)]
    if "bias" in context.keras:
        lines.append(Place("bias", bias, vector))
    return Places(tuple(lines))


def _roles(context: Context) -> tuple[str, str]:
    """The roles of the matrix and of the bias; in `x @ w + b` they have no names of their own."""
    if "weight" in context.torch:
        return "weight", "bias"
    weight = next((role for role, shape in context.torch.items() if len(shape) > 1), "weight")
    return weight, next((role for role in context.torch if role != weight), "bias")


def _summed(context: Context) -> int | None:
    """The axis of a matrix that torch's einsum sums over: of (out, in), as a Linear has it, the
    last. None where another function is called, or the equation does not tell."""
    operands, _, output = str(context.settings.get("equation", "")).replace(" ", "").partition("->")
    each = operands.split(",")
    own = [x for x in each if "." not in x and (output[:1] == "." or output[:1] not in x)]
    matrix = own[0] if len(each) == 2 and len(own) == 1 else ""
    summed = [axis for axis, letter in enumerate(matrix) if letter not in output]
    return summed[0] if len(matrix) == 2 and len(summed) == 1 else None


def _letters(equation: str) -> tuple[str, str, str]:
    """'...ab,bc->...ac' gives 'ab', 'bc', 'ac'."""
    operands, _, output = equation.replace(" ", "").replace("...", "").partition("->")
    inputs, _, weight = operands.partition(",")
    return inputs, weight, output
