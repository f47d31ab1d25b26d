"""Gate `training`: in training mode layers move the same statistics, and draw alike."""

from collections.abc import Sequence

from parity.numerics import judging
from parity.records.comparison import Array, GateResult, LayerCheck, Measured, Verdict, worst

SHOWN = 4  # figures of a line that are written out


def judge(checks: Sequence[LayerCheck], note: str = "") -> GateResult:
    """One line a layer that is another in training; none where there is no such layer.

    note: what is to be said of the pass as a whole.
    """
    verdict: Verdict = worst(check.verdict for check in checks) if checks else "pass"
    first = next((check for check in checks if check.verdict == "differ"), None)
    if first is not None:
        told = f"first: {first.keras} against {first.torch}"
    else:
        told = f"{len(checks)} layers that are others in training" if checks else "no such layer"
    return GateResult(
        "training", verdict, tuple(checks), note="; ".join(filter(None, [told, note]))
    )


def broken(why: str) -> GateResult:
    """A training pass that could not be compared."""
    line = LayerCheck("", "", "incomplete", note=why)
    return GateResult("training", "incomplete", (line,), note="the training pass broke off")


def line(
    keras: str, torch: str, figures: Sequence[Measured], unanswered: Sequence[str] = ()
) -> LayerCheck:
    """The figure that lies furthest apart; what was compared, or what differs.

    unanswered: what was compared with nothing, and why.
    """
    lines = [judging.line(figure) for figure in figures]
    apart = [place for place, one in enumerate(lines) if one.verdict == "differ"]
    furthest = max(lines, key=lambda one: one.noise_ratio or 0.0, default=None)
    verdict: Verdict = "differ" if apart else "incomplete" if unanswered or not lines else "pass"
    notes = [_told(figures[place], lines[place]) for place in apart]
    notes = notes or [figure.note for figure in figures]
    notes += unanswered
    return LayerCheck(
        keras,
        torch,
        verdict,
        max_abs=furthest.max_abs if furthest else None,
        noise_ratio=furthest.noise_ratio if furthest else None,
        note="; ".join(notes),
    )


def _told(figure: Measured, line: LayerCheck) -> str:
    if max(figure.keras.size, figure.torch.size) <= SHOWN + 1:
        return f"{figure.note}: Keras {_written(figure.keras)}, torch {_written(figure.torch)}"
    return f"{figure.note}: {line.max_abs:.1e} apart"


def _written(values: Array) -> str:
    told = ", ".join(f"{value:.4g}" for value in values.ravel()[:SHOWN])
    return told if values.size <= SHOWN else f"{told}, ..."
