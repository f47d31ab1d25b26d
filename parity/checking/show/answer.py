"""What a report says first, whatever shows it: what is missing, causes, the rows that matter."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parity.checking.show import diagnosis
from parity.language import gettext as _
from parity.language import told
from parity.numerics.noise import LIMIT
from parity.records.comparison import Cause, Finding, GateResult, LayerCheck, Report

JUDGED = ("loss", "gradients", "optimizer")  # gates whose lines are values that differ by rounding
AROUND = 1  # rows on either side of the first that differs
_DOES = {"differ": "differs", "incomplete": "is incomplete"}


@dataclass(frozen=True)
class Reason:
    """A cause, and where it is. where: layer and step; lines: those they come from."""

    cause: Cause
    where: str
    keras_line: str
    torch_line: str
    others: tuple[str, ...]  # Keras's layers of which the same is said


@dataclass(frozen=True)
class Excerpt:
    """The rows of a gate that matter. others: what the rest comes to; "" where there is none."""

    gate: GateResult
    title: str
    lines: tuple[LayerCheck, ...]
    others: str


def reasons(found: Report) -> list[Reason]:
    """The causes that were proven."""
    return [
        Reason(
            cause,
            diagnosis.names(finding),
            finding.keras_where,
            cause.where or finding.torch_where,
            tuple(other.keras for other in others),
        )
        for finding, *others in diagnosis.alike(found.diagnosis)
        for cause in finding.causes
    ]


def unexplained(found: Report) -> list[Finding]:
    """What differs without a cause."""
    return [finding for finding in found.diagnosis if not finding.causes]


def once(gates: Sequence[GateResult]) -> list[tuple[str, list[GateResult]]]:
    """Gates with what they are called; two float types of which the same is said together."""
    twins: dict[tuple[str, str, str], list[GateResult]] = {}
    for gate in gates:
        twins.setdefault((gate.name, gate.verdict, gate.note), []).append(gate)
    return [(each[0].name if len(each) > 1 else titled(each[0]), each) for each in twins.values()]


def titled(gate: GateResult) -> str:
    return f"{gate.name} {gate.dtype}".rstrip()


def missing(found: Report) -> list[list[LayerCheck]]:
    """The lines that keep a check from a verdict, where it has none; those that say the same
    together. Weights that do not fit are first: the rest may come of them."""
    if found.verdict != "incomplete":
        return []
    weights = (x for gate in found.gates if gate.name == "weights" for x in gate.layers)
    failed = [x for x in weights if x.verdict == "differ" and not (x.keras or x.torch)]
    lines = [(gate, x) for gate in found.gates for x in gate.layers if x.verdict == "incomplete"]
    noted = [(gate, x) for gate, x in lines if x.note]
    nearest = [x for gate, x in noted if gate.name != "forward"]
    return alike([*failed, *(nearest or [x for _gate, x in noted])])


def alike(lines: Sequence[LayerCheck]) -> list[list[LayerCheck]]:
    """The lines of which the same is to be said, together."""
    found: dict[tuple[str, str], list[LayerCheck]] = {}
    for line in lines:
        found.setdefault((line.verdict, line.note), []).append(line)
    return list(found.values())


def said(line: LayerCheck, *others: LayerCheck) -> str:
    """The note of a line, and of others that have the same."""
    names = dict.fromkeys(name for name in (line.keras, line.torch) if name)
    where, note = f" {told('against')} ".join(names), told(line.note.rstrip())
    if not where or " against ".join(names) in line.note:
        return note
    more = f" {told(f'and {len(others)} more')}" if others else ""
    return f"{where}{more}{_(': ')}{note}"


def excerpts(found: Report) -> Iterator[Excerpt]:
    """Of each gate that does not pass, in the first float type that shows it."""
    shown: set[tuple[str, str, str]] = set()
    for gate in found.gates:
        excerpt = _excerpt(gate)
        if excerpt is None:
            continue
        focus = first(gate)
        assert focus is not None
        about = gate.name, focus.keras, focus.torch
        if about not in shown:
            shown.add(about)
            yield excerpt


def measured(gate: GateResult) -> list[LayerCheck]:
    """The lines that belong into a table: a layer's always, that of a value if it has a figure."""
    return [x for x in gate.layers if gate.name == "forward" or x.max_abs is not None]


def first(gate: GateResult) -> LayerCheck | None:
    """The line to look at of a gate that does not pass."""
    waiting = (line for line in gate.layers if line.verdict == "incomplete")
    return gate.first_divergence or next(waiting, None)


def agreement(layer: LayerCheck) -> str:
    """Of a layer that tells nothing by itself; "" of another."""
    if layer.verdict == "pass" and not layer.note:
        return "agree"
    if layer.verdict == "incomplete" and layer.max_abs is None:
        return "not compared"
    inherits = layer.verdict == "differ" and (layer.isolated_ratio or 0.0) <= LIMIT
    return "agree alone" if inherits else ""


def _excerpt(gate: GateResult) -> Excerpt | None:
    """The first line that differs, or else is incomplete, with its neighbours."""
    focus, lines = first(gate), measured(gate)
    if gate.name not in ("forward", *JUDGED) or focus is None or focus not in lines:
        return None
    place = lines.index(focus)
    near = slice(max(0, place - AROUND), place + AROUND + 1)
    others = [*lines[: near.start], *lines[near.stop :]]
    title = told(f"{titled(gate)}, around the first row that {_DOES[focus.verdict]}")
    return Excerpt(gate, title, tuple(lines[near]), _rest(gate, others) if others else "")


def _rest(gate: GateResult, others: Sequence[LayerCheck]) -> str:
    """How many there are, and of what kind."""
    kinds = Counter(_kind(gate, line) for line in others)
    each = ", ".join(told(f"{count} {kind}") for kind, count in kinds.items())
    what = "layer" if gate.name == "forward" else "value"
    more = told(f"{len(others)} more {what}{'s' * (len(others) > 1)}")
    return f"{more}{_(': ')}{each}"


def _kind(gate: GateResult, line: LayerCheck) -> str:
    if line.verdict == "pass":
        return "agreeing"
    if gate.name != "forward":
        return "differing" if line.verdict == "differ" else "incomplete"
    word = agreement(line)
    if word == "agree alone":
        return "only handing the difference on"
    return word or ("differing by themselves, too" if line.verdict == "differ" else "incomplete")
