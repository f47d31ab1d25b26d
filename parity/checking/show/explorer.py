"""Both models for Google's Model Explorer, which shows them in two panes.

The format is its GraphCollection: https://github.com/google-ai-edge/model-explorer
"""

from collections.abc import Sequence
from typing import Any

from parity.checking.show.page import lines
from parity.checking.show.page.lines import Line
from parity.records.comparison import Report
from parity.records.passes import INPUT, Node

INK = {"differ": "#9a2d12", "incomplete": "#7a5a00", "pass": "#0a5f66"}
Graph = dict[str, Any]


def collection(report: Report) -> Graph:
    """A graph of each model, whose nodes tell what was measured and what answers them."""
    rows = lines.of(report)
    keras = [(line.row.keras, line.row.keras_from, line.torch) for line in rows]
    torch = [(line.row.torch, line.row.torch_from, line.keras) for line in rows]
    return {
        "label": f"{report.pair}: {report.verdict}",
        "graphs": [_graph("Keras", rows, keras), _graph("PyTorch", rows, torch)],
    }


def _graph(
    side: str, rows: Sequence[Line], own: Sequence[tuple[tuple[Node, ...], tuple[int, ...], str]]
) -> Graph:
    nodes: list[Graph] = [{"id": "input", "label": "input", "namespace": "", "incomingEdges": []}]
    last = {INPUT: "input"}  # of each row: the node that gives its result
    for place, (steps, _, _) in enumerate(own):
        if steps:
            last[place] = f"{place} {steps[-1].name}"
    for place, (line, (steps, sources, other)) in enumerate(zip(rows, own, strict=True)):
        before = [last[source] for source in sources if source in last]
        for step in steps:
            told = {"verdict": line.state, "answered by": other, "line": step.where}
            identifier = f"{place} {step.name}"
            nodes.append(
                {
                    "id": identifier,
                    "label": step.name,
                    "namespace": "",
                    "attrs": _pairs({"kind": step.kind} | told | _figures(line)),
                    "incomingEdges": [{"sourceNodeId": name} for name in before],
                    "outputsMetadata": [
                        {"id": "0", "attrs": _pairs({"shape": "x".join(map(str, step.shape))})}
                    ],
                    "style": {"borderColor": INK.get(line.state, "")},
                }
            )
            before = [identifier]
    return {"id": side, "nodes": nodes}


def _figures(line: Line) -> dict[str, str]:
    found = {}
    for dtype, check in line.figures.items():
        for name in ("max_abs", "noise_ratio", "isolated_max_abs", "isolated_ratio"):
            value = getattr(check, name)
            if value is not None:
                found[f"{dtype} {name}"] = f"{value:.2g}"
    return found


def _pairs(told: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in told.items() if value]
