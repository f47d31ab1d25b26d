"""What a torch module is, and what it owns: the classes that a tape does not look into."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from parity.records.comparison import Variable

COUNT = "num_batches_tracked"  # a batch normalisation's counter
KNOWN = ("torch.nn", "parity.semantics")
TRANSPARENT = (  # of torch.nn, and yet looked into
    *(nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict),
    *(nn.Transformer, nn.TransformerEncoder, nn.TransformerEncoderLayer),
    *(nn.TransformerDecoder, nn.TransformerDecoderLayer),
)


def borrowed(module: nn.Module, tensors: dict[str, Tensor], training: bool = False) -> nn.Module:
    """A copy of a module in this mode, with these tensors, by role, in place of its own.

    The module itself is untouched.
    """
    twin = module.__class__.__new__(module.__class__)
    twin.__dict__ = dict(module.__dict__) | {"training": training}
    for table in ("_parameters", "_buffers"):
        own = module.__dict__[table]
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
        for name, inner in module.__dict__["_modules"].items()
    }
    if isinstance(twin, nn.RNNBase):
        twin.__dict__["_flat_weights"] = [getattr(twin, name) for name in twin._flat_weights_names]
    return twin


def known_class(module: nn.Module) -> type[nn.Module]:
    """The nearest class of torch.nn or parity.semantics that a module is, or comes from."""
    return next(c for c in type(module).__mro__ if c.__module__.startswith(KNOWN))


def leaf_kind(module: nn.Module, whole: frozenset[str] = frozenset()) -> str:
    """The name of the class by which a leaf is known."""
    name = type(module).__name__
    return name if name in whole else known_class(module).__name__


def is_leaf(module: nn.Module, whole: frozenset[str] = frozenset()) -> bool:
    """A layer that torch.nn (or parity.semantics) knows, or a user's own version of one.

    The tape does not look inside a leaf. Containers, and modules that come from nn.Module alone,
    are looked into, but for the classes in `whole`. One that has the name of a class of torch.nn
    by chance, as a model that is called LSTM, is looked into if there are modules in it.
    """
    if known_class(module) not in TRANSPARENT:
        return True
    name = type(module).__name__
    return name in whole and not (hasattr(nn, name) and any(module.children()))


def own_tensors(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Every parameter and buffer by qualified name, those left out of the state_dict included."""
    yield from module.named_parameters()
    yield from module.named_buffers()


def variables(model: nn.Module) -> tuple[Variable, ...]:
    found = ((name, name.rpartition(".")[2], tensor) for name, tensor in own_tensors(model))
    return tuple(
        Variable(
            name,
            role,
            tuple(tensor.shape),
            "state" if role == COUNT else "weight",
            tensor.requires_grad,
        )
        for name, role, tensor in found
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
