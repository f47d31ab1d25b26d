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
        found: list[tuple[int, str, bool]] = []
        _collect(ast.parse(path.read_text(encoding="utf-8")), False, found)
        where = path.relative_to(ROOT).as_posix()
        yield from (Text(f"{where}:{line}", form, is_error) for line, form, is_error in found)


def _collect(node: ast.AST, is_error: bool, found: list[tuple[int, str, bool]]) -> None:
    is_error = is_error or isinstance(node, ast.Raise) or _is_error(node)
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            found.append((node.lineno, node.value, is_error))
    elif isinstance(node, ast.JoinedStr):
        parts = [str(x.value) if isinstance(x, ast.Constant) else PLACE for x in node.values]
        found.append((node.lineno, "".join(parts), is_error))
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                _collect(value.value, is_error, found)
    elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):  # a docstring
        for child in ast.iter_child_nodes(node):
            _collect(child, is_error, found)


def _is_error(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    made = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
    return str(made.id if isinstance(made, ast.Name) else made).endswith("Error")
