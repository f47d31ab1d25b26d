"""A recorded call of torch's, and what stands in its arguments for what the pass computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence
from torch.utils import _pytree as pytree

from parity.records.comparison import Dtype, Step
from parity.sides import signatures
from parity.sides.program import Ref
from parity.sides.uncut import Uncut

UNSEEN = ("setitem",)  # works in place and returns nothing: played as a change of a copy


@dataclass(frozen=True)
class Own:
    """Stands in recorded arguments for the model's own tensor of this name."""

    name: str


@dataclass(frozen=True)
class Packed:
    """Stands in recorded arguments for a PackedSequence, which takes no references."""

    parts: tuple[Any, ...]


pytree.register_pytree_node(
    Packed, lambda packed: (list(packed.parts), None), lambda parts, _: Packed(tuple(parts))
)

# What may stand in arguments and is no nest.
LEAVES = {Own, Ref, Tensor, bool, int, float, str, type(None), torch.dtype}


@dataclass(frozen=True)
class Call:
    step: Step
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    in_place: bool = False


def function_name(function: Callable[..., Any]) -> str:
    """Of what torch.export leaves, as aten's `linear.default`, that of the function: `linear`."""
    return getattr(getattr(function, "overloadpacket", function), "__name__", str(function))


def read_attribute(function: Callable[..., Any]) -> str:
    """The attribute of a tensor, as `mT`, that a function reads; "" of another function."""
    if getattr(function, "__name__", "") != "__get__":
        return ""
    return getattr(getattr(function, "__self__", None), "__name__", "")


def works_in_place(name: str, args: Any, kwargs: Any) -> bool:
    """Does a function change what it is given: `relu_`, `+=`, inplace=True, out=x?"""
    if name.startswith("__i") or (name.endswith("_") and not name.endswith("__")):
        return True
    settings = signatures.bound(name.strip("_"), args, kwargs)
    return bool(settings.get("inplace")) or isinstance(kwargs.get("out"), Tensor)


def invoke(kind: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call a recorded function; what it changed in place, where it returns nothing."""
    with Uncut():
        output = function(*args, **kwargs)
    return args[0] if kind in UNSEEN else output


def opened(tree: Any) -> Any:
    """Packed sequences as nests of tensors."""

    def each(leaf: Any) -> Any:
        return Packed(tuple(leaf)) if isinstance(leaf, PackedSequence) else leaf

    return pytree.tree_map(each, tree, is_leaf=lambda leaf: isinstance(leaf, PackedSequence))


def filled(tree: Any, value: Callable[[Any], Any]) -> Any:
    """A nest of arguments with what each leaf stands for; packed sequences are whole again.

    Of plain nests, which most are, without torch's general way, in which long loops spent half of
    their time.
    """
    kind = type(tree)
    if kind in LEAVES:
        return value(tree)
    if kind is tuple or kind is list:
        return kind([filled(each, value) for each in tree])
    if kind is dict:
        return {name: filled(each, value) for name, each in tree.items()}
    return closed(pytree.tree_map(value, tree))


def closed(tree: Any) -> Any:
    """The way back."""

    def each(leaf: Any) -> Any:
        return PackedSequence(*leaf.parts) if isinstance(leaf, Packed) else leaf

    return pytree.tree_map(each, tree, is_leaf=lambda leaf: isinstance(leaf, Packed))


def as_type(value: Any, dtype: Dtype | None) -> Any:
    """Single and double tensors in this dtype; everything else as it is."""
    if dtype is None or not isinstance(value, Tensor):
        return value
    return (
        value.to(getattr(torch, dtype)) if value.dtype in (torch.float32, torch.float64) else value
    )


def as_float(tensor: Tensor, dtype: Dtype) -> Tensor:
    """What a cast to the model's own type gives, when another is computed in."""
    return tensor.to(getattr(torch, dtype))


def is_own_type(call: Call) -> bool:
    """Is this a cast to float32, the model's own type, which is whatever is computed in?"""
    wanted = [x for x in pytree.tree_leaves((call.args, call.kwargs)) if isinstance(x, torch.dtype)]
    return call.step.kind == "float" or wanted == [torch.float32]
