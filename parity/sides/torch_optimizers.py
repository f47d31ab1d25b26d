"""The PyTorch side, third part: a port's optimizers, their settings and their state."""

import copy
import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from parity.records.comparison import Array
from parity.sides.torch_arrays import array
from parity.sides.torch_batches import TorchBatches

GLOBAL = ""  # the owner of slots that belong to no parameter: iterations, Nadam's product

Slots = dict[str, dict[str, Array]]  # role -> parameter -> value

MOMENTUM = "momentum_buffer"
SIGNS = {torch.optim.SGD: -1.0, torch.optim.RMSprop: 1.0}


class TorchOptimizers(TorchBatches):
    def rates(self, key: str, count: int) -> tuple[float, ...]:
        """The learning rates of steps 1, 2, ... of a fresh training."""
        held = self._held[key]
        assert held.optimizer is not None
        if held.lent is not None and held.lent.is_by_loss and held.rates:
            return tuple(x for step, x in sorted(held.rates.items()) if step <= count)
        found = []
        self.mark(key)
        with held.entered(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no step is made here
            if held.lent is not None:
                held.lent.begin()
            for step in range(1, count + 1):
                found.append(float(held.optimizer.param_groups[0]["lr"]))
                self._schedule(held, step)
        self.restore(key)
        return tuple(found)

    def hyperparameters(self, key: str) -> list[dict[str, Any]]:
        held = self._held[key]
        names = {parameter: name for name, parameter in held.model.named_parameters()}
        found = []
        with held.entered():
            for optimizer in held.optimizers:
                kind = type(optimizer)
                named = {"optimizer": kind.__name__, "module": kind.__module__}
                for group in optimizer.param_groups:
                    settings = {n: v for n, v in group.items() if not _is_state(v)}
                    if isinstance(optimizer, torch.optim.SGD):  # it may be lent rounded
                        settings["momentum"] = float(str(np.float32(settings["momentum"])))
                    moved = [names[x] for x in settings.pop("params") if x in names]
                    found.append({**named, **settings, "variables": moved})
        return found

    def slots(self, key: str) -> Slots:
        held = self._held[key]
        assert held.optimizer is not None
        found: Slots = {}
        with held.entered():
            for optimizer in held.optimizers:
                factors = _factors(optimizer)
                for name, parameter in held.model.named_parameters():
                    for role, value in optimizer.state.get(parameter, {}).items():
                        if isinstance(value, Tensor):
                            factor = factors.get((role, parameter))
                            own = value if factor is None else value * factor
                            found.setdefault(role, {})[name] = array(own)
                for role, value in optimizer.param_groups[0].items():
                    if isinstance(value, Tensor):
                        found.setdefault(role, {})[GLOBAL] = array(value)
        return found

    def mark(self, key: str) -> None:
        held = self._held[key]
        with held.entered():
            scheduler = held.lent and held.lent.scheduler
            state = {
                "model": self.weights(key),
                "optimizers": [x.state_dict() for x in held.optimizers],
                "scheduler": scheduler.state_dict() if scheduler else {},
                "gradients": [p.grad for p in held.model.parameters()] if held.is_stepped else [],
            }
            held.marked = copy.deepcopy(state)
            if held.lent:
                held.marked["attributes"] = held.lent.attributes
                held.marked["epoch"] = held.lent.epoch

    def restore(self, key: str) -> None:
        held = self._held[key]
        assert held.marked is not None
        self.assign(key, held.marked["model"])
        with held.entered():
            marked = copy.deepcopy({n: x for n, x in held.marked.items() if n != "attributes"})
            for optimizer, state in zip(held.optimizers, marked["optimizers"], strict=True):
                optimizer.load_state_dict(state)
            for parameter, gradient in zip(
                held.model.parameters(), marked["gradients"], strict=False
            ):
                parameter.grad = gradient
            if held.lent:
                held.lent.restore(held.marked["attributes"])
                held.lent.epoch = held.marked["epoch"]
            if held.lent and held.lent.scheduler:
                held.lent.scheduler.load_state_dict(marked["scheduler"])

    def adopt(self, key: str, weights: dict[str, Array], slots: Slots) -> None:
        self.assign(key, weights)
        held = self._held[key]
        names = dict(held.model.named_parameters())
        with held.entered():
            for optimizer in held.optimizers:
                own = {id(p) for group in optimizer.param_groups for p in group["params"]}
                factors = _factors(optimizer)
                for role, of in slots.items():
                    for name, value in of.items():
                        if name == GLOBAL:
                            for group in optimizer.param_groups:
                                _put(group, role, value, like=None)
                        elif id(names[name]) in own:
                            factor = factors.get((role, names[name]))
                            given = value if factor is None else value / factor
                            _put(optimizer.state[names[name]], role, given, like=names[name])


def _factors(optimizer: Optimizer) -> dict[tuple[str, Tensor], float]:
    """By what to multiply torch's momentum, which knows nothing of the learning rate, for Keras's,
    which holds what is added to the weight (SGD) or taken from it (RMSprop)."""
    sign = next((x for kind, x in SIGNS.items() if isinstance(optimizer, kind)), 0.0)
    return {
        (MOMENTUM, parameter): sign * float(group["lr"])
        for group in optimizer.param_groups
        for parameter in group["params"]
        if sign and group["lr"]
    }


def _put(place: dict[str, Any], role: str, value: Array, like: Tensor | None) -> None:
    """Set a number or tensor of an optimizer's state, which may not have made a step yet."""
    tensor = torch.as_tensor(value)
    if role in place and isinstance(place[role], Tensor):
        place[role].copy_(tensor)
    elif like is not None and tensor.ndim:
        place[role] = torch.empty_like(like).copy_(tensor)  # in the weight's memory format
    else:
        place[role] = tensor.clone()


def _is_state(value: Any) -> bool:
    return isinstance(value, Tensor)
