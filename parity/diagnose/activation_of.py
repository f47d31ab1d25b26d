"""Which activation a Keras layer has, and which one a torch step is, in Keras's terms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parity.diagnose import reading
from parity.diagnose.hypothesis import Case
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Step

# torch's kind -> Keras's name
KINDS = {
    **{name.lower(): name.lower() for name in ("ReLU", "ReLU6", "ELU", "CELU", "SELU", "GELU")},
    **{name: name.lower() for name in ("ReLU", "ReLU6", "ELU", "CELU", "SELU", "GELU", "GLU")},
    **{name.lower(): name.lower() for name in ("GLU", "SiLU", "Mish", "Softplus", "Softsign")},
    **{name: name.lower() for name in ("SiLU", "Mish", "Softplus", "Softsign", "Softmax")},
    **{name: name.lower() for name in ("Sigmoid", "Tanh")},
    **{name: name for name in ("softmax", "log_softmax", "log_sigmoid", "sigmoid", "tanh")},
    **dict.fromkeys(("LeakyReLU", "leaky_relu"), "leaky_relu"),
    **dict.fromkeys(("LogSoftmax",), "log_softmax"),
    **dict.fromkeys(("LogSigmoid",), "log_sigmoid"),
    **dict.fromkeys(("Hardsigmoid", "hardsigmoid"), "hard_sigmoid"),
    **dict.fromkeys(("Hardswish", "hardswish"), "hard_silu"),
    **dict.fromkeys(("Hardtanh", "hardtanh"), "hard_tanh"),
    **dict.fromkeys(("Tanhshrink", "tanhshrink"), "tanh_shrink"),
    **dict.fromkeys(("Hardshrink", "hardshrink"), "hard_shrink"),
    **dict.fromkeys(("Softshrink", "softshrink"), "soft_shrink"),
    "exp": "exponential",
}
_SAME = {"swish": "silu", "hard_swish": "hard_silu"}
# Keras's name -> how torch writes it
EXPRESSIONS = {
    **{name: f"F.{name}(x)" for name in ("relu", "relu6", "selu", "silu", "mish", "softplus")},
    **{name: f"torch.{name}(x)" for name in ("sigmoid", "tanh")},
    "softsign": "F.softsign(x)",
    "hard_sigmoid": "F.hardsigmoid(x)",
    "hard_sigmoid_of_keras_2": "(0.2 * x + 0.5).clamp(0, 1)",
    "quick_gelu": "x * torch.sigmoid(1.702 * x)",
    "hard_silu": "F.hardswish(x)",
    "hard_tanh": "F.hardtanh(x)",
    "tanh_shrink": "F.tanhshrink(x)",
    "log_sigmoid": "F.logsigmoid(x)",
    "exponential": "torch.exp(x)",
    "hard_shrink": "F.hardshrink(x)",
    "soft_shrink": "F.softshrink(x)",
    "threshold": "F.threshold(x, 1.0, 0.0)",
    "squareplus": "(x + (x * x + 4).sqrt()) / 2",
    "sparse_plus": "torch.where(x < 1, (x + 1).clamp(min=0).square() / 4, x)",
    "linear": "x",
}
SOFTMAXES = ("Softmax", "softmax", "LogSoftmax", "log_softmax")
LAYERS = ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")
# Functions of keras.ops, where they are steps of their own.
OPERATIONS = {kind: name for kind, name in KERAS.items() if name in {*KINDS.values()}}
# Their activations are those of the gates.
INNER = ("RNN", "LSTM", "GRU", "Bidirectional", "Attention")


@dataclass(frozen=True)
class Activation:
    name: str  # Keras's; "" for a person's own
    settings: dict[str, Any] = field(default_factory=dict)

    def written(self, x: str = "x") -> str:
        """As an expression of PyTorch."""
        return re.sub(r"\bx\b", x, self._expression)

    @property
    def _expression(self) -> str:
        given = self.settings
        if self.name == "gelu":
            return "F.gelu(x, approximate='tanh')" if given.get("approximate") else "F.gelu(x)"
        if self.name == "relu" and given:
            most, least = given["max_value"], given["threshold"]
            above = "x" if most is None else f"x.clamp(max={most})"
            return f"torch.where(x >= {least}, {above}, {given['negative_slope']} * (x - {least}))"
        shown = "".join(f", {name}={value!r}" for name, value in given.items())
        return EXPRESSIONS.get(self.name, f"F.{self.name}(x{shown})")


def of_layer(case: Case, step: Step) -> Activation | None:
    """The activation of a Keras layer; None for a layer that has no such thing."""
    if any(name in step.kind for name in INNER):
        return None
    config = step.settings
    if step.kind == "TimeDistributed":
        inner: Any = config.get("layer", {})
        wrapped = replace(step, kind=inner.get("class_name", ""), settings=inner.get("config", {}))
        return of_layer(case, wrapped)
    if step.kind == "ReLU":
        return _relu(config)
    if step.kind == "LeakyReLU":
        return Activation("leaky_relu", {"negative_slope": config.get("negative_slope", 0.3)})
    if step.kind == "ELU":
        return Activation("elu", {"alpha": config.get("alpha", 1.0)})
    if step.kind == "Softmax":
        return _over_axes("softmax", case, config.get("axis", -1))
    if step.kind in OPERATIONS:
        return _of_operation(case, step)
    name = config.get("activation", step.activation or None)
    if isinstance(name, dict):  # a layer, or a function, as Keras writes it down
        inner = name.get("config")
        if name.get("class_name") in (*LAYERS, *OPERATIONS):
            return of_layer(case, replace(step, kind=name["class_name"], settings=inner))
        name = inner
    if name is None:
        return Activation("linear")
    return _known(case, _SAME.get(name, name) if isinstance(name, str) else "")


def _of_operation(case: Case, step: Step) -> Activation:
    """A function of keras.ops; its settings stand in the call."""
    known = _known(case, OPERATIONS[step.kind])
    given = {name: step.settings[name] for name in known.settings if name in step.settings}
    if known.name == "log_softmax":
        return _over_axes("log_softmax", case, step.settings.get("axis", -1))
    return replace(known, settings=known.settings | given)


def _over_axes(name: str, case: Case, axis: int | Sequence[int] | None) -> Activation:
    """torch's run over one axis; over several, or all, as Keras's may, it is no function of
    torch's."""
    axes = [axis] if isinstance(axis, int) else [*(axis or ())]
    if len(axes) != 1:
        return Activation("")
    own = next((x for x in case.torch if x.kind in SOFTMAXES), None)
    return Activation(name, {"dim": reading.axis_at(case, own, axes[0])})


def _known(case: Case, name: str) -> Activation:
    defaults: dict[str, dict[str, Any]] = {
        "leaky_relu": {"negative_slope": 0.2},
        "elu": {"alpha": 1.0},
        "celu": {"alpha": 1.0},
        "gelu": {"approximate": False},
        "softmax": {"dim": channel_axis(case)},
        "log_softmax": {"dim": channel_axis(case)},
    }
    names = {*KINDS.values(), *EXPRESSIONS, "squareplus", "sparse_plus", "sparsemax", "threshold"}
    return Activation(name if name in names else "", defaults.get(name, {}))


def _relu(config: dict[str, Any]) -> Activation:
    given = (config.get("negative_slope"), config.get("max_value"), config.get("threshold"))
    slope, most, threshold = given
    if not threshold and most is None:
        return Activation("leaky_relu", {"negative_slope": slope}) if slope else Activation("relu")
    if not threshold and not slope and most == 6:
        return Activation("relu6")
    names = ("negative_slope", "max_value", "threshold")
    return Activation("relu", dict(zip(names, (slope or 0.0, most, threshold or 0.0), strict=True)))


def channel_axis(case: Case) -> int:
    """Where the port's output has Keras's last axis."""
    shape, keras = case.torch[-1].shape, reading.layer(case).shape
    if len(case.axes) == len(shape) == len(reading.layer_input(case)):
        return reading.axis_at(case, None, -1)
    if len(case.axes) == len(shape):
        return case.axes[-1]
    return 1 if len(shape) > 2 and shape[1] == keras[-1] != shape[-1] else len(shape) - 1


def of_step(step: Step) -> Activation | None:
    """The activation that a torch step is, with its settings; None for another step."""
    name, settings = KINDS.get(step.kind), step.settings
    if name is None:
        return None
    if name == "leaky_relu":
        return Activation(name, {"negative_slope": settings.get("negative_slope", 0.01)})
    if name in ("elu", "celu"):
        return Activation(name, {"alpha": settings.get("alpha", 1.0)})
    if name == "gelu":
        return Activation(name, {"approximate": settings.get("approximate", "none") == "tanh"})
    if name in ("softmax", "log_softmax"):
        rank, dim = len(step.shape), settings.get("dim")
        implicit = 0 if rank in (0, 1, 3) else 1
        return Activation(name, {"dim": implicit if dim is None else dim % rank})
    return Activation(name)
