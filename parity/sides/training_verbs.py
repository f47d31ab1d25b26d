"""What the sides can do in training: protocols, step by step and by the epoch. See verbs.py."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from parity.records.comparison import Array, Trace
from parity.records.interventions import Ahead, LossOtherwise
from parity.records.otherwise import Operation, Otherwise, Remade, Written
from parity.records.training import (
    Gradients,
    Peak,
    RandomLayer,
    Session,
    Steps,
    Tested,
    Trained,
    TrainingSettings,
    Update,
)

Slots = dict[str, dict[str, Array]]  # role -> variable -> value; "" owns what belongs to none
Watch = Callable[[int], None]  # is told the number of samples seen


class Training(Protocol):
    """Train models step by step, with shared draws. `compile` comes first."""

    def settings(self, file: str) -> TrainingSettings:
        """What a twin file says about training."""

    def preprocess(self, function: Any, raw: Any) -> Array:
        """What a person's own preparation makes of raw images, in float32: (N, ...)."""

    def loss_name(self, key: str) -> str:
        """What the loss is called."""

    def whole_loss(self, key: str, raw: Array, labels: Array) -> float:
        """The loss of a batch at inference, from the model's inputs on."""

    def metrics(self, key: str, raw: Array, labels: Array) -> dict[str, float]:
        """What a person's own metrics make of all samples at inference, by name; none where the
        port has none."""

    def feed(self, key: str, raw: Array, labels: Array) -> None:
        """The samples that training steps are made of."""

    def compile(self, key: str, session: Session) -> None:
        """A fresh loss and optimizer from the module, for steps as the session has them."""

    def finish(self, key: str) -> None:
        """Let the training of a live model go: it holds its own weights again."""

    def rates(self, key: str, count: int) -> tuple[float, ...]:
        """The learning rates of steps 1, 2, ... of a fresh training; of Keras's as far as they do
        not go by the loss."""

    def hyperparameters(self, key: str) -> list[dict[str, Any]]:
        """Each optimizer's class and settings, under the framework's own names, and the `variables`
        that it moves; of torch's optimizers each group's. Keras's: those that are `undecayed`."""

    def gradients(
        self, key: str, raw: Array, labels: Array, step: int, is_backwards: bool = False
    ) -> Gradients:
        """Differentiate one batch in training mode, with that step's draws. Nothing moves.

        is_backwards: the samples, each with its draws, the last first.
        """

    def updates(self, key: str, gradients: list[dict[str, Array]]) -> list[Update]:
        """Apply the optimizer to these gradients, one step each."""

    def advance(self, key: str, first: int, count: int, progress: Watch = ...) -> Steps:
        """Train on steps first, first + 1, ... with their shared batches and draws.

        `progress` is called with the number of samples seen. The seconds hold the making of
        batches and draws, too.
        """

    def slots(self, key: str) -> Slots:
        """The optimizer's own state, by role and variable."""

    def trace_step(self, key: str, step: int) -> Trace:
        """Write down the training pass of a step, as the weights stand. Nothing moves."""

    def mark(self, key: str) -> None:
        """Remember weights and optimizer state as they are."""

    def restore(self, key: str) -> None:
        """Go back to the last mark."""

    def adopt(self, key: str, weights: dict[str, Array], slots: Slots) -> None:
        """Take over weights and optimizer state."""


class TrainingInKeras(Training, Protocol):
    """What only Keras's side does with models that train, or asks for otherwise."""

    def losses(self, key: str, values: Array, raw: Array, labels: Array) -> dict[str, float]:
        """Loss and accuracy of values that stand before the last activation."""

    def swap(self, key: str) -> None:
        """Put the weights, optimizer state and mark aside, and take those that were put aside
        before; the first time, as they are. So one compiled model trains as two."""

    def rates_made(self, key: str) -> tuple[float, ...]:
        """The learning rates of the steps that were made, where callbacks move them, by the loss,
        too; none where no callbacks do."""

    def losses_otherwise(self, key: str, raw: Array, labels: Array) -> dict[LossOtherwise, float]:
        """`whole_loss` in each way in which a port may have it by mistake; none where the model
        has no loss of Keras's."""

    def gradients_undropped(
        self, key: str, raw: Array, labels: Array, step: int, idle: tuple[str, ...]
    ) -> Gradients:
        """`gradients`, with nothing dropped by these layers, in a diagnosis."""

    def has_own_step(self, key: str) -> bool:
        """Does the model train by a `train_step` of a person's own?"""

    def draws_within(self, key: str, shapes: Mapping[str, tuple[int, ...]]) -> bool:
        """Does a layer draw in training that cannot be handed its draws by its name, as the
        weights that attention drops? shapes: as of `random_layers`."""

    def step_draws(self, key: str, session: Session) -> tuple[RandomLayer, ...]:
        """What a `train_step` of a person's own draws, or else a pass in training mode, in the
        order in which it does. Raises ModelError where that cannot be handed from outside."""

    def random_layers(
        self, key: str, shapes: Mapping[str, tuple[int, ...]]
    ) -> tuple[RandomLayer, ...]:
        """The layers that draw in training and can be handed their draws. shapes: of a sample of
        what layers give, where the model does not say."""

    def loss_leak(self, key: str) -> bool:
        """Does the loss of a float64 model, compiled as in training, average in float32?"""

    def averages_narrowly(self, key: str) -> bool:
        """Is a float64 model taught by numbers that were rounded to float32: the losses of single
        samples, or a factor of a penalty? What is told of a loss may be one, too, where
        nothing else is."""


class TrainingInTorch(Training, Protocol):
    """What only the torch side does with models that train, or asks for otherwise."""

    def losses(
        self,
        key: str,
        values: Array,
        output: Array,
        raw: Array,
        labels: Array,
        ahead: Ahead | None = None,
    ) -> dict[str, float]:
        """As Keras's. output: what the model makes of the values; ahead: what stands ahead of the
        loss, or in its place, in a diagnosis."""

    def do_otherwise(self, key: str, otherwise: Otherwise) -> None:
        """Train otherwise from now on, in a diagnosis."""

    def written(self, key: str, raw: Array, labels: Array) -> tuple[list[Written], list[Operation]]:
        """The numbers that the port's own code computes `whole_loss` with, and what it does that
        may be done otherwise, each in its order."""

    def updates_under(
        self,
        key: str,
        weights: dict[str, Array],
        gradients: list[dict[str, Array]],
        wanted: Remade,
    ) -> list[Update]:
        """`updates` from these weights on, by the port's optimizer made otherwise."""

    def translate_naively(self, key: str, parts: tuple[str, ...]) -> None:
        """Put PyTorch's conventions in place of Keras's in a compiled model.

        parts: any of "optimizer" (torch's Adam), "epsilon" (the same with Keras's epsilon),
        "loss" (the textbook's), "weights" (torch's initialisation); others are left alone.
        """


class Epochs(Protocol):
    """Train whole epochs in a lane's loop, and test. `compile` comes first."""

    def fit(
        self, key: str, epoch: int, samples: int | None = None, progress: Watch = ...
    ) -> Trained:
        """One epoch over the fed samples, or the first so many of it, in the lane's loop.

        The framework's own generator draws. `matched` and `tuned` take the session's batches from
        samples that lie on the device; `idiomatic` shuffles for itself. The clock holds the
        training alone, synchronised with the device.
        """

    def test(self, key: str, raw: Array, labels: Array) -> Tested:
        """The figures of a data set, as the session's recipe defines them."""

    def show(self, key: str, raw: Array) -> dict[str, Array]:
        """What pictures show of the model: see parity/records/jobs.py, Run.shown."""

    def parameters(self, key: str) -> int:
        """How many numbers the model's weights and statistics hold."""

    def lane(self, key: str) -> str:
        """What the session's lane does, in a line."""

    def ways(self, key: str) -> tuple[str, ...]:
        """How the tuned lane may train this model: as the matched one first, the likeliest last."""

    def drop(self, key: str) -> None:
        """Let a model and its samples go, and count the memory's peak anew."""

    def usage(self) -> Peak:
        """The most memory used since the last `drop`."""


class EpochsInTorch(Epochs, Protocol):
    """What only the torch side counts."""

    def operations(self, key: str) -> int:
        """Additions and multiplications in the products and convolutions of a training step; 0
        where that is not counted."""

    def product_rate(self) -> float:
        """Additions and multiplications a second in a large float32 matrix product."""
