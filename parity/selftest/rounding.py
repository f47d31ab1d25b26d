"""Where Keras on tensorflow computes in float32 in a float64 model too.

Constants of a layer pass through float32 on their way, and tensorflow interpolates in float32
alone. A faithful port is then 1e-9 to 1e-6 away in float64, instead of 1e-16.
"""

import numpy as np

from parity.selftest.spec import Node, Spec

GELU = ("gelu", "gelu_tanh")


def through_float32(spec: Spec) -> tuple[str, ...]:
    """The names of such nodes."""
    return tuple(node.name for node in spec.nodes if _rounds(node))


def _rounds(node: Node) -> bool:
    function = node.get("function") or node.get("activation")
    if function in (*GELU, "leaky_relu"):  # whose slope is 0.2
        return True
    if node.kind in ("upsample", "resize"):
        default = "bilinear" if node.kind == "resize" else "nearest"
        return bool(node.get("interpolation", default) != "nearest")
    return not all(float(np.float32(number)) == number for number in _constants(node))


def _constants(node: Node) -> list[float]:
    if node.kind == "leaky_relu":
        return [node.get("slope", 0.3)]
    if node.kind == "rescaling":
        return [node.settings["scale"], node.get("offset", 0.0)]
    if node.kind == "normalization":
        return [*node.settings["mean"], *node.settings["variance"]]
    if node.kind == "mha":
        return [float(node.settings["key_dim"] ** -0.5)]
    return []
