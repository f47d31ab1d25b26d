"""Weights that a module computes of other tensors: by a parametrisation, or by a hook ahead of its
pass.

A Linear under `weight_norm` has no parameter `weight`: it has lengths and directions, and makes its
weight of them. Here this is one tensor under the name that the module calls it by. It is read as
what the module makes of the others, and set through the right inverse.

Sources: torch.nn.utils.parametrize; torch.nn.utils.weight_norm, spectral_norm and prune, the older
ways, which register a forward pre-hook.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

NEAR = 1e-6  # of the largest number: what is made of the right inverse is the weight, to float32
PRUNED = "torch.nn.utils.prune"
Parts = dict[str, Tensor]  # what a weight is made of, by the names of the module's own
Hook = WeightNorm | SpectralNorm | BasePruningMethod


class CannotBeError(Exception):
    """Why a weight cannot be what it should; and what it is instead, where that is known."""

    def __init__(self, why: str, instead: Tensor | None = None) -> None:
        super().__init__(why)
        self.instead = instead


class Maker(Protocol):
    """How a weight is made of its parts."""

    @property
    def by(self) -> str:
        """The classes of the functions that make it, in their order, joined by commas."""

    def parts(self) -> Parts: ...

    def made(self, parts: Parts) -> Tensor: ...

    def undone(self, value: Tensor, parts: Parts) -> Parts:
        """Parts of which the value is made, where there are any."""


@dataclass(frozen=True)
class Computed:
    """module.role is the weight; name is its qualified name in the model, as those of its parts."""

    name: str
    module: nn.Module
    role: str
    maker: Maker

    @property
    def parts(self) -> Parts:
        prefix = self.name.removesuffix(self.role)
        return {prefix + name: tensor for name, tensor in self.maker.parts().items()}

    @torch.no_grad()
    def value(self) -> Tensor:
        """The weight as the module has it at inference, in its own float type."""
        return self.maker.made(self.maker.parts())

    @torch.no_grad()
    def inverse(self, value: Tensor) -> Parts:
        """float64 parts of which this value is made. Raises CannotBeError where there are none."""
        wanted, parts = value.double(), _wide(self.maker.parts())
        try:
            found = self.maker.undone(wanted, parts)
            made = self.maker.made(found)
            gap = (made - wanted).abs().max().item() if wanted.numel() else 0.0
        except Exception as error:  # a person's own code
            raise CannotBeError(
                f"its right inverse breaks off: {' '.join(str(error).split())}"
            ) from error
        if not gap <= NEAR * wanted.abs().max().item():
            why = f"what it makes of the right inverse is up to {gap:.1e} away from it"
            raise CannotBeError(why, made if made.isfinite().all() else None)
        prefix = self.name.removesuffix(self.role)
        return {prefix + name: tensor for name, tensor in found.items()}


def of(model: nn.Module) -> dict[str, Computed]:
    """All weights of a model that are computed, by qualified name."""
    found = {}
    for path, module in model.named_modules():
        for role, maker in _makers(module):
            name = f"{path}.{role}" if path else role
            found[name] = Computed(name, module, role, maker)
    return found


def plain(
    module: nn.Module, values: Mapping[str, Tensor]
) -> tuple[type[nn.Module], dict[str, Any]]:
    """The class and the attributes of a module that has its computed weights as parameters.

    values: by role; where one of its own is not among them, the module stays as it is.
    """
    makers = dict(_makers(module))
    state = dict(module.__dict__)
    if not makers or not all(role in values for role in makers):
        return type(module), state
    parts = {name for maker in makers.values() for name in maker.parts()}
    for table in ("_parameters", "_buffers"):
        state[table] = {n: x for n, x in state[table].items() if n not in parts}
    for role in makers:
        state.pop(role, None)  # where a hook keeps it
        state["_parameters"][role] = nn.Parameter(values[role], requires_grad=False)
    state["_modules"] = {n: m for n, m in state["_modules"].items() if n != "parametrizations"}
    hooks = state["_forward_pre_hooks"]
    state["_forward_pre_hooks"] = type(hooks)(
        (number, hook) for number, hook in hooks.items() if not isinstance(hook, Hook)
    )
    return parametrize.type_before_parametrizations(module), state


def _makers(module: nn.Module) -> Iterator[tuple[str, Maker]]:
    """The roles of a module's own computed weights, each with how it is made."""
    if isinstance(module, torch.jit.ScriptModule):
        return
    if parametrize.is_parametrized(module):
        for role, inner in cast(nn.ModuleDict, module.parametrizations).items():
            yield role, Parametrised(role, cast(parametrize.ParametrizationList, inner))
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, Hook):
            role = hook._tensor_name if isinstance(hook, BasePruningMethod) else hook.name
            yield role, Hooked(role, module, hook)


@dataclass(frozen=True)
class Parametrised:
    """By torch.nn.utils.parametrize, one function behind the other."""

    role: str
    inner: parametrize.ParametrizationList

    @property
    def by(self) -> str:
        return ", ".join(type(function).__name__ for function in self.inner)

    def parts(self) -> Parts:
        own = (*self.inner.named_parameters(), *self.inner.named_buffers())
        return {f"parametrizations.{self.role}.{name}": tensor.detach() for name, tensor in own}

    def made(self, parts: Parts) -> Tensor:
        found: Tensor = self._twin(parts)()
        return found

    def undone(self, value: Tensor, parts: Parts) -> Parts:
        """What has no right inverse is taken for what leaves a value that it gave as it is."""
        twin = self._twin(parts)
        for function in reversed(list(twin)):
            if isinstance(function, parametrizations._SpectralNorm) and value.ndim > 1:
                matrix = function._reshape_weight_to_matrix(value)
                function._v.copy_(_unit_sigma(matrix, function._u))
            inverse = getattr(function, "right_inverse", None)
            value = value if inverse is None else inverse(value)
        originals = [value] if isinstance(value, Tensor) else list(value)
        names = ["original"] if twin.is_tensor else [f"original{n}" for n in range(len(originals))]
        for name, original in zip(names, originals, strict=True):
            getattr(twin, name).data = original
        return Parametrised(self.role, twin).parts()

    def _twin(self, parts: Parts) -> parametrize.ParametrizationList:
        """The functions in evaluation mode, in an object of their own, with these parts."""
        twin = copy.deepcopy(self.inner).eval()
        for name, tensor in (*twin.named_parameters(), *twin.named_buffers()):
            tensor.data = parts[f"parametrizations.{self.role}.{name}"].clone()
        return twin


@dataclass(frozen=True)
class Hooked:
    """By one of torch's older hooks, which keep the parts in the module itself."""

    role: str
    module: nn.Module
    hook: Hook

    @property
    def by(self) -> str:
        is_pruned = isinstance(self.hook, BasePruningMethod)
        return PRUNED if is_pruned else type(self.hook).__name__

    def parts(self) -> Parts:
        ends = {
            WeightNorm: ("_g", "_v"),
            SpectralNorm: ("_orig", "_u", "_v"),
        }.get(type(self.hook), ("_orig", "_mask"))
        names = [self.role + end for end in ends]
        return {name: getattr(self.module, name).detach() for name in names}

    def made(self, parts: Parts) -> Tensor:
        held = cast(nn.Module, SimpleNamespace(**parts))
        if isinstance(self.hook, WeightNorm):
            found = self.hook.compute_weight(held)
        elif isinstance(self.hook, SpectralNorm):
            found = self.hook.compute_weight(held, do_power_iteration=False)
        else:
            found = self.hook.apply_mask(held)  # type: ignore[no-untyped-call]
        return cast(Tensor, found)

    def undone(self, value: Tensor, parts: Parts) -> Parts:
        if isinstance(self.hook, WeightNorm):
            lengths = torch.norm_except_dim(value, 2, self.hook.dim)
            return {f"{self.role}_g": lengths, f"{self.role}_v": value}
        found = parts | {f"{self.role}_orig": value}
        if isinstance(self.hook, SpectralNorm):
            matrix = self.hook.reshape_weight_to_matrix(value)
            found[f"{self.role}_v"] = _unit_sigma(matrix, parts[f"{self.role}_u"])
        return found


def _unit_sigma(matrix: Tensor, u: Tensor) -> Tensor:
    """The v for which u^T W v is 1. At inference torch divides by it; in training it makes a unit
    vector of v, in this very direction, before it does so."""
    direction = matrix.T @ u
    return direction / direction.square().sum()


def _wide(parts: Parts) -> Parts:
    return {n: x.double() if x.is_floating_point() else x for n, x in parts.items()}
