"""A report in a notebook's cell: an HTML fragment with its own look, which changes no other's."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from parity.checking.show import answer, figures, places
from parity.checking.show.diagnosis import together
from parity.checking.show.unchecked import unchecked
from parity.checking.show.verdicts import told
from parity.errors import printable
from parity.records.comparison import Report

TEMPLATE = "notebook.html"


def html(found: Report) -> str:
    """One element, with its style inside. Names are escaped, whoever gave them."""
    page = Environment(
        loader=PackageLoader("parity.checking.show", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    ).get_template(TEMPLATE)
    tables = [
        (x.title, figures.table(x.gate, [[line] for line in x.lines]), x.others)
        for x in answer.excerpts(found)
    ]
    shown = page.render(
        found=found,
        told=told(found),
        missing=[answer.said(*lines) for lines in answer.missing(found)],
        causes=answer.reasons(found),
        unexplained=answer.unexplained(found),
        end=together(found.mended, found.remains) if found.mended is not None else "",
        line=places.told,
        gates=answer.once(found.gates),
        tables=tables,
        limits=list(unchecked(found)) if found.verdict == "pass" else [],
    )
    return printable(shown)
