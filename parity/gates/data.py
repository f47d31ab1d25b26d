"""Gate `data`: both files make the same inputs and targets of the same images."""

from parity.numerics import judging
from parity.records.comparison import Dtype, GateResult, Measured


def judge(dtype: Dtype, values: list[Measured]) -> GateResult:
    """One line for the inputs, the targets, and the inputs with noise where there is any."""
    return judging.gate("data", dtype, "arrays", [judging.line(value) for value in values])
