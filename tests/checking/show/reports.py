"""Reports made by hand, and how a terminal of some width shows them."""

from dataclasses import replace
from io import StringIO

from rich.console import RenderableType

from parity.checking.show import console
from parity.checking.show.terminal import Terminal
from parity.records.comparison import Cause, Finding, GateResult, LayerCheck, Report

AGREES = LayerCheck("", "", "pass", (2, 3), (2, 3), max_abs=1e-16, isolated_max_abs=1e-16,
                    noise_ratio=1.0, isolated_ratio=1.0, ulp=2.0)  # fmt: skip
DIFFERS = replace(AGREES, verdict="differ", noise_ratio=1e6, isolated_ratio=1e6)
INHERITS = replace(DIFFERS, isolated_ratio=1.0, note="inherited: alone, this layer agrees")
# What a terminal, a browser, XML, Markdown or GitHub Actions would obey.
HOSTILE = "a[/b]`|<i>*_$1$&\x1b[2J\x00\n::error::@team #1 ]]>{{x}}%0A,:\ufffe"


def finding(layer: str, epsilon: str = "1e-05", where: str = "my/net.py:3") -> Finding:
    cause = Cause("bn-epsilon", "another epsilon", f"epsilon is {epsilon}", "eps=0.001", "", 1.0)
    return Finding(layer, "bn", "forward", (cause,), 1.0, 0.0, torch_where=where)


def of_layers(lines: list[LayerCheck], *findings: Finding) -> Report:
    """A report of both float types, whose layers are k0, k1 and so on."""
    named = tuple(replace(x, keras=f"k{i}", torch=f"t{i}") for i, x in enumerate(lines))
    word = "differ" if any(line.verdict == "differ" for line in lines) else lines[0].verdict
    gates = [GateResult("forward", word, named, dtype) for dtype in ("float64", "float32")]
    mended = True if findings else None
    return Report("pair", tuple(gates), {}, findings, mended)


def printed(what: RenderableType, width: int = 120) -> str:
    page = Terminal(file=StringIO(), width=width, force_terminal=False)
    page.print(what)
    assert isinstance(page.file, StringIO)
    return page.file.getvalue()


def shown(report: Report, detail: console.Detail = "short", width: int = 120) -> str:
    return printed(console.report(report, detail), width)
