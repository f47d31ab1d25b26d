"""What a person asks of a check."""

from dataclasses import dataclass, field, replace

from parity.gates import GATES, LOW_PRECISION, TRAINING
from parity.mapping.overrides import MappingOverrides
from parity.mapping.plan import DTYPES
from parity.records.comparison import Array, Dtype, LowPrecision

STEPS = 5  # of lock-step in a check; `parity lockstep` takes as many as one likes
SECONDS = 120.0  # that a check may take


@dataclass(frozen=True)
class Options:
    """Which gates to run, in which dtypes, and on what.

    steps          of lock-step
    inputs         arrays as Keras takes them, by name; None: the pair's own data, or random ones
    shape          of one sample, where the model does not say
    keras_weights, torch_weights   files to load first
    is_loaded      the port holds its weights already, and is compared as it is
    overrides      a person's own mapping
    explain        look for causes, too
    budget         seconds; when they are over nothing new is compared or tried
    low            in which both are compared as well
    """

    gates: tuple[str, ...] = GATES
    dtypes: tuple[Dtype, ...] = DTYPES
    steps: int = STEPS
    seed: int = 0
    inputs: dict[str, Array] | None = None
    shape: tuple[int, ...] | None = None
    keras_weights: str = ""
    torch_weights: str = ""
    is_loaded: bool = False
    overrides: MappingOverrides = field(default_factory=MappingOverrides)
    explain: bool = True
    budget: float = SECONDS
    low: LowPrecision | None = None

    def in_training(self) -> "Options":
        """The same with the gate that compares what layers do in training mode."""
        return self._with(TRAINING)

    def in_low_precision(self, dtype: LowPrecision | None) -> "Options":
        """The same with the gate that compares both models in this dtype, too, if there is one: it
        rests on what they return in float64 and float32."""
        if dtype is None:
            return self
        return replace(self._with("output", LOW_PRECISION), low=dtype)

    def _with(self, *gates: str) -> "Options":
        return replace(self, gates=tuple(dict.fromkeys((*self.gates, *gates))))


DEFAULT = Options()
