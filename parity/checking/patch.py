"""What a check found, as a Python module that wraps the port and mends it as it runs."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from parity.checking.show.diagnosis import together
from parity.records.comparison import Finding, Report
from parity.records.interventions import WIDE, Change, Lent, Taken

MOST = 2**14  # numbers of Keras's own that the module holds
WIDTH = 92
PLAIN = (bool, int, float, str, type(None))


def text(report: Report) -> str:
    """The source of a module with a function `patch(module)`, which gives the port mended."""
    held = [change for change in report.changes if not _cannot(change)]
    trained = [change for change in report.in_training if not _cannot(change)]
    given = ["module", "CHANGES", *(["IN_TRAINING"] if trained else [])]
    given += [f"whole={report.whole!r}"] if report.whole else []
    given += [f"inputs={report.inputs!r}"] if len(report.inputs) > 1 else []
    parts = [
        _head(report),
        _imports((*held, *trained)),
        _changes("CHANGES", held, report.diagnosis),
        *([_changes("IN_TRAINING", trained, report.diagnosis)] if trained else []),
        "def patch(module):\n"
        '    """The module, which holds its weights, with these changes wherever it is called."""\n'
        f"    return parity.patched({', '.join(given)})\n",
    ]
    return "\n\n".join(parts)


def left(report: Report) -> list[str]:
    """What the module does not mend, a line each, with what a person does about it."""
    changes = (*report.changes, *report.in_training)
    found = [f"{change.step}: {_cannot(change)}" for change in changes if _cannot(change)]
    is_whole = report.mended and not found  # with the weights that Keras has
    for finding in report.diagnosis:
        if finding.gate != "weights" and (is_whole or _is_changed(finding, changes)):
            continue
        name = finding.torch or finding.keras
        found += [
            f"{name}: {cause.cause} ({_remedy(finding, cause.fix)})" for cause in finding.causes
        ]
        if not finding.causes and not report.mended:
            found.append(f"{name}: cause not found")
    return list(dict.fromkeys(found))


def _remedy(finding: Finding, fix: str) -> str:
    return "parity.transfer fills the port" if finding.gate == "weights" else fix


def _head(report: Report) -> str:
    verdict = together(report.mended, report.remains)
    if report.mended and any(map(_cannot, report.changes)):
        verdict += ", but not all of them stand here"
    lines = [
        f"The port of {report.pair}, with what a check found changed as it runs.",
        "",
        "    port = Net()",
        "    mended = patch(port)",
        "    parity.transfer(keras_model, mended)  # unless its own weights are those to keep",
        "",
        verdict[:1].upper() + verdict[1:] + ".",
    ]
    lines += ["", "Found:"] if report.diagnosis else []
    for finding in report.diagnosis:
        for cause in finding.causes:
            where = cause.where or finding.torch_where
            at = f", {where}" if where else ""
            lines += _item(f"{cause.cause} at {finding.keras}{at}: {cause.says}. Fix: {cause.fix}")
    others = left(report)
    lines += ["", "Not mended here:"] if others else []
    for line in others:
        lines += _item(line)
    body = "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{body}\n"""'


def _item(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, initial_indent="- ", subsequent_indent="  ")


def _imports(changes: Sequence[Change]) -> str:
    source = "".join(_written(change.value) for change in changes)
    lines = ["import numpy as np"] if "np.array(" in source else []
    lines += ["import torch"] if "torch." in source else []
    return "\n".join([*lines, *([""] if lines else []), "import parity"])


def _changes(name: str, changes: Sequence[Change], findings: Iterable[Finding]) -> str:
    if not changes:
        return f"{name} = ()\n"
    lines = [f"{name} = ("]
    said = ""
    for change in changes:
        about = _about(change, findings)
        if about and about != said:
            lines.append(f"    # {about}")
            said = about
        given = [repr(change.step), repr(change.what), repr(change.name), _written(change.value)]
        given += [f"role={change.role!r}"] if change.role else []
        lines.append(f"    parity.Change({', '.join(given)}),")
    return "\n".join([*lines, ")"]) + "\n"


def _about(change: Change, findings: Iterable[Finding]) -> str:
    for finding in findings:
        if finding.causes and change.step in finding.torch.split(" + "):
            where = f", {finding.torch_where}" if finding.torch_where else ""
            return f"{', '.join(cause.cause for cause in finding.causes)} at {finding.keras}{where}"
    return ""


def _is_changed(finding: Finding, changes: Sequence[Change]) -> bool:
    steps = {change.step for change in changes if not _cannot(change)}
    return bool(steps.intersection(finding.torch.split(" + ")))


def _cannot(change: Change) -> str:
    """Why a change cannot be written down; "" where it can."""
    if change.name == WIDE:
        return "its change holds in low precision alone"
    for value in _leaves(change.value):
        if isinstance(value, Lent) and not value.is_weight:
            return f"its change takes Keras's {value.name}, which is another for each input"
        array = value.array if isinstance(value, Lent) else value
        if isinstance(array, np.ndarray):
            if array.size > MOST:
                return f"its change takes {array.size} numbers of Keras's own"
        elif not isinstance(array, (*PLAIN, slice, Taken)) and type(array).__module__ != "torch":
            return f"its change takes a {type(array).__name__}"
    return ""


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _written(value: Any) -> str:
    """An expression that gives the value."""
    if isinstance(value, Lent):
        return _written(value.array)
    if isinstance(value, Taken):
        turned = f", {value.dims}" if value.dims else ""
        return f"parity.Taken({value.name!r}{turned})"
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r}, {str(value.dtype)!r})"
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, tuple):
        return f"({''.join(_written(item) + ', ' for item in value).strip()})"
    if isinstance(value, float) and not np.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)
