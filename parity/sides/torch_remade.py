"""A port's optimizer, made otherwise for a diagnosis: other settings, or Keras's own update."""

import inspect
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from parity import semantics
from parity.records import optimizers
from parity.records.training import Remade

TORCH = "torch.optim."


def remade(optimizer: Optimizer, parameters: Iterable[Tensor], wanted: Remade) -> Optimizer:
    """optimizer: the port's own, fresh; its settings stay where nothing else is wanted."""
    if wanted.kind:
        optimizer = _of_kind(wanted.kind, parameters, optimizer.param_groups[0])
    for group in optimizer.param_groups:
        for name, value in wanted.settings.items():
            _set(group, name, value)
    return optimizer


def _of_kind(kind: str, parameters: Iterable[Tensor], group: dict[str, Any]) -> Optimizer:
    is_torch = kind.startswith(TORCH)
    module: Any = torch.optim if is_torch else semantics
    made = getattr(module, kind.removeprefix(TORCH))
    own = {n: v for n, v in group.items() if n != "params" and not isinstance(v, Tensor)}
    settings = own if is_torch else optimizers.in_keras_names(own)
    settings = {("lr" if n == "learning_rate" else n): v for n, v in settings.items()}
    known = inspect.signature(made).parameters
    takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
    names = {*known, *(("weight_decay",) if takes_all else ())}
    given = {n: v for n, v in settings.items() if n in names and v is not None}
    found: Optimizer = made(list(parameters), **given)
    return found


def _set(group: dict[str, Any], name: str, value: Any) -> None:
    """By Keras's name, or what torch.optim calls it."""
    if name in ("beta_1", "beta_2") and "betas" in group:
        first, second = group["betas"]
        group["betas"] = (value, second) if name == "beta_1" else (first, value)
        return
    theirs = [torch for torch, keras in optimizers.SETTINGS.items() if keras == name]
    place = next((own for own in (name, *theirs) if own in group), name)
    group[place] = value
