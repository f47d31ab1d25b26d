"""Rows in a terminal of any width: no word is cut."""

import pytest

from parity.checking.show.ledger import ledger
from parity.checking.show.rows import Column, Rows
from parity.checking.show.summary import summary
from parity.mapping.layout_moves import COPY
from parity.records.comparison import Ledger, LedgerLine, Variable
from tests.checking.show.reports import AGREES, DIFFERS, finding, of_layers, printed, shown

COLUMNS = (
    Column("name"),
    Column("shape", leave_out=2),
    Column("figure", is_number=True, leave_out=1),
    Column("about", is_prose=True),
)
ROWS = [
    ["encoder.block_1.conv", "16x16x8", "1.5e-03", "a convolution, then another of the same"],
    ["out", "10", "0", "supercalifragilistic"],
]
WIDTHS = range(24, 130, 7)


def words(text: str) -> set[str]:
    return set(text.replace(",", " ").split())


@pytest.mark.parametrize("width", WIDTHS)
def test_no_word_is_cut_and_no_line_is_too_long(width: int) -> None:
    lines = printed(Rows(COLUMNS, ROWS), width).splitlines()
    assert max(map(len, lines)) <= width
    every = words(" ".join(cell for row in ROWS for cell in (row[0], row[3])))
    assert every <= words(" ".join(lines))


def test_columns_go_one_after_the_other_and_names_stay() -> None:
    heads = [printed(Rows(COLUMNS, ROWS), width).split("\n")[0].split() for width in (90, 60, 50)]
    assert heads == [
        ["name", "shape", "figure", "about"],
        ["name", "figure", "about"],
        ["name", "about"],
    ]
    listed = printed(Rows(COLUMNS, ROWS), 40).splitlines()
    assert listed[0].rstrip() == "encoder.block_1.conv"
    assert listed[1].startswith("  a convolution")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_report_a_summary_and_a_ledger_cut_no_name(width: int) -> None:
    kernel = Variable("model/block_1/conv/kernel", "kernel", (3, 3, 8, 8))
    weight = Variable("encoder.block_1.weight", "weight", (8, 8, 3, 3))
    found = Ledger((LedgerLine(kernel, COPY, weight),), (("seed_generator", "a counter"),))
    report = of_layers([AGREES, DIFFERS], finding("k1"))
    for text in (printed(summary([report]), width), printed(ledger(found), width)):
        assert max(map(len, text.splitlines())) <= width
    assert {kernel.name, weight.name} <= words(printed(ledger(found), width))
    assert {"pair", "differ", "forward"} <= words(printed(summary([report]), width)) | {"forward"}
    text = shown(report, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert {"k1", "t1", "differ", "eps=0.001"} <= words(text)
