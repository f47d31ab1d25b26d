"""Reports as annotations of GitHub Actions: an error at the file and line of each fault.

Source of the format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Iterator, Sequence

from parity.checking.show import answer
from parity.checking.show.verdicts import told
from parity.language import speaking
from parity.records.comparison import Report

_ESCAPED = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_DATA = str.maketrans(_ESCAPED)
_PROPERTY = str.maketrans({**_ESCAPED, ":": "%3A", ",": "%2C"})


@speaking("en")  # a machine reads it
def github(reports: Sequence[Report]) -> str:
    """A line an annotation."""
    return "\n".join(line for found in reports for line in _of(found))


def _of(found: Report) -> Iterator[str]:
    if found.verdict == "pass":
        yield _line("notice", found.pair, told(found))
        return
    level = "error" if found.verdict == "differ" else "warning"
    reasons = answer.reasons(found)
    for x in reasons:
        title = f"{found.pair}: {x.cause.cause} at {x.where}"
        others = f"\nthe same at {', '.join(x.others)}" if x.others else ""
        message = f"{x.cause.about}\nhere: {x.cause.says}\nfix: {x.cause.fix}{others}"
        yield _line(level, title, message, x.torch_line)
    for finding in answer.unexplained(found):
        title = f"{found.pair}: cause not found at {finding.keras or finding.torch}"
        yield _line(level, title, told(found), finding.torch_where)
    if not found.diagnosis:
        missing = "\n".join(answer.said(*lines) for lines in answer.missing(found))
        first = found.first_divergence
        place = first.torch_where if first else ""
        yield _line(level, found.pair, missing or told(found), place)


def _line(level: str, title: str, message: str, place: str = "") -> str:
    """place: "my/net.py:38"; "" where it is not known."""
    file, _, line = place.rpartition(":")
    named = {"file": file, "line": line, "title": title} if file else {"title": title}
    properties = ",".join(f"{name}={text.translate(_PROPERTY)}" for name, text in named.items())
    return f"::{level} {properties}::{message.translate(_DATA)}"
