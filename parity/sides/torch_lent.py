"""A person's torch module, lent for a while, and handed back as it was."""

import contextlib
import copy
import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from parity.records.comparison import Dtype, LowPrecision
from parity.sides import places, torch_computed
from parity.sides.torch_copies import LARGE, WideInUse, copied
from parity.sides.torch_modules import own_tensors
from parity.sides.torch_seeds import devices

FLOATS = (torch.float32, torch.float64)
HOOKS = ("_hooks", "_hooks_with_kwargs", "_hooks_always_called")  # the tables of a module's hooks
TORCHS = frozenset(vars(nn.Module()))  # the attributes that every module has
CONTAINERS = (dict, list, set, OrderedDict, defaultdict, deque)
Makers = Mapping[str, Callable[[], Tensor]]  # of inputs by name; each call makes a tensor anew


@contextlib.contextmanager
def as_it_was(module: nn.Module) -> Iterator[None]:
    """Hand a module back with the modes, attributes, what stands in these, hooks and statistics,
    and torch's generators in the states, that it came with."""
    inside = list(module.modules())
    scripts = [x for x in inside if isinstance(x, torch.jit.ScriptModule)]
    modes = [(x, x.training) for x in scripts if hasattr(x, "training")]  # a frozen one has none
    plain = [x for x in inside if not isinstance(x, torch.jit.ScriptModule)]
    kept = [(x, x.__dict__ | {"_buffers": dict(x._buffers)}) for x in plain]
    filled = _filled(plain)
    buffers = [(x, x.clone()) for x in module.buffers() if not is_lazy(x)]
    # A hook is taken off through a reference to its very table, which stays.
    tables = [table for x in inside for name, table in vars(x).items() if name.endswith(HOOKS)]
    hooks = [(table, dict(table)) for table in tables if isinstance(table, dict)]
    try:
        with torch.random.fork_rng(devices(module)):
            yield
    finally:
        for scripted, mode in modes:
            scripted.training = mode
        for inner, attributes in kept:
            made = {**inner._modules, **inner._parameters}  # what a first call makes, stays
            inner.__dict__.clear()
            inner.__dict__.update({n: x for n, x in attributes.items() if n not in made})
        for container, content in filled:
            container.clear()
            fill = container.extend if isinstance(container, list | deque) else container.update
            fill(content)
        for table, held in hooks:
            table.clear()
            table.update(held)
        for buffer, value in buffers:
            buffer.data.copy_(value)


def _filled(modules: Sequence[nn.Module]) -> list[tuple[Any, Any]]:
    """The containers that modules' attributes hold, as a cache is, each with its content now."""
    waiting = [value for x in modules for name, value in vars(x).items() if name not in TORCHS]
    found: dict[int, tuple[Any, Any]] = {}
    while waiting:
        value = waiting.pop()
        if type(value) in CONTAINERS and id(value) not in found:
            found[id(value)] = (value, copy.copy(value))
            waiting += value.values() if isinstance(value, dict) else value
    return list(found.values())


@contextlib.contextmanager
def holding(
    module: nn.Module,
    overridden: Mapping[str, Tensor],
    dtype: Dtype | LowPrecision | None = None,
    is_plain: bool = True,
    as_they_are: Collection[str] = (),
    is_sparing: bool = False,
) -> Iterator[None]:
    """Let a module hold these tensors, by name, and its floats in this dtype, for a while.

    It works on copies: what it changes in place is forgotten. Its tensors stay the objects that
    they are, and get back the very memory that they had. is_plain: the weights that it computes
    are held as they are; otherwise it computes them anew. as_they_are: those that keep their own
    float type. is_sparing: large tensors are widened to float64 where they are used, no longer.
    """

    def held(name: str, tensor: Tensor) -> Tensor:
        value = overridden.get(name, tensor)
        is_kept = dtype is None or value.dtype not in FLOATS or name in as_they_are
        wanted = value.dtype if is_kept else getattr(torch, str(dtype))
        return copied(value) if value.dtype == wanted else value.to(wanted)

    # Computed before anything is widened: what the port holds is the float32 weight.
    computed = torch_computed.of(module).values() if is_plain else ()
    made = {(x.module, x.role): held(x.name, x.value()) for x in computed}
    kept = [(tensor, tensor.data) for _, tensor in own_tensors(module)]
    inside = [(x, type(x), dict(x.__dict__)) for x in {owner: None for owner, _ in made}]
    try:
        in_use = []
        for name, tensor in own_tensors(module):
            value = overridden.get(name, tensor.data)
            if is_sparing and value.dtype == torch.float32 and value.numel() >= LARGE:
                tensor.data = copied(value)
                in_use.append(tensor)
            else:
                tensor.data = held(name, tensor.data)
        for owner, _, _ in inside:
            roles = {role: value for (other, role), value in made.items() if other is owner}
            _become(owner, *torch_computed.plain(owner, roles))
        with WideInUse(in_use) if in_use else contextlib.nullcontext():
            yield
    finally:
        for owner, kind, attributes in inside:
            _become(owner, kind, attributes)
        for tensor, data in kept:
            tensor.data = data


def is_large(module: nn.Module) -> bool:
    """Does Python alone run a module that holds large tensors?"""
    scripts = any(isinstance(x, torch.jit.ScriptModule) for x in module.modules())
    return not scripts and any(x.numel() >= LARGE for _, x in own_tensors(module))


def _become(module: nn.Module, kind: type[nn.Module], attributes: dict[str, Any]) -> None:
    module.__class__ = kind
    module.__dict__.clear()
    module.__dict__.update(attributes)


def to_inference(module: nn.Module) -> None:
    """Put a module, lent for a while, into evaluation mode.

    What torch.export made stays in the mode in which it was exported, and refuses to be asked.
    """
    try:
        module.eval()
    except NotImplementedError:
        for inner in module.modules():
            inner.training = False


@contextlib.contextmanager
def eagerly() -> Iterator[None]:
    """Run what was compiled as it was written: a compiler rounds otherwise."""
    if "torch._dynamo" not in sys.modules:
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield


@contextlib.contextmanager
def unfused() -> Iterator[None]:
    """Let attention run by the functions that it is written in, as it does under a tape."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def made_anew(inputs: Makers) -> dict[str, Tensor]:
    """Tensors that a module may change in place: nobody else has them."""
    return {name: make() for name, make in inputs.items()}


def told(broken: BaseException) -> str:
    """What a person's code raised, in a line, and where in that code."""
    if isinstance(broken, SystemExit):
        return f"the module left Python by sys.exit({broken.code!r})"
    said = str(broken).strip()
    if "Traceback" in said and "TorchScript" in said:  # behind it stands what was raised
        return said.splitlines()[-1].strip()
    where = places.raising(broken)
    return f"{type(broken).__name__}: {' '.join(said.split())}{f' ({where})' if where else ''}"
