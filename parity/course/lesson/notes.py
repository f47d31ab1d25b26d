"""The `# DIFFERS:` comments of a file, and the entries of the catalogue that they name."""

import re
from dataclasses import dataclass

TAG = "DIFFERS:"
ENTRY = re.compile(r"\s*\[([a-z0-9-]+)\]$")


@dataclass(frozen=True)
class Comment:
    """A tagged comment over lines [start, stop), counted from 1."""

    start: int
    stop: int
    text: str  # without the tag, the hashes and the entry
    entry: str  # "" where none is named


def comments(text: str) -> tuple[Comment, ...]:
    """All tagged comments, in order. A comment goes on over the comment lines that follow it."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        if not line.strip().startswith(f"# {TAG}"):
            continue
        stop = number + 1
        while stop < len(lines) and _goes_on(lines[stop], line):
            stop += 1
        words = " ".join(part.strip().lstrip("# ") for part in lines[number:stop])
        words = words.removeprefix(TAG).strip()
        named = ENTRY.search(words)
        said = ENTRY.sub("", words)
        found.append(Comment(number + 1, stop + 1, said, named[1] if named else ""))
    return tuple(found)


def _goes_on(line: str, first: str) -> bool:
    indent = len(first) - len(first.lstrip())
    same = line.startswith(" " * indent + "# ")
    return same and TAG not in line and not line.lstrip().startswith("# ---")
