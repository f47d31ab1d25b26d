"""What a hypothesis is: a cause, its remedy, and the one change that would show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parity.records.comparison import Step
from parity.records.interventions import Change, Lent


@dataclass(frozen=True)
class Case:
    """A Keras layer and the torch steps that answer it, where the two differ alone."""

    keras: tuple[Step, ...]  # the layer, and before it those that only prepare its input
    torch: tuple[Step, ...]
    input_shape: tuple[int, ...]  # of the Keras layer's (first) input, batch included
    output_shape: tuple[int, ...]
    axes: tuple[int, ...] = field(default=())  # Keras axis i is torch's axis axes[i], of the input
    # What of Keras's a change may need: the layers' small weights by role, and their input's "mask"
    values: Mapping[str, Lent] = field(default_factory=dict)


@dataclass(frozen=True)
class Hypothesis:
    cause: str  # a key of parity.diagnose.causes.CAUSES
    says: str  # what this port does otherwise, with its own figures
    fix: str  # the line of PyTorch that mends it
    changes: tuple[Change, ...]
    subject: str = ""  # the activation that it is about, by Keras's name
    is_tried: bool = False  # whatever Keras's layer is: what is read of that is believed before it

    def where(self, steps: Iterable[Step]) -> str:
        """The line of the port that it would change, of these steps; "" where that is not known."""
        lines = {step.name: step.where for step in steps}
        return next((line for c in self.changes if (line := lines.get(c.step))), "")
