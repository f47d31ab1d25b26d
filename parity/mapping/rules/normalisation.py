"""Batch, layer, group and RMS normalisation, and Normalization by fixed statistics.

UnitNormalization has no weights; it is one of the operations.
"""

from parity.mapping.layout_moves import COPY
from parity.mapping.rules import moves
from parity.mapping.rules.registry import Context, Place, Places, rule

BATCH = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm", "batch_norm")
LAYER, RMS = ("LayerNorm", "layer_norm"), ("RMSNorm", "rms_norm")
GROUP = ("GroupNorm", "group_norm")
INSTANCE = ("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "instance_norm")


def _affine(context: Context, **others: str) -> Places:
    """gamma and beta, and other variables as they are.

    torch.nn has both or neither. Where Keras has one of them alone, torch's other stays what
    changes nothing: a weight of ones, a bias of zeros.
    """
    lines = [
        Place(keras, moves.per_feature(context.keras[keras], context.torch.get(torch)), torch)
        for keras, torch in (("gamma", "weight"), ("beta", "bias"))
        if keras in context.keras
    ]
    lines += [Place(keras, COPY, torch) for keras, torch in others.items()]
    missing = {"gamma", "beta"} - set(context.keras)
    one = ("weight",) if missing == {"gamma"} and "weight" in context.torch else ()
    zero = ("bias",) if missing == {"beta"} and "bias" in context.torch else ()
    if "running_var" in context.torch and "moving_variance" not in others:
        zero, one = (*zero, "running_mean"), (*one, "running_var")
    return Places(tuple(lines), zero, one)


@rule("BatchNormalization", torch=(*BATCH, *INSTANCE, *GROUP, *LAYER), operation="batch_norm")
def batch_normalization(context: Context) -> Places:
    """Of another normalisation, which has no statistics, the weights are alike."""
    if "weight" in context.torch and "running_var" not in context.torch:
        return _affine(context)
    return _affine(context, moving_mean="running_mean", moving_variance="running_var")


@rule("LayerNormalization", torch=(*LAYER, *GROUP, *RMS, *BATCH), operation="layer_norm")
def layer_normalization(context: Context) -> Places:
    """Over whole maps it is a GroupNorm of one group. Of an RMSNorm or a
    batch normalisation only the weights are alike."""
    return _affine(context)


@rule("GroupNormalization", torch=(*GROUP, *INSTANCE, *LAYER, *BATCH), operation="group_norm")
def group_normalization(context: Context) -> Places:
    """With a group for each channel it is an InstanceNorm. Of a LayerNorm, or of a
    batch normalisation, the weights are alike."""
    return _affine(context)


@rule("RMSNormalization", torch=(*RMS, *LAYER), operation="rms_norm")
def rms_normalization(context: Context) -> Places:
    """Of a LayerNorm only the weights are alike; a bias of zeros changes nothing."""
    move = moves.per_feature(context.keras["scale"], context.torch.get("weight"))
    zero = ("bias",) if "bias" in context.torch else ()
    return Places((Place("scale", move, "weight"),), zero)


@rule("Normalization", torch=("sub", "div", "mul", "add", *BATCH), operation="normalization")
def normalization(context: Context) -> Places:
    """Its statistics are constants of the data, which a port may write as it likes."""
    return Places()


@rule("LayerScale", torch=("mul", "multiply"), operation="layer_scale")
def layer_scale(context: Context) -> Places:
    """Of keras.applications' ConvNeXt: a factor for each channel, a parameter of the port's."""
    (gamma,) = context.keras
    name = next(iter(context.torch), "other")
    move = moves.per_feature(context.keras[gamma], context.torch.get(name))
    return Places((Place(gamma, move, name),))
