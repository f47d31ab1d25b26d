"""A port's optimizer, made otherwise for a diagnosis: other settings, or Keras's own update."""

import inspect
from collections.abc import Collection
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from parity import semantics
from parity.records import optimizers
from parity.records.otherwise import Remade

TORCH = "torch.optim."
RATES = ("params", "lr", "initial_lr")
OF = "of"  # of a group that is made here: the place of the one whose learning rate it follows


def remade(
    optimizer: Optimizer, wanted: Remade, first: int = 0, undecayed: Collection[Tensor] = ()
) -> Optimizer:
    """optimizer: the port's own, fresh; its settings stay where nothing else is wanted.

    first: the place of its first group among those of all optimizers; undecayed: the parameters
    that do not decay.
    """
    if wanted.kind and (not wanted.of or first in wanted.of):
        optimizer = _of_kind(wanted.kind, optimizer)
    for place, group in enumerate(optimizer.param_groups, first):
        for setting in wanted.settings:
            if place in setting.groups or not setting.groups:
                _set(group, setting.name, setting.keras)
    for place, group in enumerate([*optimizer.param_groups]):
        still = [p for p in group["params"] if p in undecayed]
        if still:
            group["params"] = [p for p in group["params"] if p not in undecayed]
            own = {name: x for name, x in group.items() if name != "params"}
            optimizer.add_param_group({**own, "params": still, "weight_decay": 0.0, OF: place})
    if wanted.is_rounded:
        for group in optimizer.param_groups:
            group.update({name: _rounded(x) for name, x in group.items() if name not in RATES})
    return optimizer


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_rounded, value))
    return float(np.float32(value)) if isinstance(value, float) else value


def _of_kind(kind: str, optimizer: Optimizer) -> Optimizer:
    is_torch = kind.startswith(TORCH)
    module: Any = torch.optim if is_torch else semantics
    made = getattr(module, kind.removeprefix(TORCH))
    groups = [
        {"params": list(group["params"]), **_given(made, group, is_torch)}
        for group in optimizer.param_groups
    ]
    found: Optimizer = made(groups, **_given(made, optimizer.param_groups[0], is_torch))
    return found


def _given(made: Any, group: dict[str, Any], is_torch: bool) -> dict[str, Any]:
    """What a constructor takes of a group's settings."""
    own = {n: v for n, v in group.items() if n != "params" and not isinstance(v, Tensor)}
    settings = own if is_torch else optimizers.in_keras_names(own)
    settings = {("lr" if n == "learning_rate" else n): v for n, v in settings.items()}
    known = inspect.signature(made).parameters
    takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
    names = {*known, *(("weight_decay",) if takes_all else ())}
    return {n: v for n, v in settings.items() if n in names and v is not None}


def _set(group: dict[str, Any], name: str, value: Any) -> None:
    """By Keras's name, or what torch.optim calls it."""
    for together, names in optimizers.TOGETHER.items():
        if name in names and isinstance(group.get(together), tuple):
            pairs = zip(names, group[together], strict=True)
            group[together] = tuple(value if own == name else held for own, held in pairs)
            return
    theirs = [torch for torch, keras in optimizers.SETTINGS.items() if keras == name]
    place = next((own for own in (name, *theirs) if own in group), name)
    group[place] = value
