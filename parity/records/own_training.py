"""How a person's own pair is trained, as they hand it over: live objects. No framework here."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from parity.errors import ModelError
from parity.records.comparison import Array
from parity.records.trees import leaves

Interval = Literal["step", "epoch"]
INTERVALS = ("step", "epoch")


@dataclass(frozen=True)
class InFile:
    """What a file of a person's own defines under a name. Each side runs the file for itself, as
    functions and modules do not cross processes."""

    file: str
    name: str

    def __repr__(self) -> str:
        return f"{self.name} of {self.file}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Training:
    """How both models of an own pair are trained: `parity.check(..., training=Training(...))`.

    loss            the port's: a callable of (outputs, targets), or of (outputs, targets, weights)
                    where there are weights of samples; or an nn.Module. None with `step`
    optimizer       a torch optimizer of the module's parameters that has made no step yet, or what
                    makes one: callable(parameters), or callable(module)
    x, y            samples in Keras's layout, (N, ...): an array, or a list or dictionary of them,
                    as Keras's `fit` takes them
    sample_weight   (N,), or one such for each output, as `fit` takes it
    class_weight    class -> weight, as `fit` takes it, and Keras's side alone: a port weighs
                    classes in its loss
    batch_size      samples of a step; an epoch's last batch is what is left
    steps           of lock-step; None: two epochs and a step, from 10 to 100
    epochs          of a whole training (`parity compare`); None: 10
    scheduler       a torch scheduler of that optimizer, or what makes one: callable(optimizer)
    scheduler_interval  whether its `step` is called after each step, as Keras's schedules count, or
                    after each epoch; a ReduceLROnPlateau is given each epoch's mean loss
    step            the port's own training step, step(module, batch) -> loss, which moves the
                    weights by `optimizer`, or by several: then a list or dictionary of them; it
                    is run as it is, and given them as a third argument where it takes one.
                    batch: (x, y, sample_weight), as far as they are given
    keras_loss, keras_optimizer   where the Keras model is not compiled, or otherwise: what
                    `compile` takes. These two and `loss` may be a class, or a function without
                    arguments that makes one
    metrics         the port's, by name, or several: each a function of (outputs, targets), of all
                    samples at once, or an object with `update`, `result` and `reset`, as those of
                    parity.semantics.metrics, or `compute`. They are compared with Keras's of the
                    same names, or else in order
    keras_metrics   where the Keras model is compiled without them: a list, as `compile` takes it
    raw             what both prepare their inputs from, (N, H, W, C) or a list of (H, W, C), which
                    `keras_preprocess` is given as a batch, and `torch_preprocess` one by one: as
                    PIL images where it is one of torchvision's, else as arrays. They are compared
                    at the gate `data`; x stays what both are trained on
    keras_preprocess, torch_preprocess   callables, Keras's layers, torchvision's transforms
    keras_callbacks what `fit` is given to move the learning rate by the loss or the epoch:
                    ReduceLROnPlateau(monitor="loss"), LearningRateScheduler

    On Keras's tensorflow backend torch must have loaded its compiler before TensorFlow is there, or
    the interpreter aborts at the first torch optimizer: write `import torch._dynamo` above
    `import keras`, or give a callable.

    Raises ModelError for a number that is none.
    """

    loss: Any = None
    optimizer: Any = None
    x: Any = None
    y: Any = None
    sample_weight: Any = None
    class_weight: dict[int, float] | None = None
    batch_size: int = 32
    steps: int | None = None
    epochs: int | None = None
    scheduler: Any = None
    scheduler_interval: Interval = "step"
    step: Callable[..., Any] | None = None
    keras_loss: Any = None
    keras_optimizer: Any = None
    metrics: Any = None
    keras_metrics: Any = None
    raw: Any = None
    keras_preprocess: Any = None
    torch_preprocess: Any = None
    keras_callbacks: Any = ()

    def __post_init__(self) -> None:
        for name in ("batch_size", "steps", "epochs"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int) and value > 0):
                raise ModelError(f"training: {name}={value!r}: give a whole number from 1 up")
        if self.scheduler_interval not in INTERVALS:
            raise ModelError(
                f"training: scheduler_interval={self.scheduler_interval!r}: choose step or epoch"
            )


def made(given: Any) -> Any:
    """A loss or an optimizer: what was given, or what that makes, where it is a class, or a
    function that takes nothing."""
    if not (inspect.isclass(given) or inspect.isroutine(given)):
        return given
    try:
        signature = inspect.signature(given)
        signature.bind()
    except (TypeError, ValueError):
        return given
    is_maker = inspect.isclass(given) or not signature.parameters
    return given() if is_maker else given


# What of a training a reference settles: the rest is the port's, or the Keras model's.
SETTLED = ("x", "y", "sample_weight", "class_weight", "batch_size", "steps", "epochs")


@dataclass(frozen=True, eq=False)
class Part:
    """Samples as `fit` takes them: an array, or a list or dictionary of arrays, of (N, ...) each.

    y, sample_weight: None for none.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None

    @property
    def arrays(self) -> list[Array]:
        return [*leaves(self.x), *leaves(self.y), *leaves(self.sample_weight)]

    @property
    def count(self) -> int:
        """Of samples."""
        return len(self.arrays[0])


@dataclass(frozen=True, eq=False)
class OwnData:
    """name: the file's. test: None where the file holds no samples apart to test on; raw: what
    they are prepared from, None for none."""

    name: str
    train: Part
    test: Part | None = None
    raw: Array | None = None


@dataclass(frozen=True, eq=False)
class Samples:
    """What one side trains on, in its own layout: N samples.

    inputs: by the names under which the model takes them; target: an array, or a list or dictionary
    of them, None for none; weights: of samples, (N,), arranged as the target, or None.
    """

    inputs: dict[str, Any]
    target: Any = None
    weights: Any = None


@dataclass(frozen=True, eq=False)
class OwnTraining:
    """What both sides of an own pair are taught from. Samples are known by their numbers.

    is_stepped: does a side make steps of its own, that are run as they are? order: of the values
    of the first output, torch's n-th is Keras's order[n]; None where both are alike.
    """

    training: Training
    keras: Samples
    torch: Samples
    is_stepped: bool = False
    order: Array | None = None

    @property
    def count(self) -> int:
        """Of samples."""
        return len(next(iter(self.keras.inputs.values())))
