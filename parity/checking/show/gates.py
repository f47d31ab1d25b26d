"""The gates of a check, a line each, and what is to be said of single lines of theirs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parity.checking.show import figures, places
from parity.checking.show.answer import JUDGED, agreement, alike, once, said, titled
from parity.checking.show.verdicts import verdict
from parity.diagnose import penalties
from parity.gates import float32_leaks
from parity.language import told
from parity.records.comparison import GateResult, LayerCheck

NARROW = 60  # columns of a terminal in which a note has a line of its own
NEWS = 20  # lines of a gate that are told in words


@dataclass(frozen=True)
class Line:
    """A gate: what it is called, its verdict and its note."""

    title: str
    gate: GateResult

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        title, gate = self.title, self.gate
        if options.max_width < NARROW:
            yield Text.assemble(f"  {title} ", verdict(gate.verdict))
            yield Padding(Text(told(gate.note)), (0, 0, 0, 4))
            return
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(min_width=17, no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column()
        grid.add_row(title, verdict(gate.verdict), Text(told(gate.note)))
        yield Padding(grid, (0, 0, 0, 2))


def in_short(
    gates: Sequence[GateResult], above: Sequence[LayerCheck] = ()
) -> Iterator[RenderableType]:
    """A line each, and of single lines what nothing above says. above: the lines that are there.

    Two float types of which the same is to be said share a line.
    """
    known = {_as_said(line) for line in above}
    for title, (gate, *others) in once(gates):
        yield Line(title, gate)
        lines = [x for one in (gate, *others) for x in one.layers if _is_told_in_short(gate, x)]
        fresh = {_as_said(x): x for x in lines if _as_said(x) not in known}
        known |= fresh.keys()
        yield from news(list(fresh.values()))


def _is_told_in_short(gate: GateResult, line: LayerCheck) -> bool:
    """Does a line say more than its gate does, and its row?"""
    if not line.note or line.note in gate.note:
        return False
    return is_special(line) or (line.verdict != "pass" and gate.name != "forward")


def _as_said(line: LayerCheck) -> tuple[str, str, str]:
    return line.keras, line.torch, line.note


def in_full(gate: GateResult) -> Iterator[RenderableType]:
    """All that a gate found."""
    yield Line(titled(gate), gate)
    has_figures = gate.name in JUDGED and any(x.max_abs is not None for x in gate.layers)
    is_asked = gate.name in ("forward", "gradients") or gate.verdict == "differ"
    if gate.layers and is_asked and (has_figures or gate.name == "forward"):
        yield from figures.of_all(gate)
    yield from news([line for line in gate.layers if line.note and _is_news(gate, line)])


def news(lines: Sequence[LayerCheck]) -> Iterator[RenderableType]:
    """Lines in words, each with its verdict."""
    found = alike(lines)
    for line, *others in found[:NEWS]:
        is_note = line.verdict == "pass" or _only_inherits(line)
        mark = Text(told("note"), style="dim") if is_note else verdict(line.verdict)
        yield Padding(Text.assemble(mark, " ", placed(line, *others)), (0, 0, 0, 4))
    if len(found) > NEWS:
        more = told(f"... and {len(found) - NEWS} more (--json has all)")
        yield Padding(Text(more, style="dim"), (0, 0, 0, 4))


def _only_inherits(layer: LayerCheck) -> bool:
    """Has a layer been found to agree, given Keras's own input?"""
    return layer.isolated_ratio is not None and agreement(layer) == "agree alone"


def is_special(layer: LayerCheck) -> bool:
    """Is its note of what Keras computes otherwise than one thinks?"""
    return float32_leaks.is_told(layer.note) or penalties.is_told(layer.note)


def _is_news(gate: GateResult, layer: LayerCheck) -> bool:
    """A line of structure or weights always has a note; that of a value only if it is special."""
    if len(gate.layers) > figures.LONG and gate.name == "forward" and agreement(layer):
        return False
    return layer.verdict != "pass" or gate.name in JUDGED or is_special(layer)


def placed(line: LayerCheck, *others: LayerCheck) -> Text:
    """What is to be said of lines, with the place of one."""
    lines = Text() if others else places.of_both(line.keras_where, line.torch_where)
    return Text.assemble(said(line, *others), lines)
