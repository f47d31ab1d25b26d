"""What the terminal shows: the tables of a check, and the ledger of a transfer."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from parity.checking.show import diagnosis, places
from parity.diagnose import penalties
from parity.gates import float32_leaks
from parity.numerics.noise import LIMIT
from parity.records.comparison import GateResult, LayerCheck, Ledger, Report, Verdict, worst

COLOURS = {"pass": "green", "differ": "bold red", "incomplete": "yellow", "not run": "dim"}
JUDGED = ("loss", "gradients", "optimizer")  # gates whose lines are values that differ by rounding
WIDE = 100  # columns of a terminal that shows all there is
NEWS = 20  # lines of a gate that are told in words
LONG = 60  # layers of a model, of which not each gets a line
EXIT_STATUS = {"pass": 0, "differ": 1, "incomplete": 3}


def exit_status(verdicts: list[Verdict]) -> int:
    """0 where all pass; else 1 where one differs, 3 where one is only incomplete."""
    return EXIT_STATUS[worst(verdicts)]


def verdict(word: str) -> Text:
    return Text(word, style=COLOURS[word])


def report(found: Report) -> RenderableType:
    """One pair: a line a gate, the tables of its values, and what is to be said of single lines."""
    parts: list[RenderableType] = [Text(f"\n{found.pair}", style="bold")]
    if found.verdict != "pass":
        parts.append(Text.assemble("  ", Text(told(found), style=COLOURS[found.verdict])))
    for gate in found.gates:
        title = f"  {gate.name} {gate.dtype}".rstrip()
        parts.append(Text.assemble(f"{title:<19} ", verdict(gate.verdict), f"  {gate.note}"))
        if gate.name == "forward" and gate.layers:
            parts.append(_Layers(gate))
        elif _has_figures(gate) and (gate.name == "gradients" or gate.verdict == "differ"):
            parts.append(_values(gate))
        news = _at_once([layer for layer in gate.layers if layer.note and _is_news(gate, layer)])
        parts += [_said(*layers) for layers in news[:NEWS]]
        if len(news) > NEWS:
            parts.append(Text(f"    ... and {len(news) - NEWS} more (--json has all)", style="dim"))
    return Group(*parts, *diagnosis.shown(found.diagnosis, found.mended, found.remains))


def told(found: Report) -> str:
    """The verdict in a sentence."""
    first = found.first_divergence
    if found.verdict == "pass":
        return "pass: the same function, as far as floating point can tell"
    returned = [g for g in found.gates if g.name == "output" and g.verdict == found.verdict]
    if found.verdict == "differ":
        causes = sorted({cause.cause for x in found.diagnosis for cause in x.causes})
        why = f"; causes: {', '.join(causes)}" if causes else ""
        if returned and (first is None or any(first in gate.layers for gate in returned)):
            lines = dict.fromkeys(x.torch_where for x in found.diagnosis if x.causes)
            at = ", ".join(filter(None, map(places.told, lines)))
            return f"differ: {returned[0].note}{why}{f' at {at}' if at and why else ''}"
        name = (first.keras or first.torch) if first else ""
        where = places.told(first.torch_where) if first else ""
        at = f" first at {name}{f' ({where})' if where else ''}" if name else ""
        return f"differ:{at}{why}"
    if returned and " raises " in returned[0].note:
        return f"incomplete: {returned[0].note}"
    return "incomplete: something was compared with nothing, which is no pass"


def _has_figures(gate: GateResult) -> bool:
    return gate.name in JUDGED and any(layer.max_abs is not None for layer in gate.layers)


def _is_news(gate: GateResult, layer: LayerCheck) -> bool:
    """A line of structure or weights always has a note; that of a value only if it is special."""
    if len(gate.layers) > LONG and gate.name == "forward" and _agreement(layer):
        return False
    return layer.verdict != "pass" or gate.name in JUDGED or _is_told(layer.note)


def _is_told(note: str) -> bool:
    return float32_leaks.is_told(note) or penalties.is_told(note)


def _at_once(layers: Sequence[LayerCheck]) -> list[list[LayerCheck]]:
    """The layers of which the same is to be said, together."""
    found: dict[tuple[str, str], list[LayerCheck]] = {}
    for layer in layers:
        found.setdefault((layer.verdict, layer.note), []).append(layer)
    return list(found.values())


def _said(layer: LayerCheck, *others: LayerCheck) -> Text:
    where = " against ".join(dict.fromkeys(name for name in (layer.keras, layer.torch) if name))
    if others:
        where += f" and {len(others)} more"
    note = f"{where}: {layer.note}" if where and where not in layer.note else layer.note
    mark = Text("note", style="dim") if layer.verdict == "pass" else verdict(layer.verdict)
    lines = Text() if others else places.of_both(layer.keras_where, layer.torch_where)
    return Text.assemble("    ", mark, f" {note}", lines)


def _values(gate: GateResult) -> Table:
    """The measured lines of a gate without layers: gradients, losses, updates."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("Keras", "torch"):
        table.add_column(name, overflow="fold")
    table.add_column("shape", style="dim", no_wrap=True)
    for name in ("max diff", "ulp", "x noise"):
        table.add_column(name, justify="right")
    table.add_column("", no_wrap=True)
    first = gate.first_divergence
    for layer in gate.layers:
        if layer.max_abs is None:
            continue
        mark = Text(" first", style="bold red") if layer is first else Text("")
        table.add_row(
            Text(layer.keras),
            Text(layer.torch),
            "x".join(str(n) for n in layer.keras_shape or ()),
            _number(layer.max_abs),
            _multiple(layer.ulp),
            _multiple(layer.noise_ratio),
            Text.assemble(verdict(layer.verdict), mark),
        )
    return table


@dataclass(frozen=True)
class _Layers:
    """The differences of a forward gate. x noise: the multiple of the measured noise.

    In a narrow terminal the names keep their room, and shapes and ULPs stay in the JSON.
    """

    gate: GateResult

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._table(options.max_width >= WIDE)

    def _table(self, is_wide: bool) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("Keras", overflow="fold")
        table.add_column("torch", overflow="fold")
        if is_wide:
            table.add_column("shape", style="dim", no_wrap=True)
        for name in ("max diff", *(["ulp"] if is_wide else []), "x noise", "isolated", "x noise"):
            table.add_column(name, justify="right", no_wrap=name != "x noise", min_width=5)
        table.add_column("", no_wrap=True)
        first = self.gate.first_divergence
        for layer, *others in _folded(self.gate.layers):
            if others:
                words = f"... {len(others) + 1} layers", _agreement(layer)
                table.add_row(*(Text(word, style="dim") for word in words))
                continue
            mark = Text(" first", style="bold red") if layer is first else Text("")
            shape = "x".join(str(n) for n in (layer.keras_shape or ())[1:])
            table.add_row(
                Text(layer.keras),
                Text(layer.torch.replace(" + ", "+")),
                *([shape] if is_wide else []),
                _number(layer.max_abs),
                *([_multiple(layer.ulp)] if is_wide else []),
                _multiple(layer.noise_ratio),
                _number(layer.isolated_max_abs),
                _multiple(layer.isolated_ratio),
                Text.assemble(verdict(layer.verdict), mark),
            )
        return table


def _folded(layers: Sequence[LayerCheck]) -> list[list[LayerCheck]]:
    """Of a long model, layers in a row that agree, or that only hand on a difference, together."""
    if len(layers) <= LONG:
        return _each(layers)
    groups: list[list[LayerCheck]] = []
    for layer in layers:
        word = _agreement(layer)
        if groups and word and word == _agreement(groups[-1][0]):
            groups[-1].append(layer)
        else:
            groups.append([layer])
    return [part for group in groups for part in ([group] if len(group) > 2 else _each(group))]


def _each(layers: Sequence[LayerCheck]) -> list[list[LayerCheck]]:
    return [[layer] for layer in layers]


def _agreement(layer: LayerCheck) -> str:
    """Of a layer that tells nothing by itself; "" of another."""
    if layer.verdict == "pass" and not layer.note:
        return "agree"
    if layer.verdict == "incomplete" and layer.max_abs is None:
        return "not compared"
    inherits = layer.verdict == "differ" and (layer.isolated_ratio or 0.0) <= LIMIT
    return "agree alone" if inherits else ""


def summary(reports: list[Report]) -> Table:
    """One line a pair: what each gate came to, both dtypes together."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="summary", title_justify="left")
    names = list(dict.fromkeys(gate.name for gate in reports[0].gates))
    for name in ("pair", *names, "verdict"):
        table.add_column(name, no_wrap=name == "pair")
    for found in reports:
        cells = [_cell([gate for gate in found.gates if gate.name == name]) for name in names]
        table.add_row(Text(found.pair), *cells, verdict(found.verdict))
    return table


def _cell(gates: list[GateResult]) -> Text:
    words = {gate.verdict for gate in gates}
    return verdict(words.pop() if len(words) == 1 else worst(gate.verdict for gate in gates))


def ledger(found: Ledger) -> Table:
    """Every Keras variable beside the torch tensor that holds the same numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Keras variable", "shape", "move", "torch tensor", "shape"):
        table.add_column(name, overflow="fold")
    for line in found.lines:
        table.add_row(
            Text(line.keras.name),
            _shape(line.keras.shape),
            Text("; ".join(filter(None, (line.move.name, line.by)))),
            Text(line.torch.name),
            _shape(line.torch.shape),
        )
    for name, why in found.set_aside:
        table.add_row(Text(name), "", Text(f"set aside: {why}", style="dim"), "", "")
    for variable in found.keras_left:
        missing = Text("no counterpart", style="yellow")
        table.add_row(Text(variable.name), _shape(variable.shape), missing, "", "")
    for variable in found.torch_left:
        missing = Text("no counterpart", style="yellow")
        table.add_row("", "", missing, Text(variable.name), _shape(variable.shape))
    return table


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(n) for n in shape) or "scalar"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}" if value else "0"


def _multiple(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if value < 1000 else f"{value:.0e}"


def say(console: Console, message: str) -> None:
    """A plain line: no markup is read in it, and it is not broken at the terminal's width."""
    console.print(message, markup=False, highlight=False, soft_wrap=True)
