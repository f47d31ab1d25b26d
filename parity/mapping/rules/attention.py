"""Multi-head attention: heads are axes of Keras's kernels, and blocks of rows of torch's."""

import math

from parity.mapping.rules import moves
from parity.mapping.rules.registry import Context, Place, Places, Shape, rule

PARTS = ("query", "key", "value", "attention_output")
LINEAR = ("Linear", "linear")


@rule("MultiHeadAttention", ("MultiheadAttention", *LINEAR), operation="multi_head_attention")
@rule("GroupedQueryAttention", LINEAR, operation="multi_head_attention")
def multi_head_attention(context: Context) -> Places:
    """Kernels of query, key and value are (in, heads, size), that of the output (heads, size, out).

    In torch they are matrices, (heads * size, in) and (out, heads * size). Of three Linears one has
    two parts: shapes do not tell which.
    """
    if "2.weight" in context.torch and "3.weight" not in context.torch:
        return Places()
    roles = _roles(context.torch)
    used = [role for pair in roles for role in pair]
    lines = []
    start = 0
    for part, (weight, bias) in zip(PARTS, roles, strict=True):
        shape = context.keras[f"{part}/kernel"]
        split = 2 if part == "attention_output" else 1
        features = shape[split:]
        stop = start + math.prod(features)
        kernel = moves.matrix(shape, range(split, len(shape)), range(split))
        flat = moves.reshaped(features, (stop - start,))
        for keras, move, torch in (("kernel", kernel, weight), ("bias", flat, bias)):
            if f"{part}/{keras}" in context.keras:
                rows = (start, stop) if used.count(torch) > 1 else None
                lines.append(Place(f"{part}/{keras}", move, torch, torch_rows=rows))
        start = stop
    return Places(tuple(lines))


def _roles(torch: dict[str, Shape]) -> list[tuple[str, str]]:
    """The roles of the weight and the bias for each part; stacked parts have the same."""
    out = ("out_proj.weight", "out_proj.bias")
    if "q_proj_weight" in torch:  # key and value have other sizes than the query
        return [*((f"{part}_proj_weight", "in_proj_bias") for part in "qkv"), out]
    if "0.weight" not in torch:
        return [*[("in_proj_weight", "in_proj_bias")] * 3, out]
    steps = range(4) if "3.weight" in torch else (0, 0, 0, 1)  # four Linears, or three stacked
    return [(f"{step}.weight", f"{step}.bias") for step in steps]
