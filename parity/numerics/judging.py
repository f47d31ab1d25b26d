"""One line of a gate's table: values of both sides, judged against their measured noise."""

from collections.abc import Iterable

from parity.numerics.difference import difference
from parity.numerics.noise import LIMIT, ratio
from parity.records.comparison import Dtype, GateResult, LayerCheck, Measured, worst


def line(measured: Measured) -> LayerCheck:
    """Compare all elements; more than LIMIT times the noise is a difference."""
    found = difference(measured.keras, measured.torch)
    multiple = ratio(found.max_abs, measured.noise)
    return LayerCheck(
        keras=measured.keras_name,
        torch=measured.torch_name,
        verdict="pass" if multiple <= LIMIT else "differ",
        keras_shape=measured.keras.shape,
        torch_shape=measured.torch.shape,
        max_abs=found.max_abs,
        index=found.index,
        rel=found.rel,
        ulp=found.ulp,
        noise_ratio=multiple,
        note="; ".join(note for note in (found.note, measured.note) if note),
    )


def gate(name: str, dtype: Dtype, what: str, checks: Iterable[LayerCheck]) -> GateResult:
    """A gate's result from its lines; `what` names what a line is about, in the plural."""
    lines = tuple(checks)
    verdict = worst(check.verdict for check in lines) if lines else "incomplete"
    first = next((check for check in lines if check.verdict == "differ"), None)
    if first is not None:
        note = f"first: {first.keras} against {first.torch}"
    else:
        largest = max((check.noise_ratio or 0.0 for check in lines), default=0.0)
        note = f"{len(lines)} {what}, at most {largest:.1f}x noise"
    return GateResult(name, verdict, lines, dtype, note)
