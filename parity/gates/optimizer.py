"""Gate `optimizer`: identical gradients move the weights and the optimizer's state alike."""

from dataclasses import replace

from parity.numerics import judging
from parity.records.comparison import Dtype, GateResult, LayerCheck, Measured, Setting


def judge(
    dtype: Dtype,
    updates: list[Measured],
    slots: list[Measured],
    unanswered: tuple[str, ...],
    settings: tuple[Setting, ...],
) -> GateResult:
    """One line a parameter's updates, one a part of the state, one a hyperparameter.

    Values decide; a hyperparameter that differs is named beside them, and is a difference by
    itself only where it shows. unanswered: parts of Keras's state that the port's has not.
    """
    checks = [judging.line(measured) for measured in (*updates, *slots)]
    checks += [
        LayerCheck(role, "", "incomplete", note=f"the port's optimizer keeps no {role}")
        for role in unanswered
    ]
    found = judging.gate("optimizer", dtype, "updates and slots", checks)
    named = [setting for setting in settings if not setting.equal]
    if found.verdict == "pass" and named:
        names = ", ".join(setting.name for setting in named)
        found = replace(found, note=f"{found.note}; unequal without effect: {names}")
    return replace(found, layers=(*found.layers, *(_line(setting) for setting in settings)))


def _line(setting: Setting) -> LayerCheck:
    values = f"{setting.name}: {setting.keras!r} against {setting.torch!r}"
    note = "" if setting.equal else "; ".join(part for part in (values, setting.note) if part)
    return LayerCheck(setting.name, setting.name, "pass", note=note)
