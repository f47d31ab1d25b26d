"""Where a layer stands in the two files: its call in Keras; in torch its attribute and its uses."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parity.course.lesson.blocks import keras_layers, torch_layers
from parity.records.comparison import Match


@dataclass(frozen=True)
class Mark:
    """Characters [start, stop) of a line (from 1) that belong to a layer, by Keras's name."""

    line: int
    start: int
    stop: int
    layer: str


def keras_marks(text: str, matches: Sequence[Match]) -> list[Mark]:
    """The call that makes each layer."""
    names = {match.keras.name for match in matches}
    lines = text.splitlines()
    return [
        mark
        for node in ast.parse(text).body
        for name, call in keras_layers(node)
        if name in names
        for mark in _over_lines(call, name, lines)
    ]


def torch_marks(text: str, matches: Sequence[Match]) -> list[Mark]:
    """Where each module is made, and where modules and functions are called in the pass."""
    by_step = {step.name: match.keras.name for match in matches for step in match.torch}
    by_path = {
        step.path.partition(".")[0]: match.keras.name
        for match in matches
        for step in match.torch
        if step.path
    }
    tree, lines = ast.parse(text), text.splitlines()
    made = [
        mark
        for node in tree.body
        for name, statement in torch_layers(node)
        if name in by_path
        for mark in _over_lines(statement, by_path[name], lines)
    ]
    return made + list(_uses(tree, by_step, by_path))


def _uses(tree: ast.Module, by_step: dict[str, str], by_path: dict[str, str]) -> Iterator[Mark]:
    counts: Counter[str] = Counter()
    for call in _calls(tree):
        func = call.func
        if isinstance(func, ast.Attribute) and ast.unparse(func.value) == "self":
            if func.attr in by_path:
                yield _mark(func, func.col_offset, by_path[func.attr])
            continue
        kind = func.attr if isinstance(func, ast.Attribute) else ast.unparse(func)
        counts[kind] += 1
        layer = by_step.get(f"{kind}_{counts[kind]}")
        if layer:
            yield _mark(func, _start(func), layer)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls of forward() and then of prediction(), in the order in which they are made."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for name in ("forward", "prediction"):
        for function in functions:
            if function.name == name:
                for statement in function.body:
                    yield from _inner_first(statement)


def _inner_first(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        yield from _inner_first(child)
    if isinstance(node, ast.Call):
        yield node


def _start(func: ast.expr) -> int:
    """Of `F.relu` the whole; of `a(b).relu` the method's name alone."""
    if isinstance(func, ast.Attribute) and not isinstance(func.value, ast.Name):
        return (func.end_col_offset or 0) - len(func.attr)
    return func.col_offset


def _mark(node: ast.expr, start: int, layer: str) -> Mark:
    return Mark(node.end_lineno or node.lineno, start, node.end_col_offset or start, layer)


def _over_lines(node: ast.stmt | ast.expr, layer: str, lines: Sequence[str]) -> Iterator[Mark]:
    """A mark a line, without the indentation."""
    last = node.end_lineno or node.lineno
    for number in range(node.lineno, last + 1):
        line = lines[number - 1]
        start = node.col_offset if number == node.lineno else len(line) - len(line.lstrip())
        stop = (node.end_col_offset or len(line)) if number == last else len(line.rstrip())
        yield Mark(number, start, stop, layer)
