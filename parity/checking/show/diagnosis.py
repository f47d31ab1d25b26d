"""Why layers differ, for the terminal: cause, what this port does, and the line that mends it."""

from collections.abc import Iterator

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parity.checking.show import places
from parity.language import gettext as _
from parity.language import told, told_whole
from parity.records.comparison import Cause, Finding

NEAREST = 3  # of the hypotheses that did not do


AGREES = "with these changes the port agrees"


def shown(
    findings: tuple[Finding, ...], mended: bool | None = None, remains: str = ""
) -> Iterator[Padding]:
    """Each finding; those that say the same of several layers once. mended, remains: as of the
    report."""
    for finding, *others in alike(findings):
        yield Padding(_heading(finding), (0, 0, 0, 2))
        for cause in finding.causes:
            yield Padding(_cause(cause, finding), (0, 0, 0, 4))
        if not finding.causes:
            yield Padding(_excluded(finding), (0, 0, 0, 4))
        if others:
            more = ", ".join(other.keras for other in others)
            same = f"{told(f'the same at {len(others)} more')}{_(': ')}{more}"
            yield Padding(Text(same), (0, 0, 0, 4))
    if mended is not None:
        yield Padding(Text(together(mended, remains)), (0, 0, 0, 2))


def together(mended: bool | None, remains: str = "") -> str:
    """What becomes of the port when all that was found is mended at once; as of the report."""
    if mended is None:
        return told("nothing is changed")
    return told(AGREES if mended else f"with these changes {remains}")


def alike(findings: tuple[Finding, ...]) -> list[list[Finding]]:
    """Findings with the same causes and figures together, in the order of the first of each."""
    groups: dict[tuple[tuple[str, str], ...], list[Finding]] = {}
    for place, finding in enumerate(findings):
        said = tuple((cause.cause, cause.says) for cause in finding.causes)
        groups.setdefault(said or (("", str(place)),), []).append(finding)
    return list(groups.values())


def names(finding: Finding) -> str:
    """Keras's layer and the steps that answer it."""
    return f" {told('against')} ".join(dict.fromkeys(filter(None, (finding.keras, finding.torch))))


def _heading(finding: Finding) -> Text:
    where = names(finding)
    lines = places.of_both(finding.keras_where, finding.torch_where)
    if not finding.causes:
        cause, missing = f"{told('cause')} ", told("not found")
        return Text.assemble((cause, "bold"), (missing, "yellow"), f"  {where}", lines)
    causes = ", ".join(dict.fromkeys(cause.cause for cause in finding.causes))
    cause = f"{told('cause')} "
    return Text.assemble((cause, "bold"), (causes, "bold red"), f"  {where}", lines)


def _cause(cause: Cause, finding: Finding) -> Group:
    fix = Text(told_whole(cause.fix), style="green")
    if cause.where not in ("", finding.torch_where):
        fix = Text.assemble(fix, "  ", places.shown(cause.where))
    labelled = Table.grid(padding=(0, 1, 0, 0))
    labelled.add_column(no_wrap=True)
    labelled.add_column(overflow="fold")
    labelled.add_row(_("here:"), Text(told(cause.says)))
    labelled.add_row(_("fix:"), fix)
    return Group(Text(told(f"{cause.about}; {_without(cause)}")), labelled)


def gone(cause: Cause) -> str:
    """How much of the difference its change takes away."""
    return told(_without(cause))


def _without(cause: Cause) -> str:
    share = "all" if cause.removed > 0.999 else f"{cause.removed:.0%}"
    return f"without it {share} of the difference is gone"


def _excluded(finding: Finding) -> Text:
    if not finding.tried:
        nothing = "nothing is known that could be tried on such a layer"
        return Text(told(finding.unfinished or nothing))
    nearest = sorted(finding.tried, key=lambda tried: tried.left)[:NEAREST]
    each = "; ".join(told(f"{tried.cause} leaves {tried.left:.1e}") for tried in nearest)
    causes = ", ".join(dict.fromkeys(tried.cause for tried in finding.tried))
    vain = f"{len(finding.tried)} hypotheses leave more than noise of {finding.before:.1e}"
    lines = [
        f"{told(vain)}{_(': ')}{each}",
        f"{told('excluded')}{_(': ')}{causes}",
        *([told(f"others were not tried: {finding.unfinished}")] if finding.unfinished else []),
    ]
    return Text("\n".join(lines))
