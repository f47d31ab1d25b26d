"""Several pairs at once: a row each."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from parity.checking.show.rows import Cell, Column, Rows
from parity.checking.show.verdicts import named, verdict
from parity.language import told
from parity.records.comparison import GateResult, Report, worst


def summary(reports: Sequence[Report]) -> RenderableType:
    """What each gate of each pair came to, all float types together."""
    names = list(dict.fromkeys(gate.name for found in reports for gate in found.gates))
    columns = [
        Column(told("pair")),
        *(Column(name, leave_out=1) for name in names),
        Column(told("verdict")),
    ]
    rows: list[list[Cell]] = [
        [
            named(found.pair),
            *(_cell([gate for gate in found.gates if gate.name == name]) for name in names),
            verdict(found.verdict),
        ]
        for found in reports
    ]
    return Group(Text(f"\n{told('summary')}", style="bold"), Rows(columns, rows))


def _cell(gates: Sequence[GateResult]) -> Text:
    words = {gate.verdict for gate in gates}
    if not words:
        return Text("")
    return verdict(words.pop() if len(words) == 1 else worst(gate.verdict for gate in gates))
