"""Reports in GitHub's Markdown, for a pull request or a job's summary.

Names and notes are shown as they are: they make no table, link, mention or tag.
"""

import re
from collections.abc import Iterator, Sequence

from parity import language
from parity.checking.show import answer, diagnosis, figures
from parity.checking.show.unchecked import unchecked
from parity.checking.show.verdicts import named, told
from parity.errors import printable
from parity.language import gettext as _
from parity.records.comparison import Report

_MARKS = re.compile(r"([\\`*_\[\]|~#$])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LINKED = re.compile(r"@(?=\w)|\\#(?=\w)|:(?=//)")  # a mention, an issue, an address
_NO_SPACE = "&#8203;"  # of no width: what it stands in is no link


def markdown(reports: Sequence[Report]) -> str:
    return "\n".join(line for found in reports for line in _of(found)) + "\n"


def _of(found: Report) -> Iterator[str]:
    yield from (f"### {_code(named(found.pair))}", "", f"**{_prose(told(found))}**", "")
    for lines in answer.missing(found):
        yield from _missing(answer.said(*lines))
    for x in answer.reasons(found):
        line = f" ({_code(x.torch_line)})" if x.torch_line else ""
        at, says = (
            f"{language.told('at')} {_code(x.where)}{line}",
            _prose(language.told(x.cause.says)),
        )
        yield f"- **{_prose(x.cause.cause)}** {at}{_(': ')}{says}"
        yield f"  {_('fix:')} {_code(language.told_whole(x.cause.fix))}"
        if x.others:
            yield f"  {_('the same at')} {', '.join(map(_code, x.others))}"
    for finding in answer.unexplained(found):
        yield f"- {language.told('cause not found at')} {_code(finding.keras or finding.torch)}"
    if found.mended is not None:
        yield f"- {_prose(diagnosis.together(found.mended, found.remains))}"
    rows = [
        [title, language.told(gates[0].verdict), language.told(gates[0].note)]
        for title, gates in answer.once(found.gates)
    ]
    yield from ("", *_table([_("gate"), _("verdict"), _("note")], rows), "")
    for excerpt in answer.excerpts(found):
        shown = figures.table(excerpt.gate, [[line] for line in excerpt.lines])
        rows = [list(map(str, row)) for row in shown.rows]
        yield from (f"{_prose(excerpt.title)}{_(': ').rstrip()}", "")
        yield from _table([column.title for column in shown.columns], rows)
        yield from ("", _prose(excerpt.others), "") if excerpt.others else ("",)
    if found.verdict == "pass":
        yield from (f"<details><summary>{language.told('not checked')}</summary>", "")
        yield from (f"- {_prose(what)}{_(': ')}{_prose(how)}" for what, how in unchecked(found))
        yield from ("", "</details>", "")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(map(_prose, row))} |"


def _missing(text: str) -> Iterator[str]:
    """What is to be pasted, behind the first line, as code."""
    first, *others = printable(text).splitlines()
    yield f"- {language.told('missing')}{_(': ')}{_prose(first)}"
    if others:
        fence = _fence(text, least=3)
        yield from (f"  {line}" for line in (fence, *filter(None, others), fence))


def _prose(text: str) -> str:
    """A text in one line that means nothing to Markdown."""
    line = " ".join(printable(text).split())
    marked = _MARKS.sub(r"\\\1", line.translate(_ENTITIES))
    return _LINKED.sub(lambda found: found[0] + _NO_SPACE, marked)


def _code(text: str) -> str:
    """A text in one line as code. It may have backticks itself."""
    line = " ".join(printable(text).split())
    fence = _fence(line, least=1)
    gap = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{gap}{line}{gap}{fence}"


def _fence(text: str, least: int) -> str:
    """Backticks that the text does not have in a row."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))
