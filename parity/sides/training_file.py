"""How a pair is trained, as a person's file says it: run by each side for itself. No framework."""

import sys
from dataclasses import fields, replace
from types import ModuleType
from typing import Any

import numpy as np

from parity.errors import ModelError, meant
from parity.records.own_training import InFile, Training
from parity.records.training import Session
from parity.records.trees import leaves, mapped
from parity.sides import modules

PORT = "torch_"  # may stand before what is the port's: torch_loss, or loss
OF_PORT = ("loss", "optimizer", "scheduler", "scheduler_interval", "step", "metrics")
SAMPLES = {"x", "y", "sample_weight", "raw"}
FIELDS = tuple(field.name for field in fields(Training))
NAMES = (*(PORT + name for name in OF_PORT), *(n for n in FIELDS if n not in OF_PORT))
PLAIN = (str, int, float)  # they cross processes as they are


def read(file: str) -> Training:
    """What a file says of a training; functions and objects by their names in it.

    Raises ModelError where it cannot be run, or says nothing of the port's.
    """
    module = _run(file)
    found = {field: name for field in FIELDS if (name := _name(file, module, field))}
    if not {"loss", "step"} & found.keys() or "optimizer" not in found:
        lacking = "torch_loss" if not {"loss", "step"} & found.keys() else "torch_optimizer"
        close = meant(lacking, (name for name in vars(module) if not name.startswith("_")))
        raise ModelError(f"{file} defines no {lacking}{close}; it may define {', '.join(NAMES)}")
    values = {field: _value(file, name, getattr(module, name)) for field, name in found.items()}
    given = SAMPLES & found.keys()
    samples = {field: mapped(_array, getattr(module, found[field])) for field in given}
    return Training(**values | samples)


def resolved(session: Session) -> Session:
    """The same with what stands in a person's file, as this process runs it."""
    if session.own is None:
        return session
    own = {name: held(getattr(session.own.training, name)) for name in FIELDS}
    training = replace(session.own.training, **own)
    return replace(session, own=replace(session.own, training=training))


def held(value: Any) -> Any:
    """What stands in a file, as this process runs it; anything else is itself."""
    return getattr(_run(value.file), value.name) if isinstance(value, InFile) else value


def _name(file: str, module: ModuleType, field: str) -> str:
    """The name under which a file has a field; "" where it has not."""
    names = [field, PORT + field] if field in OF_PORT else [field]
    there = [name for name in names if hasattr(module, name)]
    if len(there) > 1:
        raise ModelError(f"{file} defines {' and '.join(there)}, which are the same; keep one")
    return there[0] if there else ""


def _value(file: str, name: str, value: Any) -> Any:
    return value if all(isinstance(x, PLAIN) for x in leaves(value)) else InFile(file, name)


def _array(value: Any) -> Any:
    """A torch tensor that needs a gradient, or lies on a GPU, is no array as it is."""
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def _run(file: str) -> ModuleType:
    if sys.modules.get("tensorflow"):
        # The file may import torch, whose compiler would import Triton; behind TensorFlow that
        # aborts the interpreter.
        sys.modules.setdefault("triton", None)  # type: ignore[arg-type]
    return modules.of_file(file)
