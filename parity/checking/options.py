"""What a person asks of a check."""

from dataclasses import dataclass, field, replace

from parity.gates import GATES, TRAINING
from parity.mapping.overrides import MappingOverrides
from parity.mapping.plan import DTYPES
from parity.records.comparison import Array, Dtype

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

    def in_training(self) -> "Options":
        """The same with the gate that compares what layers do in training mode."""
        return replace(self, gates=tuple(dict.fromkeys((*self.gates, TRAINING))))


DEFAULT = Options()
