"""What the sides can do: protocols, whose methods are called through calls.py.

A side holds models under a key, such as "mlp float64". NumPy arrays go in and come out, always in
the side's own layout (Keras: channels last, torch: channels first). keras_models.py and
torch_models.py run models, in inference mode; *_steps.py train them step by step, *_side.py by the
epoch, which a live object's side, in this process, cannot.
`raw` are samples as the data set has them, (N, ...), before a twin file prepares them; labels are
(N, ...). Steps are counted from 1.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from parity.records.answers import Answer
from parity.records.comparison import Array, Dtype, LowPrecision, Trace
from parity.records.inputs import Arguments, InputSpec
from parity.records.interventions import Change
from parity.records.low_pass import LowPass
from parity.records.outcomes import Outcome
from parity.records.pair import Source
from parity.records.training import RandomLayer
from parity.sides.training_verbs import (
    Epochs,
    EpochsInTorch,
    Training,
    TrainingInKeras,
    TrainingInTorch,
)

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

    def answer(
        self, key: str, inputs: Inputs, dtype: Dtype, then: Inputs | None = None
    ) -> tuple[Answer, ...]:
        """Everything that the model returns when it is run whole and plain in this dtype, at
        inference; then: and again, in a row, on these. What it raises is in the answer."""

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

    def drawn(self, key: str, inputs: Inputs) -> tuple[RandomLayer, ...]:
        """What the model draws at inference, in order: from here on it is handed these draws, as
        `draws.at_inference` has them. Raises ModelError where it draws by what cannot be handed."""

    def inside(
        self,
        key: str,
        steps: Sequence[str],
        feeds: Mapping[str, Array],
        result: str,
        sizes: Collection[int],
    ) -> list[Array]:
        """Run these steps as `alone` does, in float64: what the operations in them give on the way
        to the result, as far as it has one of these sizes."""

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
        then: Inputs | None = None,
        changes: Sequence[Change] = (),
    ) -> tuple[Answer, ...]:
        """As Keras's. changes: what is done otherwise as the module runs, by the names of the
        steps that it was presented with."""

    def answer_moved(
        self, key: str, inputs: Inputs, seed: int, changes: Sequence[Change] = ()
    ) -> Answer:
        """What the port returns in float64 with constants that it holds in float32, and that are no
        buffers, each moved by half a place up or down. changes: as of `answer`."""

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

    def draw_as(self, key: str, layers: tuple[RandomLayer, ...]) -> None:
        """Hand the module what Keras's model draws at inference, where it draws, too."""

    def arguments(self, key: str) -> Arguments:
        """What the module's `forward` takes."""

    def filled(self, key: str, weights: dict[str, Array]) -> dict[str, Array]:
        """The module's state dict as it would be with these weights; it keeps its own."""

    def override_weights(self, key: str, weights: dict[str, Array]) -> dict[str, str]:
        """Let the passes of a model run with these weights; a live module keeps its own.

        By name, why some cannot be held: the module computes them, and never as they should be.
        """


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
