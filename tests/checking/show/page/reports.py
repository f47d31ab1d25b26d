"""Reports as checks give them, made by hand: with much in them, and without a framework."""

from dataclasses import replace
from pathlib import Path

from parity.api import Report
from parity.records.comparison import Cause, Finding, GateResult, LayerCheck, Tried
from parity.records.passes import INPUT, Node, Passes, Placed, Row

HOSTILE = "a<script>alert('x')</script>\"&amp;`{{ 7 * 7 }}`</style>"
FINE = {"float64": 1e-15, "float32": 5e-7}
FAULT = 40  # the row, from 0, that differs first
ROWS = 72


def name(row: int) -> str:
    return HOSTILE if row == FAULT + 1 else f"stage_{row // 7}_bottleneck_layer_{row}"


def line(row: int, dtype: str, fault: int | None) -> LayerCheck:
    noise = FINE[dtype]
    agrees = LayerCheck(name(row), f"net.{row}", "pass", (2, 8, 8, 4), (2, 4, 8, 8), noise, (0,),
                        1e-16, 2.0, 1.0, noise, 1.0, noise=noise)  # fmt: skip
    if fault is None or row < fault:
        return replace(agrees, isolated_max_abs=0.0, isolated_ratio=0.0) if row % 2 else agrees
    far = replace(agrees, verdict="differ", max_abs=0.3, noise_ratio=0.3 / noise, ulp=1e9)
    if row == fault:
        return replace(far, isolated_max_abs=0.3, isolated_ratio=0.3 / noise, note="other values")
    return replace(far, note="inherited: alone, this layer agrees")


def passes(rows: int = ROWS) -> Passes:
    """A chain, in which every seventh layer takes the one seven before it, too."""
    found = []
    for row in range(rows):
        sources = (row - 1, row - 7) if row % 7 == 6 and row > 7 else (row - 1,)
        keras = Node(name(row), "Conv2D", (2, 8, 8, 4))
        torch = Node(f"net.{row}", "Conv2d", (2, 4, 8, 8))
        found.append(Row((keras,), (torch,), tuple(sorted(sources)), sources))
    found.append(Row((Node("lonely", "Dense", (2, 4)),), (), (rows - 1,)))
    placed = (
        Placed("k/kernel", "net.0.weight", "(in, out) -> (out, in)", (3, 4), (4, 3)),
        Placed("lonely/kernel", "", "no counterpart", (4, 4), is_missing=True),
        Placed("", HOSTILE, "set aside: a count"),
    )
    return Passes(tuple(found), placed)


def source(folder: Path) -> str:
    """The place of a line in a file whose code is hostile, too."""
    file = folder / "my_port.py"
    file.write_text(f"import torch\n\n\nx = 1\ny = F.relu(x)  # {HOSTILE}\n", encoding="utf-8")
    return f"{file}:5"


def faulty(where: str = "", rows: int = ROWS, fault: int = FAULT) -> Report:
    cause = Cause(
        "bn-epsilon", "another epsilon", f"epsilon of {HOSTILE}", "eps=1e-3", "", 1.0, where=where
    )
    found = Finding(name(fault), f"net.{fault}", "forward", (cause,), 0.3, 9e-16)
    twin = replace(found, keras=name(fault + 3), torch=f"net.{fault + 3}")
    tried = (Tried("stride", "another stride", 0.2), Tried("dilation", "another dilation", 0.1))
    unknown = Finding(name(fault + 9), f"net.{fault + 9}", "forward", (), 0.3, 0.3, tried)
    lost = LayerCheck("lonely (Dense)", "", "incomplete", note="no torch step answers it")
    returned = LayerCheck("out", "out", "differ", max_abs=0.3, noise_ratio=3e14)
    second = replace(returned, keras="out2", max_abs=float("inf"), note="not finite on one side")
    gates = (
        GateResult("structure", "incomplete", (lost,), note="73 layers, 9 parameters"),
        *(
            GateResult(
                "forward",
                "differ",
                tuple(line(row, dtype, fault) for row in range(rows)),
                dtype,
                f"first divergence: {name(fault)}",
            )
            for dtype in FINE
        ),
        GateResult("output", "differ", (returned, second), "float64", "2 returned values"),
    )
    return Report(
        "net and Port",
        gates,
        {
            "versions": {"torch": "2.15"},
            "settings": {"seed": 0, "gates": ["output"]},
            "source": "9",
        },
        (found, twin, unknown),
        mended=False,
        remains="0.1 is left",
        passes=passes(rows),
    )


def passing(rows: int = 5) -> Report:
    gates = (
        *(
            GateResult("forward", "pass", tuple(line(row, d, None) for row in range(rows)), d, "5")
            for d in FINE
        ),
        GateResult("output", "pass", dtype="float64", note="1 returned value"),
    )
    chain = tuple(
        Row(
            (Node(name(i), "Dense", (2, 4)),),
            (Node(f"net.{i}", "Linear", (2, 4)),),
            *(((i - 1),),) * 2,
        )
        for i in range(rows)
    )
    assert chain[0].keras_from == (INPUT,)
    return Report("small and Net", gates, {}, passes=Passes(chain))


def incomplete() -> Report:
    lost = LayerCheck(
        "own/kernel", "", "incomplete", note="no rule is for Own; register `parity.rule('Own')`"
    )
    return Report("own and Own", (GateResult("weights", "incomplete", (lost,)),), {})
