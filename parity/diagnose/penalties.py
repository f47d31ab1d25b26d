"""What Keras's layers add to the loss, or hold their weights to, and no module of torch's does.

Regularisers and constraints change no pass: they are of the loss and of the step, which a port has
in its training loop, where no check of a module sees them. So each is told, with what to add.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from parity.records.comparison import LayerCheck, Ledger, LedgerLine, Step, Variable

ADDS, HOLDS = "Keras adds to the loss", "Keras holds after each step"
EPSILON = "1e-7"  # Keras's, in its constraints
SCALARS = {"L1": ("l1",), "L2": ("l2",), "L1L2": ("l1", "l2")}


def is_told(note: str) -> bool:
    return note.startswith((ADDS, HOLDS))


def lines(layers: Sequence[Step], ledger: Ledger) -> list[LayerCheck]:
    """A line, which passes, for each penalty and each constraint of Keras's layers."""
    found = {}
    for layer in layers:
        for name, weights, note in _of_layer(layer, ledger):
            found[name, note] = LayerCheck(
                name, weights, "pass", note=note, keras_where=layer.where
            )
    return list(found.values())


def _of_layer(layer: Step, ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    """Keras's name, the port's, and what is to be said."""
    places = {line.keras.name: line for line in ledger.lines}
    for config in _configs(layer.settings):
        for setting, value in config.items():
            role, _, what = setting.rpartition("_")
            if what not in ("regularizer", "constraint") or not isinstance(value, dict):
                continue
            kind, given = str(value.get("class_name")), value.get("config") or {}
            if role == "activity":
                yield (
                    layer.name,
                    "",
                    f"{ADDS} {_penalty(kind, given, 'y')} / len(y) of its output y",
                )
                continue
            for variable in layer.variables:
                if not _is_of(variable, role):
                    continue
                line = places.get(variable.name)
                name = line.torch.name if line else "the weight"
                if what == "regularizer":
                    note = f"{ADDS} {_penalty(kind, given, name)}{_decay(kind, given)}"
                else:
                    note = f"{HOLDS} {_held(kind, given, name, line)}"
                yield variable.name, line.torch.name if line else "", note


def of_layers(layers: Sequence[Step]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """A variable, "regularizer" or "constraint", its class and its settings."""
    for layer in layers:
        for config in _configs(layer.settings):
            for setting, value in config.items():
                role, _, what = setting.rpartition("_")
                if what not in ("regularizer", "constraint") or not isinstance(value, dict):
                    continue
                for variable in layer.variables:
                    if _is_of(variable, role):
                        yield (
                            variable.name,
                            what,
                            str(value.get("class_name")),
                            value.get("config") or {},
                        )


def _is_of(variable: Variable, role: str) -> bool:
    own = variable.role.rpartition("/")[2]
    return own in (role, f"{role}_kernel") or (role, own) == ("depthwise", "kernel")


def _configs(settings: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A layer's own, and those of layers that it wraps."""
    yield settings
    for name in ("layer", "backward_layer", "forward_layer"):
        inner = settings.get(name)
        if isinstance(inner, dict):
            yield from _configs(inner.get("config") or {})


def _penalty(kind: str, given: dict[str, Any], name: str) -> str:
    if kind not in SCALARS:
        return f"{kind}({', '.join(f'{k}={v}' for k, v in given.items())}) of {name}"
    terms = {"l1": f"{name}.abs().sum()", "l2": f"({name} ** 2).sum()"}
    scaled = [f"{_figure(given[s])} * {terms[s]}" for s in SCALARS[kind] if given.get(s)]
    return " + ".join(scaled) or f"nothing for {name}"


def _decay(kind: str, given: dict[str, Any]) -> str:
    if kind != "L2":
        return ""
    decay = 2 * float(given.get("l2") or 0.0)
    return (
        f"; or weight_decay={decay:g} for this parameter alone, under torch.optim.SGD or Adam "
        "(AdamW's is another)"
    )


def _held(kind: str, given: dict[str, Any], name: str, line: LedgerLine | None) -> str:
    if kind == "NonNeg":
        return f"{name} at 0 or above: {name}.clamp_(min=0) under torch.no_grad()"
    along = dims(given.get("axis", 0), line)
    norm = f"n = {name}.norm(dim={along}, keepdim=True)"
    if kind == "UnitNorm":
        return f"{name} at norm 1: {norm}; {name}.div_(n + {EPSILON}) under torch.no_grad()"
    if kind == "MaxNorm":
        most = _figure(given.get("max_value", 2))
        scaled = f"{name}.mul_(n.clamp(max={most}) / (n + {EPSILON}))"
        return f"{name} at a norm of at most {most}: {norm}; {scaled} under torch.no_grad()"
    return f"{name} to {kind}({', '.join(f'{k}={v}' for k, v in given.items())})"


def dims(axes: Any, line: LedgerLine | None) -> Any:
    """Torch's dimensions of the port's tensor that answer axes of Keras's variable."""
    chosen = list(axes) if isinstance(axes, list | tuple) else [axes]
    if line is None or line.torch_part is not None:
        return f"(Keras's axis {axes})"
    found = set()
    for axis in chosen:
        shape = [1] * len(line.keras.shape)
        shape[axis] = line.keras.shape[axis]
        numbers = np.broadcast_to(np.arange(shape[axis]).reshape(shape), line.keras.shape)
        moved = line.move.to_torch(numbers.astype(np.float32))
        found |= {d for d in range(moved.ndim) if np.diff(moved, axis=d).any()}
    several = tuple(sorted(found))
    return several[0] if len(several) == 1 else several


def _figure(value: Any) -> str:
    return f"{round(float(value), 9):g}"
