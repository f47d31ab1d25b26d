"""Run a torch module in low precision: cast to it, or under autocast if it casts for itself."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from parity.records.answers import Answer
from parity.records.comparison import LowPrecision
from parity.records.interventions import WIDE, Change
from parity.records.low_pass import LowPass
from parity.sides import returned, torch_calling, torch_lent, torch_plain
from parity.sides.low_watch import LowWatch
from parity.sides.torch_lent import Makers
from parity.sides.torch_modules import own_tensors

CAST, AUTOCAST = "the port cast by .to({})", "the port under torch.autocast, in {}"


def answer(
    module: nn.Module,
    inputs: Mapping[str, Makers],
    overridden: Mapping[str, Tensor],
    dtype: LowPrecision,
    prediction: Callable[[Any], Any],
    changes: Sequence[Change] = (),
    whole: frozenset[str] = frozenset(),
) -> Answer:
    """What a module returns in evaluation mode in this dtype; `note` says how it was run.

    inputs: makers of tensors in this dtype, and in float32. changes: as of a plain run. A module
    that cannot be run with its weights in this dtype, and that casts for itself on the way, was
    written for autocast: it is run as it is, in that.
    """
    with torch_lent.as_it_was(module), torch_lent.eagerly(), torch.no_grad():
        torch_lent.to_inference(module)
        wide = {name for change in changes if change.name == WIDE for name in change.value["own"]}
        run = partial(_run, module, prediction=prediction, changes=changes, whole=whole)
        lent = torch_lent.holding(module, overridden, dtype, as_they_are=wide)
        found = run(inputs[dtype], lent, nullcontext())
        if not found.error or not _is_for_autocast(module, inputs[dtype], overridden, dtype):
            return replace(found, note=CAST.format(dtype))
        kind = next((x.device.type for _, x in own_tensors(module)), "cpu")
        autocast = torch.autocast(kind, getattr(torch, dtype))
        again = run(inputs["float32"], torch_lent.holding(module, overridden, "float32"), autocast)
        return replace(again, note=AUTOCAST.format(dtype))


def watched(
    module: nn.Module,
    inputs: Makers,
    overridden: Mapping[str, Tensor],
    dtype: LowPrecision,
    whole: frozenset[str],
) -> LowPass:
    """What a module that was cast to this dtype does on its way; steps are named as in a pass in
    which the classes `whole` were not looked into."""
    with torch_lent.as_it_was(module), torch_lent.eagerly(), torch.no_grad():
        torch_lent.to_inference(module)
        return _watched(module, inputs, overridden, dtype, whole)


def _run(
    module: nn.Module,
    inputs: Makers,
    lent: AbstractContextManager[None],
    computing: AbstractContextManager[Any],
    prediction: Callable[[Any], Any],
    changes: Sequence[Change],
    whole: frozenset[str],
) -> Answer:
    try:
        with torch_lent.as_it_was(module), lent, computing:
            output = prediction(torch_plain.called(module, inputs, changes, whole))
            return returned.answer(output, torch_plain.array)
    except (Exception, SystemExit) as broken:
        return Answer(error=torch_lent.told(broken))


def _is_for_autocast(
    module: nn.Module, inputs: Makers, overridden: Mapping[str, Tensor], dtype: LowPrecision
) -> bool:
    """Does a module that cannot be run when it was cast cast for itself? Not where it broke off
    behind a promotion that it did not ask for."""
    found = _watched(module, inputs, overridden, dtype, frozenset())
    return found.casts and not found.promotions


def _watched(
    module: nn.Module,
    inputs: Makers,
    overridden: Mapping[str, Tensor],
    dtype: LowPrecision,
    whole: frozenset[str],
) -> LowPass:
    made = torch_lent.made_anew(inputs)
    with torch_lent.as_it_was(module), torch_lent.holding(module, overridden, dtype):
        watch = LowWatch(module, *made.values(), whole=whole, values=False)
        try:
            with watch:
                output = torch_calling.call(module, made)
        except (Exception, SystemExit):
            return watch.found()
        return watch.found(output)
