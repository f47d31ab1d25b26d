"""What a twin file says beside its model: read here alone, for both sides. No framework."""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from parity.errors import ModelError, ParityError
from parity.numerics.draws import input_noise, standard_normal
from parity.records.comparison import Array
from parity.records.training import TrainingSettings

HEADINGS = ("prepare", "target", "build", "prediction", "loss", "optimizer")


def title(loss: Any) -> str:
    """What a loss is called, which may be a function."""
    return str(getattr(loss, "__name__", type(loss).__name__))


def _nothing(*given: Any) -> Any:
    raise ModelError("nothing says how this model is trained; give a twin file")


@dataclass(frozen=True)
class TwinFile:
    """The headings of a twin file.

    prepare     samples as a data set holds them, (N, ...), and a dtype -> inputs
    target      samples, labels and a dtype -> what the loss compares the output with
    weights     samples and a dtype -> what the loss of each is weighed by; None: by nothing
    build       -> the model
    prediction  the model's output -> what is compared with Keras's; None where that is the same
    loss        -> the loss
    optimizer   Keras: -> the optimizer; torch: of parameters
    corrupt     clean inputs and normal draws of their shape -> noisy inputs; None: no noise
    """

    prepare: Callable[..., Any] = _nothing
    target: Callable[..., Any] = _nothing
    build: Callable[[], Any] = _nothing
    prediction: Callable[[Any], Any] | None = None
    loss: Callable[[], Any] = _nothing
    optimizer: Callable[..., Any] = _nothing
    corrupt: Callable[[Array, Array], Array] | None = None
    batch_size: int = 0
    epochs: int = 0
    weights: Callable[..., Any] | None = None

    @property
    def settings(self) -> TrainingSettings:
        return TrainingSettings(title(self.loss()), self.batch_size, self.epochs)

    def predicted(self, output: Any) -> Any:
        return output if self.prediction is None else self.prediction(output)

    def inputs(self, raw: Array, dtype: str, noise_key: tuple[int, ...] | None) -> Any:
        """What the model is shown of raw samples (N, ...): prepared and, where it says, noisy.

        noise_key: of the noise; None for none.
        """
        clean = self.prepare(raw, dtype)
        if noise_key is None or self.corrupt is None:
            return clean
        return self.corrupt(
            clean, standard_normal(noise_key, raw.shape, dtype).reshape(clean.shape)
        )

    def step_inputs(self, raw: Array, dtype: str, seed: int, step: int) -> Any:
        """The inputs of a training step: as `inputs`, with the noise of that step."""
        clean = self.prepare(raw, dtype)
        if self.corrupt is None:
            return clean
        drawn = input_noise(seed, step, raw.shape, dtype)
        return self.corrupt(clean, drawn.reshape(clean.shape))


def cast(array: Array, dtype: str) -> Array:
    """Floats in this dtype; everything else as it is."""
    return array.astype(dtype) if np.issubdtype(array.dtype, np.floating) else array


NONE = TwinFile()  # of a model that comes without one


def read(name: str) -> TwinFile:
    """Import a twin file; or, where `name` ends in .py, run it, anew each time.

    Raises ModelError where it cannot be found or run, or lacks one of HEADINGS.
    """
    module = _file(name) if name.endswith(".py") else _installed(name)
    missing = [heading for heading in HEADINGS if not callable(getattr(module, heading, None))]
    if missing:
        raise ModelError(
            f"{name} has no {', '.join(missing)}; a twin file defines them all, and of any other "
            f"module write what builds the model, such as {name}:build"
        )
    sizes = {"batch_size": "BATCH_SIZE", "epochs": "EPOCHS"}
    for heading in sizes.values():
        if not isinstance(getattr(module, heading, None), int):
            raise ModelError(f"{name} has no {heading}; a twin file gives it as a whole number")
    return TwinFile(
        **{heading: getattr(module, heading) for heading in HEADINGS},
        corrupt=getattr(module, "corrupt", None),
        **{field: getattr(module, heading) for field, heading in sizes.items()},
    )


def data(name: str, raw: Array, labels: Array, dtype: str) -> tuple[Array, Array]:
    """Inputs and target that a twin file makes of raw samples (N, ...), without noise."""
    twin = read(name)
    return twin.prepare(raw, dtype), twin.target(raw, labels, dtype)


def corrupted(name: str, clean: Array, noise_key: tuple[int, ...]) -> Array | None:
    """Clean inputs (N, ...) with the noise that a twin file adds; None where it adds none."""
    corrupt = read(name).corrupt
    if corrupt is None:
        return None
    return corrupt(clean, standard_normal(noise_key, clean.shape, str(clean.dtype)))


def _installed(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise ModelError(f"no module {name!r}; is its folder on sys.path?") from error
        raise ModelError.behind(f"{name} cannot be imported", error) from error
    except (ParityError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a person's own module may call sys.exit, too
        raise ModelError.behind(f"{name} cannot be imported", error) from error


def _file(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"parity_file_{Path(path).stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except FileNotFoundError as error:
        raise ModelError(f"no file {path}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a person's own file may raise anything, and call sys.exit
        raise ModelError.behind(f"{path} cannot be run", error) from error
    return module
