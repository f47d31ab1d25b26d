"""What a training run is, and what it gave. Runs are independent of each other. No framework."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from parity.records.comparison import Array
from parity.records.names import FileName
from parity.records.training import Lane

Framework = Literal["keras", "torch"]
Start = Literal["paired", "independent"]

LANES: tuple[Lane, ...] = ("idiomatic", "matched", "tuned")
STARTS: tuple[Start, ...] = ("paired", "independent")
FRAMEWORKS: tuple[Framework, ...] = ("keras", "torch")
# Of all processors. On a quiet machine the middle half of a side's laps lies as far apart.
BUSY = 0.1


@dataclass(frozen=True)
class Job:
    """One run to be done: everything that decides its result but the data and the machine.

    backend   Keras's, also in a job of torch: the port follows its arithmetic (parity.semantics)
    lane      whose training loop: each framework's usual one, one that is alike, the fastest
    recipe    "course" or "as_reported" (recipes.py)
    start     paired: Keras's initial weights, and the same batches; independent: each framework's
              own initialisation, batches and generator
    """

    pair: FileName
    framework: Framework
    backend: FileName
    lane: Lane
    recipe: FileName
    start: Start
    seed: int
    epochs: int

    @property
    def id(self) -> str:
        """A file name: which run this is, whatever its length."""
        parts = (self.pair, self.framework, self.backend, self.lane, self.recipe, self.start)
        return "-".join((*parts, str(self.seed)))

    @property
    def title(self) -> str:
        """For people: `mlp: keras (tensorflow), matched, paired, seed 0`."""
        return f"{self.pair}: {self.side}, {self.lane}, {self.start}, seed {self.seed}"

    @property
    def side(self) -> str:
        """`keras (tensorflow)` or `torch`."""
        return f"keras ({self.backend})" if self.framework == "keras" else "torch"


@dataclass(frozen=True)
class Epoch:
    """One epoch of one run; epoch 0 is the model before training.

    Losses and accuracies are means over samples (of images: over their pixels) in the recipe
    `course`; `as_reported` has the report's definitions (recipes.py). Those of training
    are running means while the weights move, those of the test set are taken after the epoch.
    """

    epoch: int
    test_loss: float
    test_accuracy: float
    test_keras_accuracy: float  # what Keras's string "accuracy" means for this output
    train_loss: float | None = None
    train_accuracy: float | None = None
    seconds: float | None = None  # the training alone; other runs may have shared the machine
    metrics: dict[str, float] = field(default_factory=dict)  # of a person's own, on the test set


@dataclass(frozen=True)
class Run:
    """A run that ended. `error` says in one line why it ended early: "" for all epochs done.

    shown: what pictures need, of the model at the end. Classifiers: "classes", int64 (N,), of
    all test images. Auto-encoders: "inputs" and "outputs", float32 (10, 28, 28), the first ten.
    A pair of a person's own that is no classifier: "predictions", float32 (samples, values), in
    Keras's order, of the first test samples.
    """

    job: Job
    history: tuple[Epoch, ...]
    parameters: int
    error: str = ""
    shown: dict[str, Array] = field(default_factory=dict, repr=False)

    @property
    def last(self) -> Epoch:
        return self.history[-1]


def as_record(run: Run) -> dict[str, Any]:
    """What a JSON file holds of a run; `shown` goes beside it as arrays."""
    return {
        "job": asdict(run.job),
        "parameters": run.parameters,
        "error": run.error,
        "history": [_plain(epoch) for epoch in run.history],
    }


def _plain(epoch: Epoch) -> dict[str, Any]:
    """Without metrics where there are none."""
    found = asdict(epoch)
    return found if epoch.metrics else {n: x for n, x in found.items() if n != "metrics"}


@dataclass(frozen=True)
class Timing:
    """How fast one side of a pair trains in a lane, alone on the machine, beside an idle other.

    Seconds. `laps` are the mean seconds a step of stretches of consecutive steps, the device
    synchronised at both ends; `epochs` are what quarters of an epoch come to for a whole one. What
    is trained to warm up is in neither.
    """

    pair: str
    framework: Framework
    backend: str
    lane: Lane
    import_seconds: float  # of the framework, once per process
    build_seconds: float  # the model, its optimizer, and data to the device
    first_step_seconds: float  # tracing and compiling included
    warm_up_loss: float  # mean over the samples that warmed up: all lanes do the same work
    laps: tuple[float, ...]
    epochs: tuple[float, ...]
    images: int  # in an epoch
    host_peak_bytes: int  # the process's largest resident set
    device_peak_bytes: int | None  # None on a CPU
    settings: dict[str, Any]  # device, threads, TF32, precision, what the lane did

    @property
    def side(self) -> str:
        return f"keras ({self.backend})" if self.framework == "keras" else "torch"

    @property
    def disturbed(self) -> str:
        """What other programs did meanwhile, where that shows: `1.6 of 2`; else nothing."""
        others, processors = self.others, self.settings.get("processors")
        if not others or not processors or others < BUSY * processors:
            return ""
        return f"{others:.1f} of {processors}"

    @property
    def others(self) -> float:
        """How many processors other programs kept busy meanwhile; 0 where nobody looked."""
        return float(self.settings.get("others") or 0.0)
