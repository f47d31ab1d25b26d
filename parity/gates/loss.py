"""Gate `loss`: the same predictions and targets give the same loss and the same metric."""

from parity import judging
from parity.records import Dtype, GateResult, LayerCheck, Measured


def judge(dtype: Dtype, values: list[Measured], error: str = "") -> GateResult:
    """One line a figure and set of predictions. `error`: what the port's loss raised."""
    checks = [judging.line(measured) for measured in values]
    if error:
        checks.append(LayerCheck("", "loss", "differ", note=error))
    return judging.gate("loss", dtype, "figures", checks)
