"""Gate `loss`: the same predictions and targets give the same loss and the same metric."""

from parity.numerics import judging
from parity.records.comparison import Dtype, GateResult, Measured


def judge(dtype: Dtype, values: list[Measured]) -> GateResult:
    """One line a figure and set of predictions."""
    return judging.gate("loss", dtype, "figures", [judging.line(value) for value in values])
