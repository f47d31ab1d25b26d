"""The Keras model of a Spec, with the functional API."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from parity.selftest.spec import Node, Spec


def build(spec: Spec) -> keras.Model:
    """Layers are named after nodes; the float type is that of Keras's global policy."""
    values = {
        wanted.name: keras.Input(
            wanted.shape, name=wanted.name, dtype="int32" if wanted.vocabulary else None
        )
        for wanted in spec.inputs
    }
    inputs = list(values.values())
    for node in spec.nodes:
        values[node.name] = _call(node, [values[name] for name in node.inputs])
    output = values[spec.output.name]
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], output, name=spec.name)


def _call(node: Node, inputs: list[Any]) -> Any:
    layer = layer_of(node, len(inputs[0].shape) - 2)
    if node.kind == "mha":
        return layer(*inputs, use_causal_mask=node.get("causal", False))
    return layer(inputs if len(inputs) > 1 else inputs[0])


def layer_of(node: Node, rank: int) -> keras.Layer:
    """rank: the number of the input's spatial axes."""
    kind, given = node.kind, dict(node.settings)
    layer = getattr(layers, _BY_RANK[kind].format(rank)) if kind in _BY_RANK else _LAYERS[kind]
    named = {_NAMES.get((kind, key), _NAMES.get(("", key), key)): x for key, x in given.items()}
    if kind in ("zero_pad", "crop") and rank == 1:
        (named[_NAMES[kind, "amounts"]],) = given["amounts"]
    if kind == "upsample" and rank == 1:
        named["size"] = given["size"][0]
    if "activation" in named:
        named["activation"] = _function(given["activation"])
    named.pop("causal", None)
    layer_made: keras.Layer = layer(name=node.name, **named)
    return layer_made


def _function(name: str | None) -> Any:
    """keras.ops.gelu approximates by default, and the activation "gelu" does not."""
    return keras.ops.gelu if name == "gelu_tanh" else name


def _activation(name: str, function: str) -> keras.Layer:
    return layers.Activation(_function(function), name=name)


def _resize(name: str, size: tuple[int, int], interpolation: str) -> keras.Layer:
    return layers.Resizing(*size, interpolation=interpolation, name=name)


def _time_distributed(name: str, **dense: Any) -> keras.Layer:
    return layers.TimeDistributed(layers.Dense(name="dense", **dense), name=name)


def _bidirectional(name: str, cell: str, merge_mode: str = "concat", **rnn: Any) -> keras.Layer:
    return layers.Bidirectional(_LAYERS[cell](name=cell, **rnn), merge_mode=merge_mode, name=name)


_BY_RANK = {
    "max_pool": "MaxPooling{}D",
    "avg_pool": "AveragePooling{}D",
    "global_avg_pool": "GlobalAveragePooling{}D",
    "global_max_pool": "GlobalMaxPooling{}D",
    "conv_transpose": "Conv{}DTranspose",
    "depthwise": "DepthwiseConv{}D",
    "separable": "SeparableConv{}D",
    "upsample": "UpSampling{}D",
    "zero_pad": "ZeroPadding{}D",
    "crop": "Cropping{}D",
    "spatial_dropout": "SpatialDropout{}D",
}
_LAYERS: dict[str, Callable[..., keras.Layer]] = {
    "conv1d": layers.Conv1D,
    "conv2d": layers.Conv2D,
    "dense": layers.Dense,
    "time_distributed": _time_distributed,
    "batch_norm": layers.BatchNormalization,
    "layer_norm": layers.LayerNormalization,
    "group_norm": layers.GroupNormalization,
    "activation": _activation,
    "leaky_relu": layers.LeakyReLU,
    "prelu": layers.PReLU,
    "elu": layers.ELU,
    "softmax": layers.Softmax,
    "flatten": layers.Flatten,
    "reshape": layers.Reshape,
    "permute": layers.Permute,
    "repeat_vector": layers.RepeatVector,
    "resize": _resize,
    "add": layers.Add,
    "multiply": layers.Multiply,
    "subtract": layers.Subtract,
    "average": layers.Average,
    "maximum": layers.Maximum,
    "minimum": layers.Minimum,
    "concat": layers.Concatenate,
    "lstm": layers.LSTM,
    "gru": layers.GRU,
    "simple_rnn": layers.SimpleRNN,
    "bidirectional": _bidirectional,
    "embedding": layers.Embedding,
    "mha": layers.MultiHeadAttention,
    "dropout": layers.Dropout,
    "gaussian_noise": layers.GaussianNoise,
    "rescaling": layers.Rescaling,
    "normalization": layers.Normalization,
}
# (kind, setting) -> Keras's argument; "" is any kind
_NAMES = {
    ("", "kernel"): "kernel_size",
    ("", "bias"): "use_bias",
    ("", "dilation"): "dilation_rate",
    ("", "multiplier"): "depth_multiplier",
    ("max_pool", "size"): "pool_size",
    ("avg_pool", "size"): "pool_size",
    ("layer_norm", "axes"): "axis",
    ("leaky_relu", "slope"): "negative_slope",
    ("prelu", "shared"): "shared_axes",
    ("reshape", "shape"): "target_shape",
    ("zero_pad", "amounts"): "padding",
    ("crop", "amounts"): "cropping",
    ("bidirectional", "merge"): "merge_mode",
    ("embedding", "vocabulary"): "input_dim",
    ("embedding", "units"): "output_dim",
    ("mha", "heads"): "num_heads",
    ("gaussian_noise", "sd"): "stddev",
}
