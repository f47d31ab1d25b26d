"""Gate `gradients`: one batch in training mode gives the same gradient of every parameter."""

from parity.numerics import judging
from parity.records.comparison import Dtype, GateResult, LayerCheck, Measured


def judge(dtype: Dtype, values: list[Measured], unused: tuple[str, ...] = ()) -> GateResult:
    """One line a gradient, from the output backwards, as they are computed; the input's is last.

    unused: random layers that could not be given the same draws on both sides.
    """
    checks = [judging.line(measured) for measured in values]
    checks += [
        LayerCheck(name, "", "incomplete", note=f"{name} draws random numbers that were not shared")
        for name in unused
    ]
    return judging.gate("gradients", dtype, "gradients", checks)
