"""One line of a gate's table: values of both sides, judged against their measured noise."""

from collections.abc import Iterable

import numpy as np

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


MANY = 1000.0  # times, of which no decimals are told


def largest(checks: Iterable[LayerCheck]) -> str:
    """The largest difference of lines that pass, in words: how much that is of the values, too.

    What agrees only as a part of something larger has no figure of its own.
    """
    known = [x for x in checks if x.max_abs is not None and np.isfinite(x.max_abs)]
    most = max(known, key=lambda check: check.max_abs or 0.0, default=None)
    if most is None or not most.max_abs:
        return "no difference" if most is not None else "no difference of their own"
    share = f"{most.rel:.0e} of its values, " if most.rel is not None else ""
    multiple = "" if most.noise_ratio is None else f"{_times(most.noise_ratio)} noise"
    told = f"{share}{multiple}".removesuffix(", ")
    return f"largest difference {most.max_abs:.1e}" + (f" ({told})" if told else "")


def gate(name: str, dtype: Dtype, what: str, checks: Iterable[LayerCheck]) -> GateResult:
    """A gate's result from its lines; `what` names what a line is about, in the plural."""
    lines = tuple(checks)
    verdict = worst(check.verdict for check in lines) if lines else "incomplete"
    first = next((check for check in lines if check.verdict == "differ"), None)
    if first is not None:
        note = f"first: {first.keras} against {first.torch}"
    else:
        largest = max((check.noise_ratio or 0.0 for check in lines), default=0.0)
        note = f"{len(lines)} {what}, at most {_times(largest)} noise"
    return GateResult(name, verdict, lines, dtype, note)


def counted(number: int, what: str) -> str:
    """So many of them; what: one of them."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def _times(multiple: float) -> str:
    return f"{multiple:.1f}x" if multiple < MANY else f"{multiple:.0e} x"
