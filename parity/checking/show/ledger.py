"""The ledger of a transfer."""

from rich.text import Text

from parity.checking.show.rows import Cell, Column, Rows
from parity.records.comparison import Ledger

COLUMNS = (
    Column("Keras variable"),
    Column("shape", leave_out=1),
    Column("move", is_prose=True),
    Column("torch tensor"),
    Column("shape", leave_out=1),
)


def ledger(found: Ledger) -> Rows:
    """Every Keras variable beside the torch tensor that holds the same numbers."""
    missing = Text("no counterpart", style="yellow")
    rows: list[list[Cell]] = [
        [
            line.keras.name,
            _shape(line.keras.shape),
            "; ".join(filter(None, (line.move.name, line.by))),
            line.torch.name,
            _shape(line.torch.shape),
        ]
        for line in found.lines
    ]
    rows += [
        [name, "", Text(f"set aside: {why}", style="dim"), "", ""] for name, why in found.set_aside
    ]
    rows += [[x.name, _shape(x.shape), missing, "", ""] for x in found.keras_left]
    rows += [["", "", missing, x.name, _shape(x.shape)] for x in found.torch_left]
    return Rows(COLUMNS, rows)


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(n) for n in shape) or "scalar"
