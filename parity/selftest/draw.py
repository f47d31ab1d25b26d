"""Random architectures: small, valid, and with many settings."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from parity.selftest import bodies
from parity.selftest.drawing import Drawing
from parity.selftest.spec import Spec

Body = Callable[[Drawing], Any]


def draw(seed: int, among: Sequence[Body] = bodies.BODIES) -> Spec:
    """The same seed draws the same architecture, and the same way to write its port."""
    generator = np.random.default_rng(seed)
    while True:
        drawing = Drawing(generator)
        body: Body = drawing.pick(*among)
        try:
            body(drawing)
        except ValueError:  # shapes that do not fit together: draw again
            continue
        if 3 <= len(drawing.nodes) <= bodies.MOST:
            style = int(generator.integers(0, 1 << 30))
            return Spec(f"drawn{seed}", tuple(drawing.inputs), tuple(drawing.nodes), style)
