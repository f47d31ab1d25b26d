"""What the stages of training hand on: sessions, steps, epochs, drift. No framework here."""

from dataclasses import dataclass, field
from typing import Any, Literal

from parity.records.comparison import Array, Dtype, Finding, Verdict
from parity.records.names import FileName
from parity.records.own_training import OwnTraining
from parity.records.pair import Task

Lane = Literal["idiomatic", "matched", "tuned"]
AS_MATCHED = "as matched"  # the tuned lane's way that is the matched lane's


@dataclass(frozen=True)
class TrainingSettings:
    """What a twin file says about training."""

    loss: str  # its class
    batch_size: int
    epochs: int


@dataclass(frozen=True)
class RandomLayer:
    """A layer that draws random numbers in training, and what one sample's draws look like."""

    name: str  # Keras's
    kind: Literal["keep", "normal", "uniform"]
    shape: tuple[int, ...]  # Keras's layout; 1 where a whole axis shares a draw
    rate: float = 0.0  # "keep": the share that is dropped
    order: Array | None = field(default=None, repr=False)  # torch's draw n is Keras's order[n]
    times: int = 1  # the batch's samples are drawn for; 0: `shape` is the whole, whatever the batch


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

    task: Task | None  # None: no accuracy is counted
    seed: int
    batch_size: int
    keras_backend: str  # whose arithmetic parity.semantics follows
    layers: tuple[RandomLayer, ...] = ()  # in order of execution
    is_seen: bool = False  # are these what a pass of Keras's was seen to draw, call by call?
    lane: Lane = "matched"  # whose loop trains whole epochs
    way: str = ""  # which of the tuned lane's ways; "" for the likeliest
    variant: Variant = Variant()
    own: OwnTraining | None = field(default=None, repr=False)  # of a pair without twin files


@dataclass(frozen=True)
class Gradients:
    """One batch in training mode: its loss, and what it is differentiated by.

    inputs: of those that are numbers, by the side's own names.
    """

    loss: float
    weights: dict[str, Array] = field(repr=False)
    inputs: dict[str, Array] = field(repr=False)
    unused: tuple[str, ...] = ()  # random layers whose shared draws the pass did not take


@dataclass(frozen=True)
class Update:
    """An optimizer after a step: the weights, and, after the last of several, its own state by role
    and variable."""

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
class Peak:
    """The most memory that a side has used, in bytes."""

    host: int  # the process's largest resident set
    device: int | None  # None on a CPU


@dataclass(frozen=True)
class Tested:
    """What a data set gives: loss and accuracy as the recipe defines them, and Keras's accuracy.

    Accuracies are NaN where there is no telling what is right. metrics: a person's own, by name.
    """

    loss: float
    accuracy: float
    keras_accuracy: float
    metrics: dict[str, float] = field(default_factory=dict)


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
class Divergence:
    """The first step after which a port has drifted further than the yardstick allows."""

    step: int
    variable: str
    index: tuple[int, ...]
    keras: float
    torch: float
    drift: float
    reference_drift: float
    event: str  # which decisions of that step's passes fell another way
    # From here on, given Keras's weights and state anew before each step: the drift of one step,
    # as a multiple of a reference's. A port that makes the same steps has only let rounding grow.
    multiples: tuple[float, ...] = ()
    is_rounding: bool = False
    finding: Finding | None = None  # why, where that was asked


@dataclass(frozen=True)
class Lockstep:
    """A Keras model, its port, and a perturbed reference, the Keras model one ULP away, trained in
    step."""

    pair: str
    dtype: Dtype
    steps: int
    keras: Steps
    torch: Steps
    reference: Steps
    port: tuple[Drift, ...]  # the port against the Keras model; the first is before training
    yardstick: tuple[Drift, ...]  # the reference against the Keras model, at the same steps
    divergence: Divergence | None = None
    seconds: float = 0.0  # the whole, comparing included


@dataclass(frozen=True)
class Point:
    """A port and the reference after one step. multiple: of what the reference has drifted so
    far."""

    step: int
    shown: bool  # in tables, too
    port: Drift
    reference: Drift
    multiple: float


@dataclass(frozen=True)
class Decisions:
    """How many test decisions differ after training: classes, or pixels thresholded at 0.5."""

    all: int
    different: int
    different_for_the_reference: int


@dataclass(frozen=True)
class Cost:
    """Seconds of both plain training loops, for as many steps as the lock-step run has."""

    keras: float
    torch: float
    both: float
    lockstep: float
    ratio: float


@dataclass(frozen=True)
class Naive:
    """A port trained with some of PyTorch's conventions, against the Keras model."""

    name: str
    drifts: tuple[Drift, ...]  # at the reported steps
    loss: float  # of the last step
    keras_loss: float


@dataclass(frozen=True)
class LockstepRecord:
    """What the file of a lock-step run holds. cost, naive: None where they were not asked for;
    decisions: where there is no telling what was decided."""

    pair: FileName
    dtype: Dtype
    backend: FileName
    steps: int
    verdict: Verdict
    note: str
    conventions: str
    drift: tuple[Point, ...]
    largest_loss_difference: float
    divergence: Divergence | None
    losses: dict[str, tuple[float, ...]]  # framework -> one a step
    norms: dict[str, tuple[float, ...]]
    seconds: dict[str, float]
    data: dict[str, Any]
    provenance: dict[str, Any]
    decisions: Decisions | None = None
    cost: Cost | None = None
    naive: tuple[Naive, ...] | None = None
