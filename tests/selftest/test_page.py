"""The self-test in a terminal."""

import io

import pytest
from rich.console import Console

from parity.selftest import page
from parity.selftest.matrix import Row

ROWS = [
    Row("stride-shifted-1d", "conv-same-stride", 1, 1, 1, 1, 1, 1),
    Row("padding that is not repeated at a border", "padding-mode", 10, 10, 9, 10, 10, 9),
]


@pytest.mark.parametrize("width", [120, 80, 40])
def test_no_word_of_the_table_is_cut(width: int) -> None:
    out = io.StringIO()
    Console(file=out, width=width).print(page.table(ROWS, "the bank"))
    printed = out.getvalue()
    assert max(map(len, printed.splitlines())) <= width
    words = set(printed.replace(",", " ").split())
    assert {word for row in ROWS for word in f"{row.mistake} {row.cause}".split()} <= words
    assert "repaired" in words
