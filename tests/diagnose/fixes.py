"""Run the line of a fix in a planted port, in the place of the step that it is about.

In a line, `x` is what the step takes and `y` what it gives; its other arguments have torch's names,
`a` and `b` are the first two tensors, `self` and `model` the port. A module takes over the weights
of the step's own. What a line assigns to an argument or a weight, the step then takes.
"""

import ast
import contextlib
import copy
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils import _pytree as pytree

import parity.semantics
from parity.diagnose.hypothesis import Hypothesis
from parity.records.comparison import Array, Dtype
from parity.records.interventions import Change
from parity.sides.changed import Changed
from parity.sides.program import MODEL_INPUT, Ref, run
from parity.sides.recorded_call import Call
from parity.sides.rerun import Rerun
from parity.sides.tape import Tape

LAST = "# and nothing behind it"


class Mended:
    """A tape in which one step is what a line of code says, and others do nothing; a Program."""

    def __init__(
        self, tape: Tape, found: Hypothesis, port: nn.Module, values: Mapping[str, Array]
    ) -> None:
        self._tape, self._found, self._port, self._values = tape, found, port, values
        is_idle = {c.step for c in found.changes if (c.what, c.name) == ("call", "identity")}
        steps = list(dict.fromkeys(c.step for c in found.changes))
        self._step = next((s for s in steps if s not in is_idle), steps[0])
        self._idle = is_idle - {self._step}
        self._inner = Changed(tape, _sources(found))
        names = [call.step.name for call in tape.calls]
        if LAST in found.fix:
            self._idle |= {*names[names.index(self._step) + 1 :]}

    @property
    def calls(self) -> Sequence[Call]:
        return self._tape.calls

    def takes(self, number: int) -> tuple[Ref, ...]:
        return self._inner.takes(number)

    @torch.no_grad()
    def execute(self, number: int, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        call = self.calls[number]
        if call.step.name in self._idle:
            idle = Changed(self._tape, [Change(call.step.name, "call", "identity")])
            return idle.execute(number, lambda ref: values(self._of_line(ref)), dtype)
        if call.step.name != self._step:
            return self._inner.execute(number, values, dtype)
        function, args, kwargs = self._tape.resolved(
            call, lambda ref: values(self._inner._source(number, ref)), dtype
        )
        if all(change.what == "source" for change in self._found.changes):
            return self._inner.execute(number, values, dtype)
        output = self._run(Rerun(call.step.kind, function, args, kwargs))
        return list(pytree.tree_leaves(output))

    def _of_line(self, ref: Ref) -> Ref:
        """The one value that the line gives, where nothing else is behind it."""
        is_line = ref.call >= 0 and self.calls[ref.call].step.name == self._step
        return replace(ref, leaf=0) if is_line and LAST in self._found.fix else ref

    def _run(self, step: Rerun) -> Any:
        """What the step gives under the line."""
        own = step.function if isinstance(step.function, nn.Module) else None
        names = self._names(step)
        before = dict(names)
        value = _executed(self._found.fix, names)
        if isinstance(value, nn.Module):
            names["y"] = _as_before(_filled(value, names)(*step.args, **step.kwargs), step)
        elif isinstance(value, Tensor):
            names["y"] = value if LAST in self._found.fix else _as_before(value, step)
        if names.get("y") is not before.get("y"):
            return names["y"]
        for name, new in names.items():
            if name in before and new is not before[name]:
                step = _with(step, name, new, before)
        if not self._port.training and own is not None:
            own.eval()
        return step()

    def _names(self, step: Rerun) -> dict[str, Any]:
        inputs = step.inputs
        names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "parity": parity, "math": math}
        names |= {name: torch.as_tensor(array) for name, array in self._values.items()}
        names |= {"self": self._port, "model": self._port, "tensors": inputs, "x": inputs[0]}
        names |= dict(zip(("a", "b"), inputs, strict=False))
        names |= step.tensors | _arguments(step)
        names["y"] = step()
        return names


def _sources(found: Hypothesis) -> list[Change]:
    """Where steps take another's result: by the line, if it is about that alone: `k, v = v, k`."""
    sources = [change for change in found.changes if change.what == "source"]
    if len(sources) < len(found.changes):
        return sources
    names: dict[str, Any] = {change.value: change.value for change in sources}
    exec(found.fix, names)
    return [replace(change, name=names[change.value]) for change in sources]


def _executed(line: str, names: dict[str, Any]) -> Any:
    """The value of the last statement, if it is an expression; what is assigned is in `names`."""
    value = None
    for statement in ast.parse(line).body:
        if isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), line, "eval"), names)
            continue
        exec(compile(ast.Module([statement], []), line, "exec"), names)
        if isinstance(names.get("layer"), nn.Module):
            _filled(names["layer"], names)
    return value


def _arguments(step: Rerun) -> dict[str, Any]:
    """Of a module by name; an attention that has no mask may be given one."""
    found: dict[str, Any] = {"attn_mask": None} if "query" in step.tensors else {}
    if isinstance(step.function, nn.Module):
        bound = inspect.signature(step.function.forward).bind(*step.args, **step.kwargs)
        found = dict(bound.arguments) | ({"attn_mask": None} if "query" in bound.arguments else {})
    return {name: value for name, value in found.items() if name not in step.tensors}


def _with(step: Rerun, name: str, value: Any, before: Mapping[str, Any]) -> Rerun:
    if name in ("a", "b"):
        other = {"a": before["a"], "b": before["b"]}
        places = {id(other["a"]): "a", id(other["b"]): "b"}
        args = tuple(value if places.get(id(arg)) == name else arg for arg in step.args)
        return replace(step, args=args)
    if name == "x":
        return step.with_input(lambda _: value)
    is_weight = isinstance(step.function, nn.Module) and name in step.tensors
    return step.with_weight(name, lambda _: value) if is_weight else step.with_argument(name, value)


def _filled(module: nn.Module, held: Mapping[str, Any]) -> nn.Module:
    """The module with the weights that the step's own has, by name: one layer of several has them
    by the last part of it. Where there is one bias for two, it is their sum."""
    module.double().eval()
    wanted = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    for name, tensor in wanted.items():
        value = held.get(name, held.get(role_of(name)))
        if name == "bias_ih_l0" and "bias_hh_l0" in held and "bias_hh_l0" not in wanted:
            value = value + held["bias_hh_l0"]
        if "alpha" in held and role_of(name) == "weight":  # as the ledger moves a PReLU's slopes
            value = held["alpha"].flatten()
        if value is not None:
            tensor.data = value.detach().clone()
    return module


@contextlib.contextmanager
def double() -> Iterator[None]:
    """What a line makes is made in double."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def role_of(name: str) -> str:
    return name.rpartition(".")[2]


def _as_before(output: Any, step: Rerun) -> Any:
    """A layer of torch's that gives a sequence and states is followed by what takes it apart."""
    whole = step()
    if isinstance(whole, tuple) and isinstance(output, Tensor):
        return (output, *whole[1:])
    return output


def mended(
    tape: Tape,
    inputs: Sequence[Tensor],
    found: Hypothesis,
    port: nn.Module,
    values: Mapping[str, Array],
) -> Tensor:
    """What the port returns with the line of a fix in it."""
    program = Mended(tape, found, copy.deepcopy(port), values)
    feeds = {Ref(MODEL_INPUT, place): x.clone() for place, x in enumerate(inputs)}
    last = len(tape.calls) - 1
    with torch.no_grad(), double():
        output: Tensor = run(program, range(len(tape.calls)), feeds, Ref(last), "float64")
    return output
