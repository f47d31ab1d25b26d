"""What a check of one of the report's ports comes to, in plain words."""

from pathlib import Path

from parity import language
from parity.course.reported.pages import Page
from parity.course.reported.quirks import Quirk, Where
from parity.language import gettext as _
from parity.records.comparison import GateResult, Report, Verdict, worst

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
    first = _("{pair}, as the report wrote it.").format(pair=page.pair)
    lines = [f"{first} {function(report)}"]
    for where, title in TITLES.items():
        quirks = [quirk for quirk in (one.quirk for one in page.told) if quirk.where == where]
        if quirks:
            lines.append(f"  {language.told(title)}{_(': ')}" + " ".join(map(_said, quirks)))
    return "\n".join([*lines, *_costs(page, folder)])


def function(report: Report) -> str:
    """Is the port the function that Keras's model is? From the gates that look at the models."""
    verdict = same(report)
    if verdict == "not run":
        return _("Whether it is the same function was not looked at.")
    if verdict == "pass":
        return _("It is the same function: with equal weights every layer agrees with Keras's.")
    gates = reversed(_looking(report))
    first = next((x for gate in gates if (x := gate.first_divergence) and x.keras), None)
    if first is None:
        return _("It was not shown to be the same function: something was compared with nothing.")
    causes = [c.cause for x in report.diagnosis if x.keras == first.keras for c in x.causes]
    why = f" ({', '.join(causes)})" if causes else ""
    parted = _("It is not the same function: the two part at {layer}{why}.")
    return parted.format(layer=first.keras, why=why)


def same(report: Report) -> Verdict:
    """What the gates come to that look at the models; "not run" where none did."""
    verdicts = [gate.verdict for gate in _looking(report)]
    return "not run" if set(verdicts) <= {"not run"} else worst(verdicts)


def _looking(report: Report) -> list[GateResult]:
    return [g for g in report.gates if g.name in ("structure", "weights", "forward")]


def _said(quirk: Quirk) -> str:
    wrote, keras, means = map(language.told, (quirk.wrote, quirk.keras, quirk.means))
    said = _("The report has {wrote}. Keras's file {keras}. {means}.")
    return said.format(wrote=wrote, keras=keras, means=means[0].upper() + means[1:])


def _costs(page: Page, folder: Path) -> list[str]:
    record = page.record
    if record is None:
        command = f"parity reported {page.pair} --out {folder}"
        unknown = _("{folder} does not say what it costs; `{command}` measures it.")
        return ["  " + unknown.format(folder=folder, command=command)]
    source = record.provenance.source
    one, many = (
        _("seed {seed}, {epochs} epochs of {data}"),
        _("{seeds} seeds, {epochs} epochs of {data}"),
    )
    run = (many if record.further else one).format(
        seed=record.seed, seeds=len(record.seeds), epochs=record.epochs, data=record.data.data
    )
    of = f", source {source.short}" if source.commit else ""
    measured_by = _("Measured by `parity reported`, in {folder} ({run}):")
    found = ["  " + measured_by.format(folder=folder, run=f"{run}{of}")]
    measured = {one.quirk.id: one.costs for one in page.told} | {"together": page.together}
    for title, costs in measured.items():
        if costs:
            said = "; ".join(f"{cost.label} {language.digits(cost.text)}" for cost in costs)
            found.append(f"    {language.told(title)}{_(': ')}{said}")
    return found
