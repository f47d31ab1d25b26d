"""Activations, each in the ways that people write it."""

from dataclasses import replace

from parity.selftest.port import moves
from parity.selftest.port.writer import Value, Writer

# The module, then functions and methods of {x}
WRITTEN: dict[str, tuple[str, ...]] = {
    "relu": ("nn.ReLU()", "F.relu({x})", "torch.relu({x})", "{x}.relu()"),
    "sigmoid": ("nn.Sigmoid()", "torch.sigmoid({x})", "{x}.sigmoid()", "F.sigmoid({x})"),
    "tanh": ("nn.Tanh()", "torch.tanh({x})", "{x}.tanh()"),
    "elu": ("nn.ELU()", "F.elu({x})"),
    "selu": ("nn.SELU()", "F.selu({x})"),
    "softplus": ("nn.Softplus()", "F.softplus({x})"),
    "softsign": ("nn.Softsign()", "F.softsign({x})"),
    "silu": ("nn.SiLU()", "F.silu({x})", "{x} * torch.sigmoid({x})"),
    "gelu": ("nn.GELU()", "F.gelu({x})"),
    "gelu_tanh": ('nn.GELU(approximate="tanh")', 'F.gelu({x}, approximate="tanh")'),
    "mish": ("nn.Mish()", "F.mish({x})"),
    "relu6": ("nn.ReLU6()", "F.relu6({x})", "{x}.clamp(0, 6)"),
    "hard_sigmoid": ("nn.Hardsigmoid()", "F.hardsigmoid({x})"),
    "hard_silu": ("nn.Hardswish()", "F.hardswish({x})"),
    "leaky_relu": ("nn.LeakyReLU(0.2)", "F.leaky_relu({x}, 0.2)"),
    "exponential": ("torch.exp({x})", "{x}.exp()"),
    "square": ("torch.square({x})",),
    "old_hard_sigmoid": ("(0.2 * {x} + 0.5).clamp(0, 1)",),  # Keras 2's
}


def activate(w: Writer, value: Value, function: str | None) -> Value:
    """The activation that is fused into a layer, on that layer's own variable."""
    if function in (None, "linear"):
        return value
    assert function is not None
    if function in ("softmax", "log_softmax"):
        return softmax(w, value, function=function)
    ways = WRITTEN[function]
    if function == "relu":  # nobody else reads the value before the activation
        ways = (*ways, "nn.ReLU(inplace=True)", "F.relu_({x})")
    return _written(w, value, w.pick(*ways), part="act")


def activation(w: Writer, value: Value) -> Value:
    function = w.node.settings["function"]
    if function in ("softmax", "log_softmax"):
        return softmax(w, value, function=function)
    if function == "linear":
        return value
    return _written(w, value, w.pick(*WRITTEN[function]))


def softmax(w: Writer, value: Value, function: str = "softmax") -> Value:
    axis = w.axis(value, w.node.get("axis", -1))
    module = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}[function]
    ways = [
        f"nn.{module}(dim={axis})",
        f"{{x}}.{function}({axis})",
        f"F.{function}({{x}}, dim={axis})",
        f"torch.{function}({{x}}, {axis})",
    ]
    return _written(w, value, w.pick(*ways), part="act" if w.node.kind != "softmax" else "")


def leaky_relu(w: Writer, value: Value) -> Value:
    slope = w.node.get("slope", 0.3)
    ways = f"nn.LeakyReLU({slope})", f"F.leaky_relu({{x}}, {slope})"
    return _written(w, value, w.pick(*ways))


def elu(w: Writer, value: Value) -> Value:
    alpha = w.node.get("alpha", 1.0)
    return _written(w, value, w.pick(f"nn.ELU({alpha})", f"F.elu({{x}}, {alpha})"))


def prelu(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    slopes = 1 if w.node.get("one_slope") else value.shape[-1]
    name = w.module(f"nn.PReLU({slopes})")
    w.place(f"{name}.weight", "alpha", move=moves.flat)
    return replace(value, code=w.let(f"self.{name}({value.code})"))


def _written(w: Writer, value: Value, way: str, part: str = "") -> Value:
    if way.startswith("nn."):
        way = f"self.{w.module(way, part)}({{x}})"
    return replace(value, code=w.let(way.format(x=value.code)))
