"""A layer whose values are Keras's times one number, whatever made them so: scores of an attention
divided by another root, a sum in place of a mean."""

import numpy as np

from parity.diagnose.differing_segment import DifferingSegment, Result, gap_of, is_noise, played
from parity.diagnose.hypothesis import Hypothesis
from parity.diagnose.written import shortest
from parity.records.interventions import Change

ROUND = 1e-9  # how near to a number that is easily written
FEWEST = 8  # values that must have the same factor, which of one value would be no proof


def scaled(subject: DifferingSegment) -> Result | None:
    """The number that makes the port's values Keras's; None where there is none."""
    values = played(subject, ())
    apart, layout = gap_of(subject, values)
    if values is None or values.size < FEWEST or not np.isfinite(apart):  # of other shapes
        return None
    ours, theirs = subject.keras.ravel(), layout.to_keras(values).ravel()
    if np.iscomplexobj(ours) or np.iscomplexobj(theirs):
        return None
    size = float(np.einsum("i,i", theirs, theirs))  # not by BLAS: parity/numerics/difference.py
    factor = float(np.einsum("i,i", ours, theirs)) / size if size else 0.0
    if not np.isfinite(factor) or not factor:
        return None
    factor = shortest(factor, ROUND) or factor
    last = subject.match.torch[-1].name
    changes = (Change(last, "output", "scale", {"by": factor}),)
    gap, layout = gap_of(subject, played(subject, changes))
    if not is_noise(subject, gap):
        return None
    says = f"the scale of {last} is {1 / factor:.6g} times that of Keras's values"
    hypothesis = Hypothesis("output-scaling", says, f"y = y * {factor!r}  # of {last}", changes)
    return Result(hypothesis, gap, layout, subject.match.keras_steps[-1])
