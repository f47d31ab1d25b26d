"""What a torch module is, and what it owns: the classes that a tape does not look into."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize

from parity.records.comparison import Variable
from parity.sides import torch_computed

COUNT = "num_batches_tracked"  # a batch normalisation's counter
KNOWN = ("torch.nn", "parity.semantics")
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
SETTINGS = ("padding", "padding_mode")
TRANSPARENT = (  # of torch.nn, and yet looked into
    *(nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict),
    *(nn.Transformer, nn.TransformerEncoder, nn.TransformerEncoderLayer),
    *(nn.TransformerDecoder, nn.TransformerDecoderLayer),
)


def borrowed(module: nn.Module, tensors: dict[str, Tensor], training: bool = False) -> nn.Module:
    """A copy of a module in this mode, with these tensors, by role, in place of its own.

    The module itself is untouched. A weight that it computes is held as it is where it is among
    these tensors, and else computed of those that are.
    """
    kind, state = torch_computed.plain(module, tensors)
    twin = kind.__new__(kind)
    twin.__dict__ = state | {"training": training}
    for table in ("_parameters", "_buffers"):
        own = state[table]
        twin.__dict__[table] = {name: tensors.get(name, tensor) for name, tensor in own.items()}
    twin.__dict__["_modules"] = {
        name: inner
        and borrowed(
            inner,
            {
                role.removeprefix(f"{name}."): tensor
                for role, tensor in tensors.items()
                if role.startswith(f"{name}.")
            },
            training,
        )
        for name, inner in state["_modules"].items()
    }
    if isinstance(twin, nn.RNNBase):
        twin.__dict__["_flat_weights"] = [getattr(twin, name) for name in twin._flat_weights_names]
    return twin


def known_class(module: nn.Module) -> type[nn.Module]:
    """The nearest class of torch.nn or parity.semantics that a module is, or comes from."""
    return next(c for c in _class(module).__mro__ if c.__module__.startswith(KNOWN))


def leaf_kind(module: nn.Module, whole: frozenset[str] = frozenset()) -> str:
    """The name of the class by which a leaf is known."""
    name = _class(module).__name__
    return name if name in whole else known_class(module).__name__


def is_leaf(module: nn.Module, whole: frozenset[str] = frozenset()) -> bool:
    """A layer that torch.nn (or parity.semantics) knows, or a user's own version of one.

    The tape does not look inside a leaf. Containers, and modules that come from nn.Module alone,
    are looked into, but for the classes in `whole`. One that has the name of a class of torch.nn
    by chance, as a model that is called LSTM, is looked into if there are modules in it. So is a
    convolution of a user's own that pads its input itself: where it pads may be at fault.
    """
    if known_class(module) not in TRANSPARENT:
        return _class(module).__name__ in whole or not _pads_itself(module)
    name = _class(module).__name__
    return name in whole and not (hasattr(nn, name) and any(module.children()))


def _pads_itself(module: nn.Module) -> bool:
    """Is it a convolution whose forward calls what has a pad in its name?"""
    forward, known = _class(module).forward, known_class(module)
    if known not in CONVOLUTIONS or forward is known.forward:
        return False
    called = getattr(getattr(forward, "__code__", None), "co_names", ())
    return any("pad" in name and name not in SETTINGS for name in called)


def _class(module: nn.Module) -> type[nn.Module]:
    """A module's class; torch gives one with a parametrisation a class of its own."""
    return parametrize.type_before_parametrizations(module)


def own_tensors(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Every parameter and buffer by qualified name, those left out of the state_dict included;
    none that has no shape yet."""
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if not is_lazy(tensor):
            yield name, tensor


def variables(model: nn.Module) -> tuple[Variable, ...]:
    """All parameters and buffers, and the weights that are computed of some of them, first."""
    computed = torch_computed.of(model)
    parts = {name for one in computed.values() for name in one.parts}
    trained = {name for name, tensor in own_tensors(model) if tensor.requires_grad}
    kinds = {path: _class(module) for path, module in model.named_modules()}

    def variable(name: str, tensor: Tensor, is_trained: bool, by: str = "") -> Variable:
        path, _, role = name.rpartition(".")
        kind = "part" if name in parts else "state" if role == COUNT else "weight"
        owner = kinds.get(path, nn.Module)
        shape = tuple(tensor.shape)
        title = f"{owner.__module__}.{owner.__qualname__}"
        return Variable(name, role, shape, kind, is_trained, title, by)

    return (
        *(
            variable(n, x.value(), bool(trained & {*x.parts}), x.maker.by)
            for n, x in computed.items()
        ),
        *(variable(n, x, x.requires_grad) for n, x in own_tensors(model)),
    )


def module_settings(module: nn.Module) -> dict[str, Any]:
    """A module's plain public attributes: stride, padding, eps, momentum, p, training, ..."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and _is_plain(value)
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str)
