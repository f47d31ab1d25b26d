"""Cut a model's file into blocks that have a twin: by heading, by function, in Model by layer."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parity.course.twins import HEADING, TOP

COMMENTS = "comments"  # the key of a section without any code
HEAD, END = "head", "end"  # of a model, before its first layer and after its last


@dataclass(frozen=True)
class Block:
    """Lines [start, stop), counted from 1."""

    key: str
    start: int
    stop: int


Aligned = tuple[Block | None, Block | None]  # Keras's and torch's


def blocks(text: str) -> dict[str, tuple[Block, ...]]:
    """Heading -> its blocks in order. A comment belongs to the code below it."""
    tree = ast.parse(text)
    return {
        heading: tuple(_trimmed(list(_of_section(tree, start, stop)), text))
        for heading, start, stop in _sections(text)
    }


def top_level(text: str) -> tuple[Block, ...]:
    """The statements at the top level, each whole, with the comments above it."""
    tree = ast.parse(text)
    found: list[Block] = []
    for _, start, stop in _sections(text):
        for node in tree.body:
            if start <= node.lineno < stop:
                begin = max([start, *(block.stop for block in found)])
                found.append(Block(_key(node), begin, _end(node) + 1))
    return tuple(_trimmed(found, text))


def _sections(text: str) -> Iterator[tuple[str, int, int]]:
    lines = text.splitlines()
    heading, start = TOP, 1
    for number, line in enumerate(lines, 1):
        found = HEADING.match(line)
        if found:
            yield heading, start, number
            heading, start = found[1], number + 1
    yield heading, start, len(lines) + 1


def _of_section(tree: ast.Module, start: int, stop: int) -> Iterator[Block]:
    nodes = [node for node in tree.body if start <= node.lineno < stop]
    if not nodes:
        yield Block(COMMENTS, start, stop)
        return
    for node in nodes:
        end = stop if node is nodes[-1] else _end(node) + 1
        inner = list(_of_model(node, start, end))
        yield from inner or [Block(_key(node), start, end)]
        start = end


def _of_model(node: ast.stmt, start: int, stop: int) -> Iterator[Block]:
    """The blocks of a Keras build() with named layers, or of a torch module; none of other code."""
    layers = _layers(node)
    if not layers:
        return
    first = layers[0][1].lineno
    at = _after_previous(node, first) if isinstance(node, ast.ClassDef) else first
    yield Block(HEAD, start, at)
    for name, layer in layers:
        yield Block(name, at, _end(layer) + 1)
        at = _end(layer) + 1
    for method in _later_methods(node):
        yield Block(END, at, method.lineno)
        at = _end(method) + 1
        yield Block(method.name, method.lineno, at)
    if at < stop:
        yield Block(END, at, stop)


def _layers(node: ast.stmt) -> Sequence[tuple[str, ast.Call | ast.Assign]]:
    return keras_layers(node) if isinstance(node, ast.FunctionDef) else torch_layers(node)


def keras_layers(node: ast.stmt) -> list[tuple[str, ast.Call]]:
    """(name, call) of the layers that a function makes and names, in order."""
    found = []
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("layers."):
            names = [k.value for k in call.keywords if k.arg == "name"]
            if names and isinstance(names[0], ast.Constant):
                found.append((str(names[0].value), call))
    return sorted(found, key=lambda layer: layer[1].lineno)


def torch_layers(node: ast.stmt) -> list[tuple[str, ast.Assign]]:
    """(attribute, statement) of what a class puts on itself in its methods, in order."""
    if not isinstance(node, ast.ClassDef):
        return []
    found = []
    for statement in ast.walk(node):
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                found.append((target.attr, statement))
    return sorted(found, key=lambda layer: layer[1].lineno)


def _after_previous(node: ast.stmt, first: int) -> int:
    """The line after the last statement before line `first`: comments between belong to it."""
    ends = [_end(other) for other in ast.walk(node) if isinstance(other, ast.stmt)]
    return max((end for end in ends if end < first), default=first - 1) + 1


def _later_methods(node: ast.stmt) -> Iterator[ast.FunctionDef]:
    if isinstance(node, ast.ClassDef):
        methods = [child for child in node.body if isinstance(child, ast.FunctionDef)]
        yield from (method for method in methods if method.name != "__init__")


def _key(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "imports"
    return "docstring" if isinstance(node, ast.Expr) else "constants"


def _end(node: ast.stmt | ast.expr) -> int:
    return node.end_lineno or node.lineno


def _trimmed(found: Sequence[Block], text: str) -> Iterator[Block]:
    """Neighbours of one key as one; without blank lines at either end; none that is all blank."""
    lines = ["", *text.splitlines()]
    merged: list[Block] = []
    for block in found:
        is_more = bool(merged) and merged[-1].key == block.key
        start = merged.pop().start if is_more else block.start
        merged.append(Block(block.key, start, block.stop))
    for block in merged:
        full = [n for n in range(block.start, min(block.stop, len(lines))) if lines[n].strip()]
        if full:
            yield Block(block.key, full[0], full[-1] + 1)


def align(keras: Sequence[Block], torch: Sequence[Block]) -> list[Aligned]:
    """Blocks of one key in one row, in an order that keeps that of both sides."""
    if len(keras) == 1 and keras[0].key == COMMENTS and torch:
        return [(keras[0], torch[0]), *((None, block) for block in torch[1:])]
    theirs = {block.key: place for place, block in enumerate(torch)}
    rows: list[Aligned] = []
    done = 0
    for block in keras:
        place = theirs.get(block.key, -1)
        if place >= done:
            rows += [(None, other) for other in torch[done:place]]
            rows.append((block, torch[place]))
            done = place + 1
        else:
            rows.append((block, None))
    return rows + [(None, other) for other in torch[done:]]
