"""How a fix is written: a step of the port done otherwise, as a line of PyTorch that runs.

In a line, `x` is what the step takes and `y` what it gives; other arguments have the names that
torch gives them, and `self` is the port. An expression is what stands in the step's place: a module
that takes over its weights, or a tensor.
"""

from typing import Any

from parity.diagnose import reading
from parity.records.comparison import Step

_WITH_BIAS = reading.CONVOLUTIONS | reading.TRANSPOSED | reading.RECURRENT | {"Linear"}
_CONVOLUTION = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1}
_RECURRENT = {"num_layers": 1, "dropout": 0.0, "batch_first": False, "bidirectional": False}
# Of each kind: the arguments without a default, and those with one.
_ARGUMENTS: tuple[tuple[frozenset[str], tuple[str, ...], dict[str, Any]], ...] = (
    (
        reading.CONVOLUTIONS | reading.TRANSPOSED,
        ("in_channels", "out_channels", "kernel_size"),
        _CONVOLUTION | {"padding_mode": "zeros"},
    ),
    (
        reading.BATCH_NORMS,
        ("num_features",),
        {"eps": 1e-5, "momentum": 0.1, "affine": True, "track_running_stats": True},
    ),
    (
        reading.INSTANCE_NORMS,
        ("num_features",),
        {"eps": 1e-5, "momentum": 0.1, "affine": False, "track_running_stats": False},
    ),
    (
        frozenset(("LayerNorm", "RMSNorm")),
        ("normalized_shape",),
        {"eps": 1e-5, "elementwise_affine": True},
    ),
    (frozenset(("Linear",)), ("in_features", "out_features"), {}),
    (frozenset(("GroupNorm",)), ("num_groups", "num_channels"), {"eps": 1e-5, "affine": True}),
    (reading.MAX_POOLS, ("kernel_size",), {"stride": None, "padding": 0, "ceil_mode": False}),
    (
        reading.AVERAGE_POOLS,
        ("kernel_size",),
        {"stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True},
    ),
    (reading.RECURRENT, ("input_size", "hidden_size"), {"nonlinearity": "tanh"} | _RECURRENT),
    (
        frozenset(("MultiheadAttention",)),
        ("embed_dim", "num_heads"),
        {"dropout": 0.0, "batch_first": False},
    ),
)
# The tensors that a function of torch.nn.functional takes behind its input.
_TENSORS = {
    "linear": ("weight", "bias"),
    **dict.fromkeys(reading.CONVOLUTIONS | reading.TRANSPOSED, ("weight", "bias")),
    "batch_norm": ("running_mean", "running_var", "weight", "bias"),
    "layer_norm": ("normalized_shape", "weight", "bias"),
    "rms_norm": ("normalized_shape", "weight"),
    "group_norm": ("num_groups", "weight", "bias"),
}


def with_settings(step: Step, **settings: Any) -> str:
    """The step with these settings in place of its own."""
    return _module(step, settings) if reading.is_module(step) else _function(step, settings)


def called(step: Step, given: str = "x") -> str:
    """The step as it is, with this given to it."""
    if reading.is_module(step):
        return f"{module(step)}({given})"
    return _function(step, {}).replace("(x", f"({given}", 1)


def module(step: Step) -> str:
    """The step's module, as the port knows it."""
    return attribute(step.path)


def attribute(name: str) -> str:
    """A module or a tensor of the port by its qualified name: `self.blocks[0].weight`."""
    parts = (f"[{part}]" if part.isdecimal() else f".{part}" for part in name.split("."))
    return "self" + "".join(parts)


def at_inference(step: Step) -> str:
    """What tells it that nothing is trained."""
    return "model.eval()" if reading.is_module(step) else with_settings(step, training=False)


def without(*steps: Step) -> str:
    return f"y = x  # without {', '.join(step.name for step in steps)}"


def number(value: Any) -> str:
    """A number to its last digit, as Python reads it."""
    if isinstance(value, tuple | list):
        return f"({', '.join(map(number, value))}{',' if len(value) == 1 else ''})"
    return (
        f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else repr(value)
    )


def _module(step: Step, settings: dict[str, Any]) -> str:
    if "keras_backend" in step.settings:  # a layer of parity.semantics
        own = ("num_features", "momentum", "eps")
        count, kept, eps = (number((step.settings | settings)[name]) for name in own)
        return f"parity.semantics.{step.kind}({count}, momentum={kept}, epsilon={eps})"
    known = step.settings | settings
    first: tuple[str, ...] = ()
    others = known
    for kinds, needed, defaults in _ARGUMENTS:
        if step.kind in kinds:
            first, others = needed, defaults
    shown = [number(known[name]) for name in first if name in known]
    for name, default in others.items():
        value = known.get(name, default)
        if name in settings or (name in known and not _is_default(value, default)):
            shown.append(f"{name}={number(value)}")
    has_bias = settings.get("bias") or any("bias" in v.role for v in step.variables)
    if step.kind in _WITH_BIAS and not has_bias:
        shown.append("bias=False")
    return f"nn.{step.kind}({', '.join(shown)})"


def _is_default(value: Any, default: Any) -> bool:
    several = value if isinstance(value, tuple | list) else (value,)
    return all(one == default for one in several)


def _function(step: Step, settings: dict[str, Any]) -> str:
    held = [variable.role for variable in step.variables]
    known = step.settings | settings
    has_bias = bool(known.pop("bias", False))
    shown = ["x"]
    for name in _TENSORS.get(step.kind, ()):
        if name in known:
            shown.append(number(known.pop(name)))
        else:
            is_given = name in held or (name == "bias" and has_bias)
            shown.append(name if is_given else "None")
    while shown[-1] == "None":
        shown.pop()
    shown += [f"{name}={number(value)}" for name, value in known.items() if name != "inplace"]
    return f"F.{step.kind}({', '.join(shown)})"
