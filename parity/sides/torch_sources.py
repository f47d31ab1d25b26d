"""Where a person's torch module comes from, and how it is run once to be written down."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from parity.errors import ModelError
from parity.records.comparison import Trace
from parity.sides import modules
from parity.sides.program import Ref, name_of
from parity.sides.tape import Tape
from parity.sides.torch_modules import variables
from parity.sides.torch_seeds import devices


def find(source: Any) -> nn.Module:
    """The module that `source` is or names: a module, or "pkg.mod:Net".

    Raises ModelError where there is none.
    """
    found = modules.found(source, nn.Module)
    if not isinstance(found, nn.Module):
        raise ModelError(f"{source!r} is {type(found).__name__}, no torch.nn.Module")
    return found


def read_weights(module: nn.Module, path: str) -> None:
    """Load a state dict from a .safetensors, .pt or .pth file, without running any code in it.

    Raises ModelError where there is no such file, or it does not fit.
    """
    if not Path(path).is_file():
        raise ModelError(f"no file {path!r}")
    try:
        if path.endswith(".safetensors"):
            state = load_file(path)
        else:
            state = torch.load(path, weights_only=True, map_location="cpu")
        module.load_state_dict(state)
    except Exception as error:
        line = " ".join(str(error).split())[:300]
        raise ModelError(f"{path} does not hold this module's weights: {line}") from error


@contextlib.contextmanager
def as_it_was(module: nn.Module) -> Iterator[None]:
    """Hand a module back with the modes, attributes and statistics, and torch's generators in the
    states, that it came with."""
    kept = [(x, x.__dict__ | {"_buffers": dict(x._buffers)}) for x in module.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        with torch.random.fork_rng(devices(module)):
            yield
    finally:
        for inner, attributes in kept:
            inner.__dict__.clear()
            inner.__dict__.update(attributes)
        for buffer, value in buffers:
            buffer.data.copy_(value)


def record(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    prediction: Callable[[Any], Any] | None = None,
    whole: frozenset[str] = frozenset(),
    training: bool = False,
) -> tuple[Tape, Trace]:
    """Run a module once and write the pass down; the module stays as it was.

    prediction: what is done with the module's output, and not part of it; training: in training
    mode. A module that is in it already stays so, with whatever of it was put to inference.
    """
    tape = Tape(module, *inputs.values(), whole=whole, values=False)
    error = ""
    results: tuple[Ref, ...] = ()
    with as_it_was(module), torch.no_grad(), tape:
        if not training:
            module.eval()
        elif not module.training:
            module.train()
        try:
            output = _call(module, inputs)
            if prediction is not None:
                tape.leave_model()
                output = prediction(output)
            # Keras hands out a dictionary's values in the order of their names.
            ordered = dict(sorted(output.items())) if isinstance(output, dict) else output
            results = tape.refs(ordered)
        except Exception as broken:
            error = f"{type(broken).__name__}: {broken}"
    steps = tuple(call.step for call in tape.calls)
    names = tuple(name_of(ref, tape.calls) for ref in results)
    return tape, Trace(steps, {}, {}, variables(module), error, tape.outside, names)


def _call(module: nn.Module, inputs: Mapping[str, Tensor]) -> Any:
    """With the inputs in order; where they are named, and the module knows the names, by name."""
    if all(name.isdecimal() for name in inputs):
        return module(*inputs.values())
    try:
        return module(**inputs)
    except TypeError:
        return module(dict(inputs))
