"""How a person's torch module is called: by place, by name, or with a dictionary or a list."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from parity.records.inputs import Arguments
from parity.sides import torch_inference_draws

# The inputs' names say where they go: "0" the first by place, "x" an argument's name, "0[left]" an
# item of a dictionary that is the first, "batch[1]" one of a list under a name.
ITEM = re.compile(r"([^\[\]]+)\[(.*)\]")


def call(module: nn.Module, inputs: Mapping[str, Tensor], is_trained: bool = False) -> Any:
    """With each input where its name says that it goes. is_trained: in a step of a training?"""
    found: dict[str, Any] = {}
    for name, tensor in inputs.items():
        item = ITEM.fullmatch(name)
        if item is None:
            found[name] = tensor
        else:
            found.setdefault(item[1], {})[item[2]] = tensor
    whole = {name: _listed(x) if isinstance(x, dict) else x for name, x in found.items()}
    places = sorted((name for name in whole if name.isdecimal()), key=int)
    named = {name: x for name, x in whole.items() if not name.isdecimal()}
    with torch_inference_draws.handed(module, inputs.values(), is_trained):
        return module(*(whole[name] for name in places), **named)


def given(
    module: nn.Module, names: Iterable[str], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> list[Any]:
    """What a call gives for these names, in their order. Raises TypeError or LookupError where it
    lacks one."""
    bound = {**inspect.signature(module.forward).bind(*args, **kwargs).arguments, **kwargs}
    by_place = [*args, *[*bound.values()][len(args) :]]

    def taken(name: str) -> Any:
        item = ITEM.fullmatch(name)
        if item is not None:
            whole = taken(item[1])
            return whole[item[2]] if isinstance(whole, Mapping) else whole[int(item[2])]
        return by_place[int(name)] if name.isdecimal() else bound[name]

    return [taken(name) for name in names]


def _listed(items: dict[str, Tensor]) -> Any:
    """As a list, where the items' names are places."""
    if not all(name.isdecimal() for name in items):
        return items
    return [items[name] for name in sorted(items, key=int)]


def arguments(module: nn.Module) -> Arguments:
    """What `forward` takes; any number by place, where it does not say."""
    try:
        found = list(inspect.signature(module.forward).parameters.values())
    except (TypeError, ValueError):  # compiled, or written in C
        return Arguments(any_number=True)
    kinds = {x.kind for x in found}
    placed = [x for x in found if x.kind in (x.POSITIONAL_ONLY, x.POSITIONAL_OR_KEYWORD)]
    named = sorted((x for x in found if x.kind is x.KEYWORD_ONLY), key=_has_default)
    return Arguments(
        tuple(x.name for x in placed),
        sum(not _has_default(x) for x in placed),
        tuple(x.name for x in named),
        any_number=inspect.Parameter.VAR_POSITIONAL in kinds,
        any_name=inspect.Parameter.VAR_KEYWORD in kinds,
    )


def _has_default(argument: inspect.Parameter) -> bool:
    return argument.default is not argument.empty
