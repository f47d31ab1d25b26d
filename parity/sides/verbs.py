"""What the sides can do: protocols, whose methods are called through calls.py.

A side holds models under a key, such as "mlp float64". NumPy arrays go in and come out, always in
the side's own layout (Keras: channels last, torch: channels first). keras_models.py and
torch_models.py run models, in inference mode; *_steps.py train them step by step, *_side.py by the
epoch, which a live object's side, in this process, cannot.
`raw` are samples as the data set has them, (N, ...), before a twin file prepares them; labels are
(N, ...). Steps are counted from 1.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from parity.records.answers import Answer
from parity.records.comparison import Array, Dtype, LowPrecision, Trace
from parity.records.inputs import Arguments, InputSpec
from parity.records.interventions import Ahead, Change, LossOtherwise
from parity.records.low_pass import LowPass
from parity.records.otherwise import Otherwise, Remade
from parity.records.outcomes import Outcome
from parity.records.pair import Source
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
Inputs = Mapping[str, Array]  # by name, in the order that the model takes them


class Models(Protocol):
    """Build, run and read models."""

    name: str

    def describe(self) -> dict[str, Any]:
        """Versions, device, threads and arithmetic settings, for the provenance."""

    def open(
        self, key: str, source: Source, dtype: Dtype = "float32", seed: int = 0, weights: str = ""
    ) -> None:
        """Hold the model that `source` is or names under `key`.

        dtype: of a twin file's model. seed: of the weights of what is built here. weights: a file
        to read. Raises ModelError where there is no such model, or the file does not fit.
        """

    def share(self, key: str, other: str, dtype: Dtype) -> None:
        """Hold a model of a person's own under another key, too, to be trained in this dtype."""

    def close(self, key: str) -> None:
        """Let a model go, and its walks."""

    def weights(self, key: str, names: Sequence[str] | None = None) -> dict[str, Array]:
        """Every variable (torch: parameter and buffer) by name, or those of these names alone."""

    def assign(self, key: str, weights: dict[str, Array]) -> None:
        """Set the named variables, bit for bit. Shapes must be equal: nothing is broadcast."""

    def prepared(self, key: str, raw: Array) -> Array:
        """What the twin file prepares of raw samples (N, ...), as its model takes it."""

    def predict(self, key: str, raw: Array, noise_key: tuple[int, ...] | None) -> Array:
        """prediction(model(x)), in batches. noise_key: of the noise in x; None for none."""

    def answer(self, key: str, inputs: Inputs, dtype: Dtype, times: int = 1) -> tuple[Answer, ...]:
        """Everything that the model returns when it is run whole and plain in this dtype, at
        inference, so many times in a row. What it raises is in the answer."""

    def low_answer(self, key: str, inputs: Inputs, dtype: LowPrecision) -> Answer:
        """The same in low precision, once: Keras's model under the mixed policy of this dtype; the
        port cast to it, or under autocast where it casts for itself, as the answer's note says."""


class Walks(Models, Protocol):
    """Walk along a model that was presented, in both float types at once."""

    def begin(self, key: str, kept: Sequence[str]) -> None:
        """Start a pass in each dtype. `kept`: the values that `reach` will ask for, each as often
        as it will."""

    def reach(self, key: str, names: Sequence[str]) -> list[dict[Dtype, Array]]:
        """These values in both dtypes; the passes go as far as they must."""

    def alone(
        self,
        key: str,
        steps: Sequence[str],
        feeds: Mapping[str, Array],
        result: str,
        dtype: Dtype,
        changes: Sequence[Change] = (),
    ) -> Array:
        """Run these steps on values given for what they take from elsewhere; the value `result`.

        changes: of the torch side's steps alone.
        """

    def exercise(
        self,
        key: str,
        steps: Sequence[str],
        feeds: Mapping[str, Array],
        result: str,
        dtype: Dtype,
        seed: int = 0,
        changes: Sequence[Change] = (),
    ) -> tuple[Array, dict[str, Array]]:
        """As `alone`, in a pass that was presented in training mode, with the draws of this seed:
        the result, and the statistics that it moved, by name. The model's own stay."""


class InKeras(Walks, Protocol):
    """What only Keras's side does with models, or asks for otherwise."""

    def present(self, key: str, inputs: Inputs, training: bool = False) -> Trace:
        """Write the pass on these inputs down, for a walk. training: in training mode."""

    def input_specs(self, key: str, shape: tuple[int, ...] | None = None) -> dict[str, InputSpec]:
        """The model's inputs by name, in the order in which it takes them; nothing where it does
        not say. shape: of one sample, for one that does not say, or takes any size."""

    def constant_weights(self, key: str) -> dict[str, Array]:
        """The weights that are one number throughout, as biases and statistics are at first."""

    def save(self, key: str, path: str) -> None:
        """Write the model as `.keras`, or its weights as Keras's own `.weights.h5`."""


class InTorch(Walks, Protocol):
    """What only the torch side does with models, or asks for otherwise."""

    def open(
        self,
        key: str,
        source: Source,
        dtype: Dtype = "float32",
        seed: int = 0,
        weights: str = "",
        data: str = "",
    ) -> None:
        """As Keras's. data: a twin file whose data the module is shown in place of its own."""

    def present(
        self,
        key: str,
        inputs: Inputs,
        whole: tuple[str, ...] = (),
        training: bool = False,
        changes: Sequence[Change] = (),
    ) -> Trace:
        """As Keras's. inputs: by the names that say how the module takes them: "0" by place, "x" by
        an argument's name, "0[left]" as an item of a dictionary. whole: kinds of modules that are a
        step each, and are not looked into; changes: what is done otherwise in this pass, as it runs
        and whenever it is walked along."""

    def answer(
        self,
        key: str,
        inputs: Inputs,
        dtype: Dtype,
        times: int = 1,
        changes: Sequence[Change] = (),
    ) -> tuple[Answer, ...]:
        """As Keras's. changes: what is done otherwise as the module runs, by the names of the
        steps that it was presented with."""

    def low_answer(
        self, key: str, inputs: Inputs, dtype: LowPrecision, changes: Sequence[Change] = ()
    ) -> Answer:
        """As Keras's. changes: as of `answer`."""

    def watch_low(self, key: str, inputs: Inputs, dtype: LowPrecision) -> LowPass:
        """What the port does on its way, when it was cast to this dtype."""

    def predict_by(self, key: str, activations: Mapping[int, tuple[str, int]]) -> None:
        """Take activations of what the module returns, where it is compared with what Keras does.

        activations: by the place of a returned value, which one, and along which axis.
        """

    def is_faithful(self, key: str, inputs: Inputs) -> bool:
        """Does the replay of the presented pass, with the weights that the model is lent, give bit
        for bit what the model itself gives on these inputs?"""

    def arguments(self, key: str) -> Arguments:
        """What the module's `forward` takes."""

    def filled(self, key: str, weights: dict[str, Array]) -> dict[str, Array]:
        """The module's state dict as it would be with these weights; it keeps its own."""

    def override_weights(self, key: str, weights: dict[str, Array]) -> dict[str, str]:
        """Let the passes of a model run with these weights; a live module keeps its own.

        By name, why some cannot be held: the module computes them, and never as they should be.
        """


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

    def feed(self, key: str, raw: Array, labels: Array) -> None:
        """The samples that training steps are made of."""

    def compile(self, key: str, session: Session) -> None:
        """A fresh loss and optimizer from the module, for steps as the session has them."""

    def finish(self, key: str) -> None:
        """Let the training of a live model go: it holds its own weights again."""

    def rates(self, key: str, count: int) -> tuple[float, ...]:
        """The learning rates of steps 1, 2, ... of a fresh training."""

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

    def losses_otherwise(self, key: str, raw: Array, labels: Array) -> dict[LossOtherwise, float]:
        """`whole_loss` in each way in which a port may have it by mistake; none where the model
        has no loss of Keras's."""

    def has_own_step(self, key: str) -> bool:
        """Does the model train by a `train_step` of a person's own?"""

    def random_layers(
        self, key: str, shapes: Mapping[str, tuple[int, ...]]
    ) -> tuple[RandomLayer, ...]:
        """The layers that draw in training and can be handed their draws. shapes: of a sample of
        what layers give, where the model does not say."""

    def loss_leak(self, key: str) -> bool:
        """Does the loss of a float64 model, compiled as in training, average in float32?"""

    def averages_narrowly(self, key: str) -> bool:
        """Are the losses of single samples, by which an own float64 model is taught, float32
        numbers? What is told of a loss may be one, too, where nothing else is."""


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


class Laboratory(Protocol):
    """Run an experiment of the catalogue."""

    def perform(self, function: Callable[..., Any], given: dict[str, Array]) -> Outcome:
        """What a function of an entry gives when called with this framework, or what it raised."""


class Stepping(Walks, Training, Protocol):
    """What a side of either framework can do in any process."""


class SteppingInKeras(InKeras, TrainingInKeras, Stepping, Protocol):
    """The same of Keras's side."""


class SteppingInTorch(InTorch, TrainingInTorch, Stepping, Protocol):
    """The same of the torch side."""


class Verbs(Stepping, Epochs, Laboratory, Protocol):
    """What a side of either framework can do in its own process."""


class KerasVerbs(SteppingInKeras, Verbs, Protocol):
    """All that Keras's side can do."""


class TorchVerbs(SteppingInTorch, EpochsInTorch, Verbs, Protocol):
    """All that the torch side can do."""
