"""Run a torch module once, and write the pass down."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.utils import _pytree as pytree

from parity.records.comparison import Step, Trace, Variable
from parity.records.interventions import Change
from parity.sides import proof, returned
from parity.sides.fingerprint import sign
from parity.sides.mended import Mending
from parity.sides.program import Ref, name_of
from parity.sides.rows import Bounded
from parity.sides.tape import Tape
from parity.sides.torch_calling import call
from parity.sides.torch_lent import (
    Makers,
    as_it_was,
    eagerly,
    holding,
    made_anew,
    to_inference,
    told,
    unfused,
)
from parity.sides.torch_modules import variables

Prediction = Callable[[Any], Any]


def record(
    module: nn.Module,
    inputs: Makers,
    prediction: Prediction | None = None,
    whole: frozenset[str] = frozenset(),
    training: bool = False,
    changes: Sequence[Change] = (),
    is_bounded: bool = False,
) -> tuple[Tape, Trace]:
    """Run a module in float32 and write the pass down; the module stays as it was.

    prediction: what is done with the module's output, and not part of it. training: in training
    mode; a module that is in it already stays so, with whatever of it was put to inference.
    changes: what is done otherwise, as the tape's own steps are named; what it records then is to
    be played under the same. Without them the record is proven at inference: the steps that do not
    tell what the module did are `unproven`. is_bounded: with the nearest row for one that a table
    has not.
    """
    owned = variables(module)
    lent = as_it_was(module), holding(module, {}, "float32", is_plain=not training)
    with lent[0], lent[1], eagerly(), unfused(), torch.no_grad():
        if not training:
            to_inference(module)
        else:
            _train(module)
        is_proven = not training and not changes
        with Bounded() if is_bounded else nullcontext():
            plain = _plain(module, inputs, prediction) if is_proven else None
        made, how = made_anew(inputs), {"signs": is_proven, "is_bounded": is_bounded}
        tape = (
            Mending(module, *made.values(), changes=changes, whole=whole)
            if changes
            else Tape(module, *made.values(), whole=whole, values=False, **how)
        )
        error, output = "", None
        with _whole_rows(module), tape:
            try:
                output = call(module, made)
                output = tape.returned(output) if isinstance(tape, Mending) else output
                if prediction is not None:
                    tape.leave_model()
                    output = prediction(output)
            except (Exception, SystemExit) as broken:
                error = told(broken)
        # Keras hands out a dictionary's values in the order of their names.
        ordered = dict(sorted(output.items())) if isinstance(output, dict) else output
        given = [(key, ref) for key, leaf in returned.leaves(ordered) for ref in tape.refs(leaf)]
        tape.results = tuple(ref for _, ref in given)
        unproven: set[int] = set()
        if is_proven:
            is_same = error or _signs(output) == plain
            calls = range(len(tape.calls))
            unproven = (
                proof.unproven(tape, list(made_anew(inputs).values())) if is_same else set(calls)
            )
    return tape, _trace(owned, tape, tuple(key for key, _ in given), error, unproven)


def _train(module: nn.Module) -> None:
    """As at the head of a training loop. What a person put to inference by hand stays so; what
    their own `train` puts there (a frozen backbone, say) goes there, called before or not."""
    if not module.training:
        module.train()
        return
    for inner in list(module.modules()):
        is_own = type(inner).train is not nn.Module.train
        if is_own and not isinstance(inner, torch.jit.ScriptModule):
            inner.train(inner.training)


def _plain(module: nn.Module, inputs: Makers, prediction: Prediction | None) -> list[int] | None:
    """The fingerprints of what the module gives when nobody looks."""
    try:
        with as_it_was(module), _whole_rows(module):
            output = call(module, made_anew(inputs))
            return _signs(prediction(output) if prediction is not None else output)
    except (Exception, SystemExit):
        return None


def _whole_rows(module: nn.Module) -> AbstractContextManager[None]:
    """What cuts the rows of a table in place would cut them again in the pass behind, and round."""
    cuts = any(getattr(inner, "max_norm", None) is not None for inner in module.modules())
    return holding(module, {}, is_plain=False) if cuts else nullcontext()


def _signs(output: Any) -> list[int]:
    return [sign(leaf) for leaf in pytree.tree_leaves(output)]


def _trace(
    owned: tuple[Variable, ...],
    tape: Tape,
    keys: tuple[str, ...],
    error: str,
    unproven: set[int],
) -> Trace:
    by = {v.name: v.computed_by for v in owned}
    steps, results = [_computing(call.step, by) for call in tape.calls], tape.results
    numbers = range(len(steps))
    living = _living(tape, results) if results and not error else set(numbers)
    return Trace(
        tuple(steps[n] for n in numbers if n in living),
        {},
        {},
        owned,
        error,
        tape.outside,
        tuple(name_of(ref, tape.calls) for ref in results),
        keys,
        unproven=tuple(steps[n].name for n in sorted(unproven)),
        dead=tuple(steps[n] for n in numbers if n not in living),
        order=tuple(step.name for step in steps),
    )


def _computing(step: Step, by: dict[str, str]) -> Step:
    """The step with what computes its weights: a pass is recorded with them as they are."""
    own = [replace(v, computed_by=by.get(v.name, "")) for v in step.variables]
    return replace(step, variables=tuple(own))


def _living(tape: Tape, results: tuple[Ref, ...]) -> set[int]:
    """The calls that the results depend on."""
    found = {ref.call for ref in results}
    for number in reversed(range(len(tape.calls))):
        if number in found:
            found.update(ref.call for ref in tape.takes(number))
    return found
