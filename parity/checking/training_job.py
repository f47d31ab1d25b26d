"""A pair that is trained, and what the gates of its training need."""

from dataclasses import dataclass

import numpy as np

from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.mapping.plan import Plan
from parity.records.budget import UNLIMITED, Budget
from parity.sides.calls import TwoSides


@dataclass(frozen=True)
class Job:
    """A pair with a recipe, and what its gates need. narrow: the Keras layers in float32."""

    plan: Plan
    sides: TwoSides
    samples: Probe
    options: Options
    narrow: tuple[str, ...] = ()
    budget: Budget = UNLIMITED

    @property
    def is_narrow(self) -> bool:
        return bool(self.narrow)

    @property
    def sizes(self) -> tuple[int, int]:
        """Samples, and the values that the model gives for each."""
        return len(self.samples.raw), int(np.prod(self.plan.keras.steps[-1].shape[1:]))
