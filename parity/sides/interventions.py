"""One recorded call run again with what a diagnosis changes in it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from parity.records.interventions import Change, Lent
from parity.sides.functions import FUNCTIONS
from parity.sides.recorded_call import Call
from parity.sides.replacements import REPLACEMENTS
from parity.sides.rerun import Function, Rerun, copied


def apply(
    changes: Sequence[Change],
    call: Call,
    function: Function,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """The output of a call under the changes that name its step. The module is left as it was."""
    return run(changes, call, function, args, kwargs)[0]


def moved(
    changes: Sequence[Change],
    call: Call,
    function: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> dict[str, Tensor]:
    """The buffers of a module after such a call: moving statistics, in training mode."""
    _, rerun = run(changes, call, function, args, kwargs)
    return dict(rerun.function.named_buffers()) if isinstance(rerun.function, nn.Module) else {}


def run(
    changes: Sequence[Change],
    call: Call,
    function: Function,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[Any, Rerun]:
    """The output, and what gave it: a module there is a copy, with buffers of its own."""
    own = copied(function) if isinstance(function, nn.Module) else function
    rerun = Rerun(call.step.kind, own, args, kwargs)
    named = [change for change in changes if change.step == call.step.name]
    for change in named:
        rerun = _prepared(rerun, change)
    replaced = [change for change in named if change.what == "call"]
    output = _replaced(rerun, replaced[-1]) if replaced else rerun()
    for change in named:
        if change.what == "output":
            output = _of_first(output, partial(FUNCTIONS[change.name], **_settings(change)))
    return output, rerun


def _prepared(rerun: Rerun, change: Change) -> Rerun:
    if change.what == "setting":
        return rerun.with_setting(change.name, change.value)
    if change.what in ("input", "weight"):
        function = partial(FUNCTIONS[change.name], **_settings(change))
        if change.what == "input":
            return rerun.with_input(function, change.role)
        return rerun.with_weight(change.role, function)
    return rerun


def _replaced(rerun: Rerun, change: Change) -> Any:
    """Another function in place of the whole step; what takes it apart afterwards sees no other."""
    settings = _settings(change)
    if change.name in REPLACEMENTS:
        return REPLACEMENTS[change.name](rerun, **settings)
    return FUNCTIONS[change.name](rerun.inputs[0], **settings)


def _settings(change: Change) -> dict[str, Any]:
    """A change's keyword arguments, with the arrays that they are lent."""
    given = change.value or {}
    return {name: x.array if isinstance(x, Lent) else x for name, x in given.items()}


def _of_first(output: Any, function: Function) -> Any:
    """A layer of torch.nn may give several tensors, of which the first is its output proper."""
    if isinstance(output, tuple):
        return (function(output[0]), *output[1:])
    return function(output)
