"""Write down what a torch module does in a forward pass, and play parts of it again.

A tape sees the leaf modules of torch.nn through hooks and everything between them (F.relu,
x.flatten, x.permute, ...) through a TorchFunctionMode, so a port may be written either way.
A recorded call keeps its function and its arguments; a tensor that the pass computed is replaced
by a reference to the call that made it, and one that the model owns by its name, so that a call
can be run again on other tensors, with other weights, in another float type. The model itself is
never changed.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

from parity.records.comparison import Array, Dtype, Step, Variable
from parity.records.interventions import Change
from parity.sides import aliases, places, signatures
from parity.sides.aliases import Aliases
from parity.sides.fingerprint import sign
from parity.sides.program import MODEL_INPUT, Ref, name_of
from parity.sides.recorded_call import (
    UNSEEN,
    Call,
    Own,
    as_float,
    as_type,
    filled,
    function_name,
    invoke,
    is_own_type,
    opened,
    read_attribute,
    works_in_place,
)
from parity.sides.rows import Bounded
from parity.sides.torch_arrays import array
from parity.sides.torch_lent import unfused
from parity.sides.torch_modules import (
    borrowed,
    is_leaf,
    leaf_kind,
    module_settings,
    own_tensors,
    variables,
)
from parity.sides.unscripted import unscripted

CASTS = ("to", "float", "type")
DRAWN = ("rand", "randn", "normal", "uniform", "bernoulli")  # out of nothing the pass computed


class Tape(TorchFunctionMode):
    """Record a pass of `model`: `with Tape(model, x) as tape: model(x)`. A Program."""

    def __init__(
        self,
        model: nn.Module,
        *inputs: Tensor,
        whole: frozenset[str] = frozenset(),
        values: bool = True,
        signs: bool = False,
        is_bounded: bool = False,
    ) -> None:
        """whole: classes of a person's own that are not looked into, as rules answer for them;
        values: keep every step's first input and its output; signs: keep a fingerprint of what
        each call gave, and torch's generator as it stood before each that drew; is_bounded: with
        the nearest row for one that a table has not."""
        super().__init__()
        self.calls: list[Call] = []
        self.inputs: dict[str, Array] = {}  # step name -> its first input
        self.outputs: dict[str, Array] = {}
        self.changes: tuple[Change, ...] = ()  # a tape tells what the module itself did
        self.overridden: dict[str, Tensor] = {}  # own tensor -> what is used in its place
        self.results: tuple[Ref, ...] = ()  # what the pass gives
        self.signs: list[tuple[int, ...]] = []
        self.drew: dict[int, Tensor] = {}
        self._generator = torch.get_rng_state() if signs else None
        self._rows = Bounded if is_bounded else contextlib.nullcontext
        self._aliases = Aliases()
        self._model = model
        self.whole = whole
        self._keeps = values
        self._variables = {v.name: v for v in variables(model)}
        self._owners = {id(tensor): name for name, tensor in own_tensors(model)}
        self._own = dict(own_tensors(model))
        self._computed = [name for name in self._variables if name not in self._own]
        self._names: set[str] = set()
        self._paths = {path for path, _ in model.named_modules()}
        self._counts: dict[str, int] = {}
        self._handles: list[Any] = []
        self._scripts = contextlib.ExitStack()
        self._depth = 0  # > 0 inside a leaf module, whose own calls are part of it
        self._before: Array | None = None  # the leaf module's input, kept in case it works in place
        self._boundary: int | None = None
        for number, tensor in enumerate(inputs):
            self._mark(tensor, Ref(MODEL_INPUT, number))

    def __enter__(self) -> "Tape":
        modules = dict(self._model.named_modules())
        leaves = {name for name, module in modules.items() if is_leaf(module, self.whole)}
        for name in modules:
            if name in leaves and not leaves.intersection(_parents(name)):
                self._watch(name, modules[name])
        self._scripts.enter_context(unscripted(self._model))
        self._scripts.enter_context(self._rows())
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        self._scripts.close()
        for handle in self._handles:
            handle.remove()
        for tensor in self._own.values():
            if hasattr(tensor, "_parity"):  # it was changed in place
                del tensor._parity

    def leave_model(self) -> None:
        """What is recorded from here on works on the model's output, and is not part of it."""
        self._boundary = len(self.calls)

    @property
    def outside(self) -> tuple[str, ...]:
        """The steps after the model's output."""
        if self._boundary is None:
            return ()
        return tuple(call.step.name for call in self.calls[self._boundary :])

    def refs(self, tree: Any) -> tuple[Ref, ...]:
        """What the recorded pass knows of the tensors in a nest of them, in order."""
        found = (self._ref(leaf) for leaf in pytree.tree_leaves(tree))
        return tuple(ref for ref in found if ref is not None)

    def takes(self, number: int) -> tuple[Ref, ...]:
        call = self.calls[number]
        leaves = pytree.tree_leaves((call.args, call.kwargs))
        return tuple(leaf for leaf in leaves if isinstance(leaf, Ref))

    @torch.no_grad()  # a value that kept its history would keep the widened weights, too
    def execute(
        self, number: int, values: Callable[[Ref], Any], dtype: Dtype | None = None
    ) -> list[Any]:
        call = self.calls[number]
        function, args, kwargs = self.resolved(call, values, dtype)
        if dtype is not None and call.step.kind in CASTS and is_own_type(call):
            return [as_float(args[0], dtype)]
        with unfused(), self._rows():  # as when it was recorded
            return pytree.tree_leaves(invoke(call.step.kind, function, args, kwargs))

    def resolved(
        self, call: Call, values: Callable[[Ref], Any], dtype: Dtype | None
    ) -> tuple[Callable[..., Any], Any, Any]:
        """A call's function and arguments, with tensors in place of references.

        A module is a copy of the model's, with the tensors that override its own.
        """

        cuts = call.step.settings.get("max_norm") is not None  # rows of the table, in place

        def held(name: str) -> Tensor:
            found = self._held(name, dtype)
            return found.clone() if cuts else found

        def value(leaf: Any) -> Any:
            if isinstance(leaf, Ref):
                found = values(leaf)
                return found.clone() if call.in_place and isinstance(found, Tensor) else found
            if isinstance(leaf, Own):
                return held(leaf.name)
            return as_type(leaf, dtype)

        function = call.function
        if isinstance(function, nn.Module):
            tensors = {v.role: held(v.name) for v in call.step.variables if v.name in self._own}
            function = borrowed(function, tensors, bool(call.step.settings.get("training")))
        args, kwargs = filled((call.args, call.kwargs), value)
        return function, args, kwargs

    def _held(self, name: str, dtype: Dtype | None) -> Tensor:
        """The model's own tensor, or what overrides it. It learns where the own one does: torch
        multiplies batches by a weight that learns in another way, which rounds otherwise."""
        own = self._own[name]
        held: Tensor = as_type(self.overridden.get(name, own), dtype)
        is_alike = held.requires_grad == own.requires_grad
        return held if is_alike else held.detach().requires_grad_(own.requires_grad)

    def _watch(self, name: str, module: nn.Module) -> None:
        def before(module: nn.Module, args: Any, kwargs: Any) -> Any:
            self._depth += 1
            if self._depth == 1:
                args, kwargs = self._given(self._next_name(name, name), args, kwargs)
                self._before = self._first(args, kwargs)
            return args, kwargs

        def after(module: nn.Module, args: Any, kwargs: Any, output: Any) -> Any:
            if self._depth == 1:
                kind = leaf_kind(module, self.whole)
                in_place = bool(getattr(module, "inplace", False))
                output = self._record(
                    name.replace(":", "_"), kind, module, args, kwargs, output, in_place, path=name
                )  # behind a colon stands a value's place
            self._depth -= 1
            return output

        self._handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
        self._handles.append(module.register_forward_hook(after, with_kwargs=True))

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if self._depth:
            return func(*args, **kwargs)
        name = function_name(func)
        kind = read_attribute(func) or name.strip("_")
        args, kwargs = self._given(self._next_name(kind), args, kwargs)
        self._before = self._first(args, kwargs)
        output = self._called(self._next_name(kind), kind, func, args, kwargs)
        if kind in UNSEEN:
            return self._record(kind, kind, func, args, kwargs, args[0], True)
        return self._record(
            kind, kind, func, args, kwargs, output, works_in_place(name, args, kwargs)
        )

    def _given(self, name: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """What the step of this name is called with."""
        return args, kwargs

    def _called(
        self, name: str, kind: str, function: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        """What the function gives that the step of this name calls."""
        return function(*args, **kwargs)

    def _next_name(self, name: str, path: str = "") -> str:
        """What a step is called if it is recorded now. A module may be called `relu_1`, too."""
        if path and name not in self._names:
            return name
        number = self._counts.get(name, 0) + 1  # of a function, or a shared module's next call
        while (found := f"{name}_{number}") in self._names or found in self._paths:
            number += 1
        return found

    def _first(self, args: Any, kwargs: Any) -> Array | None:
        """The first tensor among the arguments that this pass computed."""
        if not self._keeps:
            return None
        found = (x for x in pytree.tree_leaves((args, kwargs)) if self._ref(x) is not None)
        return next((array(tensor) for tensor in found), None)

    def _record(
        self,
        name: str,
        kind: str,
        function: Callable[..., Any],
        args: Any,
        kwargs: Any,
        output: Any,
        in_place: bool,
        path: str = "",
    ) -> Any:
        """Write a call down, and hand on its output, the tensors of which carry a reference."""
        leaves, form = pytree.tree_flatten(output)
        if not any(isinstance(leaf, Tensor) for leaf in leaves):
            return output
        taken = [self._stand_in(leaf) for leaf in pytree.tree_leaves((args, kwargs))]
        is_module = isinstance(function, nn.Module)
        draws = kind in DRAWN and self._model.training
        if not (is_module or draws or any(isinstance(leaf, Ref | Own) for leaf in taken)):
            return output
        own, name = name, self._next_name(name, path)
        if name != own:
            self._counts[own] = self._counts.get(own, 0) + 1
        self._names.add(name)
        first = next(leaf for leaf in leaves if isinstance(leaf, Tensor))
        variables = self._used(kind, function, args, kwargs, path)
        used = {variable.name for variable in variables}
        step = Step(
            name,
            kind,
            tuple(first.shape),
            path,
            inputs=tuple(self._name(leaf) for leaf in taken if isinstance(leaf, Ref)),
            variables=variables,
            settings=(
                module_settings(function)
                if isinstance(function, nn.Module)
                else signatures.bound(kind, args, kwargs) | _in_place(in_place)
            )
            | signatures.masks(kind, args, kwargs),
            where=places.of_module(function) if is_module else places.calling(),
            given=tuple(x.name for x in taken if isinstance(x, Own) and x.name not in used),
        )
        if self._keeps and self._before is not None:
            self.inputs[name] = self._before
            self.outputs[name] = array(first)
        own_args, own_kwargs = pytree.tree_map(self._stand_in, opened((args, kwargs)))
        given = {
            id(leaf) for leaf in pytree.tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)
        }
        self.calls.append(Call(step, function, own_args, own_kwargs, in_place))
        number = len(self.calls) - 1
        self._sign(number, leaves)
        handed = []
        for place, leaf in enumerate(leaves):
            is_identity = id(leaf) in given and not in_place
            handed.append(_another_name(leaf) if is_identity else leaf)
            if isinstance(leaf, Tensor):
                self._mark(handed[-1], Ref(number, place))
        if in_place:
            self._write_through(first, Ref(number))
        return pytree.tree_unflatten(handed, form)

    def _sign(self, number: int, leaves: list[Any]) -> None:
        """Keep what proves a call's replay."""
        if self._generator is None:
            return
        self.signs.append(tuple(sign(leaf) for leaf in leaves))
        with torch._C.DisableTorchFunction():
            now = torch.get_rng_state()
            if not torch.equal(now, self._generator):
                self.drew[number] = self._generator
                self._generator = now

    def _write_through(self, changed: Tensor, ref: Ref) -> None:
        """Write down what work in place did to other names of the same memory."""
        with torch._C.DisableTorchFunction():
            if changed.layout is not torch.strided:
                return
            for other in list(self._aliases.of(changed)):
                old = self._ref(other)
                if old is None:
                    continue
                name = self._next_name("written")
                self._counts["written"] = self._counts.get("written", 0) + 1
                self._names.add(name)
                step = Step(
                    name,
                    "written",
                    tuple(other.shape),
                    inputs=(self._name(old), self._name(ref)),
                )
                places = aliases.place(other), aliases.place(changed)
                self.calls.append(Call(step, aliases.written, (old, ref, *places), {}))
                self._sign(len(self.calls) - 1, [other])
                self._mark(other, Ref(len(self.calls) - 1))

    def _mark(self, tensor: Tensor, ref: Ref) -> None:
        tensor._parity = (id(self), ref)  # type: ignore[attr-defined]
        if tensor.layout is torch.strided:
            self._aliases.add(tensor)

    def _ref(self, leaf: Any) -> Ref | None:
        owner, ref = (
            getattr(leaf, "_parity", (None, None)) if isinstance(leaf, Tensor) else (None, None)
        )
        return ref if owner == id(self) else None

    def _stand_in(self, leaf: Any) -> Any:
        ref = self._ref(leaf)
        if ref is not None:
            return ref
        name = self._owners.get(id(leaf))
        return leaf if name is None else Own(name)

    def _name(self, ref: Ref) -> str:
        return name_of(ref, self.calls)

    def _used(
        self, kind: str, function: Any, args: Any, kwargs: Any, path: str
    ) -> tuple[Variable, ...]:
        """The model's own tensors that a call uses: a module's, or those among its arguments,
        under the roles that they have for it. A module's may be what it computes a weight of: that
        weight is among them, too."""
        computed = {}
        if isinstance(function, nn.Module):
            tensors = dict(own_tensors(function))
            prefix = f"{path}." if path else ""
            computed = {
                name.removeprefix(prefix): name
                for name in self._computed
                if name.startswith(prefix)
            }
        else:
            tensors = signatures.roles(kind, args, kwargs)
        found = {role: self._owners.get(id(tensor)) for role, tensor in tensors.items()} | computed
        return tuple(
            _renamed(self._variables[name], role)
            for role, name in found.items()
            if name is not None
        )


def _in_place(is_in_place: bool) -> dict[str, Any]:
    return {"inplace": True} if is_in_place else {}


def _parents(name: str) -> list[str]:
    """Of a.b.c: a and a.b."""
    return [name[:place] for place, letter in enumerate(name) if letter == "."]


def _another_name(tensor: Tensor) -> Tensor:
    """The same values in another tensor: an identity's output is not its input."""
    with torch._C.DisableTorchFunction():
        return tensor.view_as(tensor)


def _renamed(variable: Variable, role: str) -> Variable:
    return replace(variable, role=role)
