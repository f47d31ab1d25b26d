"""The texts in the source that people may read: of errors, and of what a check says."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2] / "parity"
PLACE = "{}"
CODE = re.compile(r"  # |\n|^\w+\(|= |^def |^import ")  # what is to be pasted stays as it is


@dataclass(frozen=True)
class Text:
    """where: file and line. form: with {} where something is put in. is_error: it is raised."""

    where: str
    form: str
    is_error: bool


def texts(folder: Path) -> Iterator[Text]:
    """All string literals below a folder, or in a file, but docstrings; joined as they are read."""
    for path in sorted(folder.rglob("*.py")) or [folder]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, form, is_error in _of(tree, is_error=False):
            yield Text(f"{path.relative_to(ROOT)}:{line}", form, is_error)


def _of(node: ast.AST, is_error: bool) -> Iterator[tuple[int, str, bool]]:
    is_error = is_error or isinstance(node, ast.Raise) or _is_error(node)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value, is_error
    elif isinstance(node, ast.JoinedStr):
        parts = [str(x.value) if isinstance(x, ast.Constant) else PLACE for x in node.values]
        yield node.lineno, "".join(parts), is_error
        inside = (x.value for x in node.values if isinstance(x, ast.FormattedValue))
        for value in inside:
            yield from _of(value, is_error)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _of(child, is_error)


def _is_error(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    made = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
    return str(made.id if isinstance(made, ast.Name) else made).endswith("Error")
