"""What a check of one of the report's ports comes to, in plain words."""

from pathlib import Path

from parity.course.reported.pages import Page
from parity.course.reported.quirks import Quirk, Where
from parity.records.comparison import Report

TITLES: dict[Where, str] = {
    "data": "Data",
    "model": "Model",
    "initialisation": "Initialisation",
    "loss": "Loss",
    "optimizer": "Optimizer",
    "metrics": "Metrics",
}


def told(report: Report, page: Page, folder: Path) -> str:
    """A paragraph: the same function or not, and what else differs; then the measured costs.

    folder: where the page was read from.
    """
    lines = [f"{page.pair}, as the report wrote it. {function(report)}"]
    for where, title in TITLES.items():
        quirks = [quirk for quirk in (one.quirk for one in page.told) if quirk.where == where]
        if quirks:
            lines.append(f"  {title}: " + " ".join(map(_said, quirks)))
    return "\n".join([*lines, *_costs(page, folder)])


def function(report: Report) -> str:
    """Is the port the function that Keras's model is? From the gates that look at the models."""
    gates = [g for g in report.gates if g.name in ("structure", "weights", "forward")]
    verdicts = {gate.verdict for gate in gates}
    if not gates or (verdicts == {"not run"}):
        return "Whether it is the same function was not looked at."
    if verdicts == {"pass"}:
        return "It is the same function: with equal weights every layer agrees with Keras's."
    first = next((x for gate in reversed(gates) if (x := gate.first_divergence) and x.keras), None)
    if first is None:
        return "It was not shown to be the same function: something was compared with nothing."
    causes = [c.cause for x in report.diagnosis if x.keras == first.keras for c in x.causes]
    why = f" ({', '.join(causes)})" if causes else ""
    return f"It is not the same function: the two part at {first.keras}{why}."


def _said(quirk: Quirk) -> str:
    means = quirk.means[0].upper() + quirk.means[1:]
    return f"The report has {quirk.wrote}. Keras's file {quirk.keras}. {means}."


def _costs(page: Page, folder: Path) -> list[str]:
    record = page.record
    if record is None:
        command = f"parity reported {page.pair} --out {folder}"
        return [f"  {folder} does not say what it costs; `{command}` measures it."]
    source = record.provenance.source
    run = f"seed {record.seed}, {record.epochs} epochs of {record.data.data}"
    of = f", source {source.short}" if source.commit else ""
    found = [f"  Measured by `parity reported`, in {folder} ({run}{of}):"]
    measured = {one.quirk.id: one.costs for one in page.told} | {"together": page.together}
    for title, costs in measured.items():
        if costs:
            said = "; ".join(f"{cost.label} {cost.text}" for cost in costs)
            found.append(f"    {title}: {said}")
    return found
