"""Write a whole port: every node by the function for its kind."""

import random
from collections.abc import Callable

from parity.selftest.port.activation import activation, elu, leaky_relu, prelu, softmax
from parity.selftest.port.attention import attention
from parity.selftest.port.convolution import (
    conv_transpose,
    convolution,
    depthwise,
    resize,
    separable,
    upsample,
)
from parity.selftest.port.dense import dense
from parity.selftest.port.merging import concat, merge
from parity.selftest.port.normalising import (
    batch_norm,
    dropout,
    gaussian_noise,
    group_norm,
    layer_norm,
    normalization,
    rescaling,
)
from parity.selftest.port.pooling import avg_pool, global_pool, max_pool
from parity.selftest.port.recurrent import embedding, recurrent
from parity.selftest.port.shaping import (
    ELEMENTWISE,
    cast,
    crop,
    flatten,
    flip_channels,
    permute,
    repeat_vector,
    reshape,
    zero_pad,
)
from parity.selftest.port.writer import Port, Value, Writer
from parity.selftest.spec import Input, Spec

# Layers of torch that take sequences as (N, C, T)
CHANNELS_FIRST = {
    "conv1d",
    "conv_transpose",
    "depthwise",
    "separable",
    "max_pool",
    "avg_pool",
    "upsample",
    "zero_pad",
    "crop",
    "batch_norm",
    "group_norm",
    "spatial_dropout",
    "prelu",
}


def write(spec: Spec) -> Port:
    w = Writer(spec)
    values = {wanted.name: _shown(spec, wanted) for wanted in spec.inputs}
    first = tuple(value.first for value in values.values())
    for node in spec.nodes:
        w.begin(node)
        taken = [values[name] for name in node.inputs]
        values[node.name] = _WRITTEN[node.kind](w, *taken)
    output = values[spec.output.name]
    return Port(_source(w, output.code), tuple(w.places), w.modules, first, output.first)


def _shown(spec: Spec, wanted: Input) -> Value:
    rank = len(wanted.shape)
    first = rank >= 3 or (rank == 2 and _leads_to_convolution(spec, wanted.name))
    return Value(wanted.name, wanted.shape, first)


def _leads_to_convolution(spec: Spec, name: str) -> bool:
    return any(
        reader.kind in CHANNELS_FIRST
        or (reader.kind in ELEMENTWISE and _leads_to_convolution(spec, reader.name))
        for reader in spec.readers(name)
    )


def _source(w: Writer, output: str) -> str:
    """People make modules in the order of the graph, or in another one."""
    made = list(w.made)
    if w.spec.style % 3 == 2:
        random.Random(w.spec.style).shuffle(made)
    inputs = ", ".join(wanted.name for wanted in w.spec.inputs)
    lines = [
        "class Net(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        *(f"        {line}" for line in made),
        "",
        f"    def forward(self, {inputs}):",
        *(f"        {line}" for line in w.lines),
        f"        return {output}",
    ]
    return "\n".join(lines) + "\n"


_WRITTEN: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(("conv1d", "conv2d"), convolution),
    **dict.fromkeys(("dense", "time_distributed"), dense),
    **dict.fromkeys(("global_avg_pool", "global_max_pool"), global_pool),
    **dict.fromkeys(("add", "multiply", "subtract", "average", "maximum", "minimum"), merge),
    **dict.fromkeys(("lstm", "gru", "simple_rnn", "bidirectional"), recurrent),
    **dict.fromkeys(("dropout", "spatial_dropout"), dropout),
    "depthwise": depthwise,
    "separable": separable,
    "conv_transpose": conv_transpose,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "upsample": upsample,
    "resize": resize,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "activation": activation,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "elu": elu,
    "softmax": softmax,
    "flatten": flatten,
    "reshape": reshape,
    "permute": permute,
    "repeat_vector": repeat_vector,
    "zero_pad": zero_pad,
    "crop": crop,
    "concat": concat,
    "embedding": embedding,
    "mha": attention,
    "gaussian_noise": gaussian_noise,
    "rescaling": rescaling,
    "normalization": normalization,
    "cast": cast,
    "flip_channels": flip_channels,
}
