"""What the stages hand on: frozen records of NumPy arrays, numbers and names. No framework here.

A *verdict* is "pass", "differ", "incomplete" (something was compared with nothing) or
"not run" (a gate whose foundations failed).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

Array = NDArray[Any]
Dtype = Literal["float32", "float64"]
Verdict = Literal["pass", "differ", "incomplete", "not run"]
Task = Literal["classify", "reconstruct"]
Lane = Literal["idiomatic", "matched", "tuned"]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """What several verdicts come to: differ, else incomplete, else pass."""
    found = set(verdicts)
    if "differ" in found:
        return "differ"
    return "pass" if found <= {"pass"} else "incomplete"


@dataclass(frozen=True)
class Margins:
    """Differences of final test figures below which two models are equivalent."""

    loss: float = 0.05  # as a share of Keras's mean
    accuracy: float = 0.002  # absolute


@dataclass(frozen=True)
class Pair:
    """A Keras model and its PyTorch port: what belongs to the comparison alone.

    `keras` and `torch` name modules that have the twin headings: prepare, target, build,
    prediction, BATCH_SIZE, EPOCHS, loss and optimizer.
    """

    name: str
    task: Task
    about: str
    keras: str
    torch: str
    margins: Margins = Margins()


@dataclass(frozen=True)
class Variable:
    """One Keras variable, or one torch parameter or buffer."""

    name: str  # Keras: its path, "mlp/fc1/kernel"; torch: its qualified name, "fc1.weight"
    role: str  # the last part of the name: "kernel", "weight"
    shape: tuple[int, ...]
    kind: str = "weight"  # "weight", or "state" for what is no weight (a generator's seed, a count)
    trainable: bool = True  # False for a statistic, or for what is frozen


@dataclass(frozen=True)
class Step:
    """One thing that a forward pass did: a Keras layer, or a torch module or function."""

    name: str  # "conv1"; a torch function: "relu_1"
    kind: str  # "Conv2D", "Conv2d", "relu"
    shape: tuple[int, ...]  # of the output, batch axis included
    path: str = ""  # torch: the module's qualified name; "" for a function
    activation: str = ""  # Keras: the activation fused into the layer
    inputs: tuple[str, ...] = ()  # Keras: the layers that feed this one, "" for the model's input
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True)
class Trace:
    """A forward pass written down: the steps in order of execution, with inputs and outputs."""

    steps: tuple[Step, ...]
    inputs: dict[str, Array] = field(repr=False)  # step name -> its first input
    outputs: dict[str, Array] = field(repr=False)  # step name -> its output
    variables: tuple[Variable, ...]  # every one the model owns, used in the pass or not
    error: str = ""  # what the framework said if the pass broke off
    outside: tuple[str, ...] = ()  # torch: the steps that `prediction` made of the model's output

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)


@dataclass(frozen=True)
class Match:
    """A Keras layer and the torch steps that answer it, in order of execution."""

    keras: Step
    torch: tuple[Step, ...]


@dataclass(frozen=True)
class Alignment:
    """Which torch steps answer which Keras layer, and what was left over on either side."""

    matches: tuple[Match, ...]
    keras_left: tuple[str, ...] = ()
    torch_left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """How a torch activation stands to the Keras one: two functions, inverse to each other."""

    name: str
    to_keras: Callable[[Array], Array] = field(repr=False)
    to_torch: Callable[[Array], Array] = field(repr=False)
    order: Array | None = field(default=None, repr=False)  # flat: Keras's place of each feature


@dataclass(frozen=True)
class Move:
    """A named layout move of a weight: two functions, inverse to each other."""

    name: str  # "(in, out) -> (out, in)"
    to_torch: Callable[[Array], Array] = field(repr=False)
    to_keras: Callable[[Array], Array] = field(repr=False)


@dataclass(frozen=True)
class LedgerLine:
    """One Keras variable and the torch parameter or buffer that holds the same numbers."""

    keras: Variable
    move: Move
    torch: Variable


@dataclass(frozen=True)
class Ledger:
    """Every Keras variable and every torch parameter and buffer, each in exactly one place."""

    lines: tuple[LedgerLine, ...]
    set_aside: tuple[tuple[str, str], ...] = ()  # (name, why it has no counterpart)
    keras_left: tuple[Variable, ...] = ()
    torch_left: tuple[Variable, ...] = ()
    failures: tuple[str, ...] = ()  # one line each: thing, value, remedy


@dataclass(frozen=True)
class Evidence:
    """What one layer gave on both sides in one dtype, all in Keras's layout."""

    match: Match
    keras: Array = field(repr=False)
    torch: Array = field(repr=False)
    isolated: Array = field(repr=False)  # the torch layer, fed with the Keras layer's own input
    noise: float
    isolated_noise: float


@dataclass(frozen=True)
class Measured:
    """One thing that both sides gave in one dtype, in Keras's layout, and its rounding noise."""

    keras_name: str
    torch_name: str
    keras: Array = field(repr=False)
    torch: Array = field(repr=False)
    noise: float
    note: str = ""


@dataclass(frozen=True)
class Setting:
    """A hyperparameter of both optimizers. None: that side has no such setting."""

    name: str  # Keras's
    keras: Any
    torch: Any
    note: str = ""  # what a difference does

    @property
    def equal(self) -> bool:
        # None, False and 0 all mean that a thing is not done.
        return bool(self.keras == self.torch or (not self.keras and not self.torch))


@dataclass(frozen=True)
class LayerCheck:
    """One line of a gate's table. A figure that was not measured, or has no meaning, is None.

    max_abs            largest |torch - keras| over all elements, accumulated from the model's input
    index              where it stands, in Keras's layout
    rel                the L2 norm of the difference over the L2 norm of Keras's values
    ulp                max_abs in units of the spacing of floats at the value it was found at
    noise_ratio        max_abs over the measured rounding noise of the layer
    isolated_max_abs   as max_abs, with the Keras layer's own input fed to the torch layer
    isolated_ratio     isolated_max_abs over its own measured noise
    """

    keras: str
    torch: str
    verdict: Verdict
    keras_shape: tuple[int, ...] | None = None
    torch_shape: tuple[int, ...] | None = None
    max_abs: float | None = None
    index: tuple[int, ...] | None = None
    rel: float | None = None
    ulp: float | None = None
    noise_ratio: float | None = None
    isolated_max_abs: float | None = None
    isolated_ratio: float | None = None
    note: str = ""


@dataclass(frozen=True)
class GateResult:
    """What one gate found. `dtype` is "" for a gate that looks at no values."""

    name: str
    verdict: Verdict
    layers: tuple[LayerCheck, ...] = ()
    dtype: str = ""
    note: str = ""

    @property
    def first_divergence(self) -> LayerCheck | None:
        return next((layer for layer in self.layers if layer.verdict == "differ"), None)


@dataclass(frozen=True)
class Report:
    """All gates of one pair, with what it takes to run them again."""

    pair: str
    gates: tuple[GateResult, ...]
    provenance: dict[str, Any]

    @property
    def verdict(self) -> Verdict:
        """Differ, else incomplete, else pass. Without any gate, or with one not run: no pass."""
        return worst(gate.verdict for gate in self.gates) if self.gates else "incomplete"

    @property
    def first_divergence(self) -> LayerCheck | None:
        found = (gate.first_divergence for gate in self.gates)
        return next((layer for layer in found if layer is not None), None)


@dataclass(frozen=True)
class RandomLayer:
    """A layer that draws random numbers in training, and what one sample's draws look like."""

    name: str  # Keras's
    kind: Literal["keep", "normal"]
    shape: tuple[int, ...]  # Keras's layout; 1 where a whole axis shares a draw
    rate: float = 0.0  # "keep": the share that is dropped
    order: Array | None = field(default=None, repr=False)  # torch's draw n is Keras's order[n]


@dataclass(frozen=True)
class Variant:
    """What a recipe does otherwise than the model files. The default does nothing.

    Inputs, and the targets of auto-encoders, become (x - mean) / sd, then clamped to [0, 1].
    """

    mean: float = 0.0
    sd: float = 1.0
    clamped: bool = False
    noisy_test: bool = True  # False: a denoiser is tested on clean images
    by_batch: bool = False  # an epoch's loss is the mean of its batches' means
    accuracy_per_batch: bool = False  # right answers over the number of batches, no share at all


@dataclass(frozen=True)
class Session:
    """What both sides of a training share: where every batch and every draw comes from."""

    task: Task
    seed: int
    batch_size: int
    keras_backend: str  # whose arithmetic parity.semantics follows
    layers: tuple[RandomLayer, ...] = ()  # in order of execution
    lane: Lane = "matched"  # whose loop trains whole epochs
    variant: Variant = Variant()


@dataclass(frozen=True)
class Gradients:
    """One batch in training mode: its loss, and what it is differentiated by."""

    loss: float
    weights: dict[str, Array] = field(repr=False)
    input: Array = field(repr=False)
    unused: tuple[str, ...] = ()  # random layers whose shared draws the pass did not take


@dataclass(frozen=True)
class Update:
    """An optimizer after a step: the weights, and its own state by role and variable."""

    weights: dict[str, Array] = field(repr=False)
    slots: dict[str, dict[str, Array]] = field(repr=False)


@dataclass(frozen=True)
class Steps:
    """Consecutive training steps of one side, one number a step, float64 (steps,)."""

    first: int
    samples: Array = field(repr=False)
    losses: Array = field(repr=False)
    norms: Array = field(repr=False)  # the L2 norm of all gradients together
    accuracies: Array = field(repr=False)
    seconds: float = 0.0


@dataclass(frozen=True)
class Trained:
    """One epoch of training, one number a step; or one for all, where a framework tells no more.

    losses, accuracies: means over the samples of a step, float64; samples: how many, int64.
    laps: stretches of consecutive steps, each (steps, seconds), the device synchronised at both
    ends; the first is a single step.
    """

    losses: Array = field(repr=False)
    accuracies: Array = field(repr=False)
    samples: Array = field(repr=False)
    seconds: float
    laps: tuple[tuple[int, float], ...]

    @property
    def loss(self) -> float:
        """The mean over samples."""
        return float(self.losses @ self.samples / self.samples.sum())

    @property
    def accuracy(self) -> float:
        """The mean over samples."""
        return float(self.accuracies @ self.samples / self.samples.sum())


@dataclass(frozen=True)
class Tested:
    """What a data set gives: loss and accuracy as the recipe defines them, and Keras's accuracy."""

    loss: float
    accuracy: float
    keras_accuracy: float


@dataclass(frozen=True)
class Drift:
    """How far one training has come from another after a step: the largest |difference|s."""

    step: int
    weights: float  # over all weights and statistics
    variable: str = ""  # where that one stands
    index: tuple[int, ...] = ()
    loss: float = 0.0  # of this step
    norm: float = 0.0  # of this step's gradient
    slots: dict[str, float] = field(default_factory=dict)  # by role: momentum, velocity, ...


@dataclass(frozen=True)
class Parting:
    """The first step after which a port has drifted further than the yardstick allows."""

    step: int
    variable: str
    index: tuple[int, ...]
    keras: float
    torch: float
    drift: float
    twin_drift: float
    event: str  # which decisions of that step's passes fell another way
    # From here on, given Keras's weights and state anew before each step: the drift of one step,
    # as a multiple of a twin's. A port that makes the same steps has only let rounding grow.
    multiples: tuple[float, ...] = ()
    is_rounding: bool = False


@dataclass(frozen=True)
class Lockstep:
    """A Keras model, its port, and a twin of the Keras model one ULP away, trained in step."""

    pair: str
    dtype: Dtype
    steps: int
    keras: Steps
    torch: Steps
    twin: Steps
    port: tuple[Drift, ...]  # the port against the Keras model; the first is before training
    yardstick: tuple[Drift, ...]  # the twin against the Keras model, at the same steps
    parting: Parting | None = None
    seconds: float = 0.0  # the whole, comparing included
