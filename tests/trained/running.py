"""A pair, or a mistake planted in it, taken through the gates of training as a person would."""

from functools import cache
from types import ModuleType
from typing import Any

import keras
import torch

import parity
from parity import semantics
from parity.api import Report
from tests.trained.mistake import Mistake
from tests.trained.pairs import parts

STEPS = 8


def report(name: str, mistake: Mistake | None = None, **options: Any) -> Report:
    """Of the faithful port, or of one with a mistake."""
    keras_file, torch_file = parts(name)
    changes = mistake.changes if mistake is not None else {}
    return checked(keras_file, {**vars(torch_file), **changes}, **options)


def checked(keras_file: ModuleType, port: dict[str, Any], **options: Any) -> Report:
    torch.manual_seed(1)
    semantics.use(keras.backend.backend())
    module = port["Net"]()
    optimizer = port["optimizer"](module)
    given = {"steps": STEPS, "batch_size": keras_file.BATCH_SIZE, **keras_file.data(), **options}
    if "scheduler" in port:
        given["scheduler"] = port["scheduler"](optimizer)
    if "step" in port:
        given["step"] = lambda model, batch: port["step"](model, batch, optimizer)
    else:
        given["loss"] = port["loss"]
    training = parity.Training(optimizer=optimizer, **given)
    return parity.check(keras_model(keras_file), module, train=True, training=training)


@cache
def keras_model(keras_file: ModuleType) -> Any:
    """It comes back from a check as it was."""
    keras.utils.set_random_seed(1)
    return keras_file.build()
