"""Twin files as the page shows them: coloured lines in rows, layers marked, notes beside."""

from collections.abc import Iterator, Sequence

from pygments.lexers import PythonLexer
from pygments.token import STANDARD_TYPES

from parity.course.lesson import blocks, notes
from parity.course.lesson.blocks import Block
from parity.course.lesson.marks import Mark, keras_marks, torch_marks
from parity.course.lesson.notes import Comment
from parity.course.lesson.records import Line, Piece, Row, Section, Span
from parity.records.comparison import Match


def twins(keras: str, torch: str, matches: Sequence[Match]) -> tuple[Section, ...]:
    """Both files of a pair, section by section. keras, torch: their texts."""
    our_notes, their_notes = notes.comments(keras), notes.comments(torch)
    first = len(our_notes) + 1
    ours = highlighted(keras, keras_marks(keras, matches), our_notes)
    theirs = highlighted(torch, torch_marks(torch, matches), their_notes, first)
    numbered = [*enumerate(our_notes, 1), *enumerate(their_notes, first)]
    their_blocks = blocks.blocks(torch)
    parts = []
    for heading, our_blocks in blocks.blocks(keras).items():
        rows = []
        for left, right in blocks.align(our_blocks, their_blocks.get(heading, ())):
            lines = _cut(ours, left), _cut(theirs, right)
            numbers = {line.note for side in lines for line in side}
            beside = tuple(note for note in numbered if note[0] in numbers)
            rows.append(Row(_key(left, right), *lines, beside))
        parts.append(Section(heading, tuple(rows)))
    return tuple(parts)


def highlighted(
    text: str, marks: Sequence[Mark] = (), said: Sequence[Comment] = (), first: int = 1
) -> tuple[Line, ...]:
    """A Python text as lines; its comments are numbered from `first`."""
    by_line: dict[int, list[Mark]] = {}
    leading: dict[str, Mark] = {}
    for mark in marks:
        by_line.setdefault(mark.line, []).append(mark)
        leading.setdefault(mark.layer, mark)
    leads = set(leading.values())
    found = []
    for number, pieces in enumerate(_lines(text), 1):
        plain = "".join(piece.text for piece in pieces)
        here = [(n, one) for n, one in enumerate(said, first) if one.start <= number < one.stop]
        note = here[0][0] if here else 0
        spans = tuple(_spans(pieces, sorted(by_line.get(number, []), key=_start), leads))
        indent = len(plain) - len(plain.lstrip())
        found.append(Line(number, indent, spans, note, any(number == c.stop - 1 for _, c in here)))
    return tuple(found)


def _lines(text: str) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for _, kind, value in PythonLexer(ensurenl=False).get_tokens_unprocessed(text):
        css = STANDARD_TYPES.get(kind, "")
        for place, part in enumerate(value.split("\n")):
            if place:
                yield line
                line = []
            if part:
                line.append(Piece(part, css))
    if line:
        yield line


def _spans(pieces: Sequence[Piece], marks: Sequence[Mark], leads: set[Mark]) -> Iterator[Span]:
    """Pieces cut where marks begin and end."""
    at = 0
    for mark in marks:
        if mark.start > at:
            yield Span(tuple(_between(pieces, at, mark.start)))
        inside = tuple(_between(pieces, mark.start, mark.stop))
        yield Span(inside, mark.layer, mark in leads)
        at = mark.stop
    rest = tuple(_between(pieces, at, sum(len(piece.text) for piece in pieces)))
    if rest:
        yield Span(rest)


def _between(pieces: Sequence[Piece], start: int, stop: int) -> Iterator[Piece]:
    at = 0
    for piece in pieces:
        text = piece.text[max(0, start - at) : max(0, stop - at)]
        if text:
            yield Piece(text, piece.css)
        at += len(piece.text)


def _start(mark: Mark) -> int:
    return mark.start


def _cut(lines: Sequence[Line], block: Block | None) -> tuple[Line, ...]:
    return tuple(lines[block.start - 1 : block.stop - 1]) if block else ()


def _key(left: Block | None, right: Block | None) -> str:
    block = right or left
    return block.key if block else ""
