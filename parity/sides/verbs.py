"""What a side can do: the verbs that both sides have, in this order.

A side holds models under a key, such as "mlp float64". NumPy arrays go in and come out, always in
the side's own layout (Keras: channels last, torch: channels first). keras_models.py and
torch_models.py run models, in inference mode; *_steps.py train them step by step, *_side.py by the
epoch.
Images are uint8 (N, 28, 28), labels int64 (N,), steps are counted from 1.
"""

from collections.abc import Callable
from typing import Any, Protocol

from parity.records.comparison import Array, Dtype, Trace
from parity.records.outcomes import Outcome
from parity.records.training import Gradients, Session, Steps, Tested, Trained, Update

Slots = dict[str, dict[str, Array]]  # role -> variable -> value; "" owns what belongs to none


class Models(Protocol):
    """Build, run and read models."""

    name: str

    def describe(self) -> dict[str, Any]:
        """Versions, device, threads and arithmetic settings, for the provenance."""

    def build(self, key: str, module: str, dtype: Dtype, seed: int) -> None:
        """Build module's model under `key`, its weights drawn with `seed`."""

    def weights(self, key: str) -> dict[str, Array]:
        """Every variable (torch: parameter and buffer) by name."""

    def assign(self, key: str, weights: dict[str, Array]) -> None:
        """Set the named variables, bit for bit. Shapes must be equal: nothing is broadcast."""

    def trace(self, key: str, images: Array) -> Trace:
        """Run `prediction(model(prepare(images)))` and write every step down.

        A pass that breaks off is returned with `error` set.
        """

    def replay(self, key: str, jobs: dict[str, tuple[tuple[str, ...], Array]]) -> dict[str, Array]:
        """Run steps of the last trace alone: {job: (step names, input)} -> {job: output}."""

    def predict(self, key: str, images: Array, noise_key: tuple[int, ...] | None) -> Array:
        """prediction(model(x)), in batches. noise_key: of the noise in x; None for none."""


class Training(Protocol):
    """Train models step by step, with shared draws. `compile` comes first."""

    def recipe(self, module: str) -> dict[str, Any]:
        """What the module says about training: loss (its class), batch_size, epochs."""

    def feed(self, key: str, images: Array, labels: Array) -> None:
        """The samples that training steps are made of."""

    def compile(self, key: str, session: Session) -> None:
        """A fresh loss and optimizer from the module, for steps as the session has them."""

    def hyperparameters(self, key: str) -> dict[str, Any]:
        """The optimizer's class and settings, under the framework's own names."""

    def gradients(self, key: str, images: Array, labels: Array, step: int) -> Gradients:
        """Differentiate one batch in training mode, with that step's draws. Nothing moves."""

    def updates(self, key: str, gradients: list[dict[str, Array]]) -> list[Update]:
        """Apply the optimizer to these gradients, one step each."""

    def advance(self, key: str, first: int, count: int, progress: Callable[[int], None]) -> Steps:
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


class Epochs(Protocol):
    """Train whole epochs in a lane's loop, and test. `compile` comes first."""

    def fit(
        self, key: str, epoch: int, samples: int | None, progress: Callable[[int], None]
    ) -> Trained:
        """One epoch over the fed samples, or the first so many of it, in the lane's loop.

        The framework's own generator draws. `matched` and `tuned` take the session's batches from
        samples that lie on the device; `idiomatic` shuffles for itself. The clock holds the
        training alone, synchronised with the device.
        """

    def test(self, key: str, images: Array, labels: Array) -> Tested:
        """The figures of a data set, as the session's recipe defines them."""

    def show(self, key: str, images: Array) -> dict[str, Array]:
        """What pictures show of the model: see parity/records/jobs.py, Run.shown."""

    def parameters(self, key: str) -> int:
        """How many numbers the model's weights and statistics hold."""

    def lane(self, key: str) -> str:
        """What the session's lane does, in a line."""

    def drop(self, key: str) -> None:
        """Let a model and its samples go, and count the memory's peak anew."""

    def usage(self) -> dict[str, int | None]:
        """Peak bytes since the last `drop`: "host" and, None on a CPU, "device"."""


class Laboratory(Protocol):
    """Run an experiment of the catalogue."""

    def perform(self, function: Callable[..., Any], given: dict[str, Array]) -> Outcome:
        """What a function of an entry gives when called with this framework, or what it raised."""
