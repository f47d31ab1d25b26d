"""Random architectures: small, valid, and with many settings."""

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.selftest import bodies
from parity.selftest.drawing import Drawing
from parity.selftest.spec import Spec


def draw(seed: int) -> Spec:
    """The same seed draws the same architecture, and the same way to write its port."""
    generator = np.random.default_rng(seed)
    while True:
        drawing = Drawing(generator)
        body: Callable[[Drawing], Any] = drawing.pick(*bodies.BODIES)
        try:
            body(drawing)
        except ValueError:  # shapes that do not fit together: draw again
            continue
        if 3 <= len(drawing.nodes) <= bodies.MOST:
            style = int(generator.integers(0, 1 << 30))
            return Spec(f"drawn{seed}", tuple(drawing.inputs), tuple(drawing.nodes), style)
