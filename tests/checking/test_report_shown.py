"""What the terminal shows of a check: short where a model is long, whole where the terminal is."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from parity.checking.show import console
from parity.records.comparison import Cause, Finding, GateResult, LayerCheck, Report, Tried

AGREES = LayerCheck("", "", "pass", (2, 3), (2, 3), max_abs=1e-16, isolated_max_abs=1e-16,
                    noise_ratio=1.0, isolated_ratio=1.0, ulp=2.0)  # fmt: skip
DIFFERS = replace(AGREES, verdict="differ", noise_ratio=1e6, isolated_ratio=1e6)
INHERITS = replace(DIFFERS, isolated_ratio=1.0, note="inherited: alone, this layer agrees")


def shown(lines: list[LayerCheck], findings: tuple[Finding, ...] = (), width: int = 120) -> str:
    named = [replace(x, keras=f"k{i}", torch=f"t{i}") for i, x in enumerate(lines)]
    gate = GateResult("forward", "differ", tuple(named), "float64")
    page = Console(file=StringIO(), width=width)
    page.print(console.report(Report("pair", (gate,), {}, findings)))
    assert isinstance(page.file, StringIO)
    return page.file.getvalue()


def finding(layer: str, epsilon: str = "1e-05") -> Finding:
    cause = Cause("bn-epsilon", "another epsilon", f"epsilon is {epsilon}", "eps=0.001", "", 1.0)
    return Finding(layer, "bn", "forward", (cause,), 1.0, 0.0)


def test_a_short_model_has_a_line_a_layer() -> None:
    printed = shown([AGREES] * console.LONG)
    assert f"k{console.LONG - 1} " in printed
    assert "layers" not in printed


def test_of_a_long_model_what_tells_nothing_is_folded() -> None:
    printed = shown([*[AGREES] * console.LONG, DIFFERS, *[INHERITS] * 5])
    assert f"... {console.LONG} layers" in printed
    assert f"k{console.LONG} " in printed, "what differs by itself has its line"
    assert "... 5 layers" in printed
    assert "inherited" not in printed


def test_of_a_long_model_what_was_not_compared_is_folded() -> None:
    printed = shown(
        [AGREES, *[LayerCheck("", "", "incomplete", note="not compared")] * console.LONG]
    )
    assert f"... {console.LONG} layers" in printed
    assert printed.count("not compared") == 1


def test_a_search_that_was_cut_says_that_there_was_more() -> None:
    tried = (Tried("stride", "says", 1.0),)
    cut = replace(finding("a"), causes=(), tried=tried, unfinished="the budget was spent")
    assert "others were not tried: the budget was spent" in shown([DIFFERS], (cut,))


@pytest.mark.parametrize(("width", "is_there"), [(120, True), (80, False)])
def test_a_narrow_terminal_keeps_the_names_and_leaves_columns_out(
    width: int, is_there: bool
) -> None:
    printed = shown([AGREES], width=width)
    assert ("ulp" in printed) is is_there
    assert "isolated" in printed


def test_a_cause_of_several_layers_is_told_once() -> None:
    found = (finding("a"), finding("b", "1e-06"), finding("c"))
    printed = shown([DIFFERS], found)
    assert printed.count("epsilon is 1e-05") == 1
    assert "the same at 1 more: c" in printed
    assert "epsilon is 1e-06" in printed


def test_many_lines_of_words_are_cut_off() -> None:
    many = [replace(INHERITS, note=f"note {i}") for i in range(console.NEWS + 3)]
    printed = shown(many)
    assert f"note {console.NEWS - 1}" in printed
    assert f"note {console.NEWS}" not in printed
    assert "... and 3 more" in printed
