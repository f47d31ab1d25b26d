"""Docstrings are plain text: lists of names, each with what it is. Here they become reST."""

import re
from collections.abc import Iterator
from itertools import groupby

TABLE = re.compile(r"(\S[^:]*?) {2,}(\S.*)")  # "rel    the L2 norm of ..."
NAMED = re.compile(r"([a-z_*]\w*(?:, [a-z_]\w*)*): (\S.*)")  # "dtype: float32 or ..."
FORMULA = re.compile(r"\S+ [-+]?= .+")  # "m += (1 - beta_1) * (g - m)"
SENTENCE = re.compile(r"(Raises|Returns) ")  # begins anew behind a list of names


def as_rst(lines: list[str]) -> list[str]:
    """The lines of a docstring, paragraph by paragraph."""
    paragraphs = [[*p] for is_text, p in groupby(lines, key=lambda x: bool(x.strip())) if is_text]
    return [line for paragraph in paragraphs for line in [*_paragraph(paragraph), ""]]


def _paragraph(lines: list[str]) -> Iterator[str]:
    if all(line.startswith("    ") for line in lines):
        yield from ("::", "", *lines)
        return
    if all(map(FORMULA.fullmatch, lines)):
        yield from ("::", "", *(f"    {line}" for line in lines))
        return
    if lines[0].startswith("- "):  # a list as it is
        yield from ("  " * line.startswith(" ") + _escaped(line.strip()) for line in lines)
        return
    kind = TABLE if any(TABLE.fullmatch(line) for line in lines) else NAMED
    is_listed = False
    for line in lines:
        found = kind.fullmatch(line)
        if found is not None:
            if not is_listed:
                yield ""
            name, text = (_escaped(part) for part in found.groups())
            yield f"- **{name}**: {text}"
            is_listed = True
        elif is_listed and not SENTENCE.match(line):
            yield f"  {_escaped(line.strip())}"
        else:
            if is_listed:
                yield ""
            is_listed = False
            yield _escaped(line.strip())


def _escaped(text: str) -> str:
    """Code between backticks stays code, and nothing else is markup."""
    parts = re.split(r"`+([^`]+)`+", text)
    return "".join(
        f"``{part}``" if number % 2 else re.sub(r"([*|_\\])", r"\\\1", part)
        for number, part in enumerate(parts)
    )
