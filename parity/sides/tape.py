"""Write down what a torch module does in a forward pass, and play parts of it again.

A tape sees the leaf modules of torch.nn through hooks and everything between them (F.relu,
x.flatten, x.permute, ...) through a TorchFunctionMode, so a port may be written either way.
A recorded call keeps its function and its arguments; tensors that the pass computed are replaced
by the number of the call that made them, so that a call can be run again on another tensor.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from parity.records import Array, Step, Variable

MODEL_INPUT = -1
COUNT = "num_batches_tracked"  # a batch normalisation's counter
KNOWN = ("torch.nn", "parity.semantics")


@dataclass(frozen=True)
class Ref:
    """Stands in recorded arguments for the output of call number `call`."""

    call: int


@dataclass(frozen=True)
class Call:
    step: Step
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Tape(TorchFunctionMode):
    """Record a pass of `model` over x: `with Tape(model, x) as tape: model(x)`."""

    def __init__(self, model: nn.Module, x: Tensor) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.inputs: dict[str, Array] = {}  # step name -> its first input
        self.outputs: dict[str, Array] = {}
        self._model = model
        self._variables = {v.name: v for v in variables(model)}
        self._owners = {id(tensor): name for name, tensor in own_tensors(model)}
        self._refs: dict[int, Ref] = {id(x): Ref(MODEL_INPUT)}
        self._alive: list[Tensor] = [x]  # an id is a name only while its tensor lives
        self._counts: dict[str, int] = {}
        self._handles: list[Any] = []
        self._depth = 0  # > 0 inside a leaf module, whose own calls are part of it
        self._before: Array | None = None  # the leaf module's input, kept in case it works in place
        self._boundary: int | None = None

    def __enter__(self) -> "Tape":
        for name, module in self._model.named_modules():
            if is_leaf(module):
                self._watch(name, module)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        for handle in self._handles:
            handle.remove()

    def leave_model(self) -> None:
        """What is recorded from here on works on the model's output, and is not part of it."""
        self._boundary = len(self.calls)

    @property
    def outside(self) -> tuple[str, ...]:
        """The steps after the model's output."""
        if self._boundary is None:
            return ()
        return tuple(call.step.name for call in self.calls[self._boundary :])

    def _watch(self, name: str, module: nn.Module) -> None:
        def before(module: nn.Module, args: Any, kwargs: Any) -> None:
            self._depth += 1
            if self._depth == 1:
                self._before = self._first(args, kwargs)

        def after(module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
            if self._depth == 1 and self._before is not None and isinstance(output, Tensor):
                kind = known_class(module).__name__
                self._record(name, kind, module, args, kwargs, output, self._before, path=name)
            self._depth -= 1

        self._handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
        self._handles.append(module.register_forward_hook(after, with_kwargs=True))

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        before = None if self._depth else self._first(args, kwargs)
        output = func(*args, **kwargs)
        if before is not None and isinstance(output, Tensor):
            kind = getattr(func, "__name__", str(func)).strip("_")
            self._record(kind, kind, func, args, kwargs, output, before)
        return output

    def _first(self, args: Any, kwargs: Any) -> Array | None:
        """The first tensor among the arguments that this pass computed."""
        found = (leaf for leaf in _leaves((args, kwargs)) if id(leaf) in self._refs)
        return next((_array(tensor) for tensor in found), None)

    def _record(
        self,
        name: str,
        kind: str,
        function: Callable[..., Any],
        args: Any,
        kwargs: Any,
        output: Tensor,
        before: Array,
        path: str = "",
    ) -> None:
        if not path or name in self.outputs:  # a function, or a shared module's second run
            self._counts[name] = self._counts.get(name, 0) + 1
            name = f"{name}_{self._counts[name]}"
        used = self._used(function, args, kwargs)
        step = Step(name, kind, tuple(output.shape), path, variables=used)
        self.inputs[name] = before
        self.outputs[name] = _array(output)
        as_ref = lambda leaf: self._refs.get(id(leaf), leaf)  # noqa: E731
        self.calls.append(Call(step, function, _map(as_ref, args), _map(as_ref, kwargs)))
        self._refs[id(output)] = Ref(len(self.calls) - 1)
        self._alive.append(output)

    def _used(self, function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Variable, ...]:
        """The model's own tensors that a call uses: a module's, or those among its arguments."""
        if isinstance(function, nn.Module):
            tensors = [tensor for _, tensor in own_tensors(function)]
        else:
            tensors = list(_leaves((args, kwargs)))
        names = (self._owners.get(id(tensor)) for tensor in tensors)
        return tuple(self._variables[name] for name in names if name is not None)

    def play(self, names: tuple[str, ...], x: Tensor) -> Tensor:
        """Run the named calls again in order, on x where they took what came from outside them."""
        done: dict[int, Tensor] = {}
        output = x

        def value(leaf: Any) -> Any:
            return done.get(leaf.call, x) if isinstance(leaf, Ref) else leaf

        for number, call in enumerate(self.calls):
            if call.step.name in names:
                output = call.function(*_map(value, call.args), **_map(value, call.kwargs))
                done[number] = output
        return output


def known_class(module: nn.Module) -> type[nn.Module]:
    """The nearest class of torch.nn or parity.semantics that a module is, or comes from."""
    return next(c for c in type(module).__mro__ if c.__module__.startswith(KNOWN))


def is_leaf(module: nn.Module) -> bool:
    """A layer that torch.nn (or parity.semantics) knows, or a user's own version of one.

    The tape does not look inside a leaf. Containers, and modules that come from nn.Module alone,
    are looked into.
    """
    inner = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict)
    return known_class(module) not in inner


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


def _map(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to the leaves of nested tuples, lists and dictionaries of arguments."""
    if isinstance(tree, tuple | list):
        return type(tree)(_map(function, branch) for branch in tree)
    if isinstance(tree, dict):
        return {name: _map(function, branch) for name, branch in tree.items()}
    return function(tree)


def _leaves(tree: Any) -> Iterator[Any]:
    if isinstance(tree, tuple | list):
        for branch in tree:
            yield from _leaves(branch)
    elif isinstance(tree, dict):
        yield from _leaves(tuple(tree.values()))
    else:
        yield tree


def _array(tensor: Tensor) -> Array:
    """A copy: a later call in place must not change what was recorded."""
    return tensor.detach().cpu().numpy().copy()
