"""A check's report as JSON holds it; docs/reference/check.schema.json describes the fields."""

from dataclasses import asdict
from typing import Any

from parity.records.comparison import Report


def as_json(report: Report) -> dict[str, Any]:
    first = report.first_divergence
    return {
        "pair": report.pair,
        "verdict": report.verdict,
        "gates": [
            {
                "name": gate.name,
                "dtype": gate.dtype,
                "verdict": gate.verdict,
                "note": gate.note,
                "layers": [asdict(layer) for layer in gate.layers],
            }
            for gate in report.gates
        ],
        "first_divergence": asdict(first) if first else None,
        "diagnosis": [asdict(finding) for finding in report.diagnosis],
        "mended": report.mended,
        "remains": report.remains,
        "provenance": report.provenance,
    }
