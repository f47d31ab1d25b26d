"""The figures of a gate, a row a layer or value: those that matter, or all."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from parity.checking.show.answer import Excerpt, agreement, measured
from parity.checking.show.rows import Cell, Column, Rows
from parity.checking.show.verdicts import verdict
from parity.language import digits, told
from parity.numerics.noise import LIMIT
from parity.records.comparison import GateResult, LayerCheck

LONG = 60  # layers of a model, of which not each gets a row, even where all are asked for
LEGEND = (
    "max diff: the largest difference of any element. x noise: the same in multiples of the "
    f"rounding noise measured on these values, of which more than {LIMIT:g} is a difference. "
    "isolated: of the layer alone, fed with Keras's own values."
)


def of_all(gate: GateResult) -> Iterator[RenderableType]:
    """Each line of a gate. Of a long model, layers in a row that tell nothing share one."""
    groups = _folded(gate.layers) if gate.name == "forward" else _each(measured(gate))
    if groups:
        yield Padding(table(gate, groups), (1, 0, 1, 2))


def that_matter(excerpt: Excerpt) -> Iterator[RenderableType]:
    """The rows of a gate that matter, and what the others come to."""
    yield Padding(Text(excerpt.title, style="bold"), (0, 0, 0, 2))
    yield Padding(table(excerpt.gate, _each(excerpt.lines)), (0, 0, 0, 4))
    if excerpt.others:
        others = Text(f"{excerpt.others} ({told('-v or report.layers shows all')})", style="dim")
        yield Padding(others, (0, 0, 0, 4))


def table(gate: GateResult, groups: Sequence[Sequence[LayerCheck]]) -> Rows:
    """A row for each group of lines: for one line its figures, for several that they are alike."""
    has_alone = _has_alone(gate)
    columns = [
        Column("Keras"),
        Column("torch"),
        Column(told("shape"), leave_out=2),
        Column(told("max diff"), is_number=True),
        Column("ulp", is_number=True, leave_out=3),
        Column(told("x noise"), is_number=True),
        *([Column(told("isolated"), is_number=True, leave_out=1)] if has_alone else []),
        *([Column(told("x noise"), is_number=True, leave_out=1)] if has_alone else []),
        Column(""),
    ]
    return Rows(columns, [_row(gate, group, len(columns)) for group in groups])


def _row(gate: GateResult, group: Sequence[LayerCheck], width: int) -> list[Cell]:
    layer, *others = group
    if others:
        words = [told(f"... {len(group)} layers"), told(agreement(layer)), *[""] * (width - 2)]
        return [Text(word, style="dim") for word in words]
    is_forward = gate.name == "forward"
    shape = (layer.keras_shape or ())[1 if is_forward else 0 :]
    figures = number(layer.isolated_max_abs), multiple(layer.isolated_ratio)
    alone = figures if _has_alone(gate) else ()
    mark = (
        Text(f" {told('first')}", style="bold red") if layer is gate.first_divergence else Text("")
    )
    return [
        layer.keras,
        layer.torch.replace(" + ", "+"),
        Text("x".join(map(str, shape)), style="dim"),
        number(layer.max_abs),
        multiple(layer.ulp),
        multiple(layer.noise_ratio),
        *alone,
        Text.assemble(verdict(layer.verdict), mark),
    ]


def _has_alone(gate: GateResult) -> bool:
    """Was any layer run by itself?"""
    return any(layer.isolated_max_abs is not None for layer in gate.layers)


def _folded(layers: Sequence[LayerCheck]) -> list[list[LayerCheck]]:
    """Of a long model, layers in a row that agree, or that only hand on a difference, together."""
    if len(layers) <= LONG:
        return _each(layers)
    groups: list[list[LayerCheck]] = []
    for layer in layers:
        word = agreement(layer)
        if groups and word and word == agreement(groups[-1][0]):
            groups[-1].append(layer)
        else:
            groups.append([layer])
    return [part for group in groups for part in ([group] if len(group) > 2 else _each(group))]


def _each(layers: Sequence[LayerCheck]) -> list[list[LayerCheck]]:
    return [[layer] for layer in layers]


def number(value: float | None) -> str:
    return "" if value is None else digits(f"{value:.1e}") if value else "0"


def multiple(value: float | None) -> str:
    if value is None:
        return ""
    return digits(f"{value:.1f}") if value < 1000 else f"{value:.0e}"
