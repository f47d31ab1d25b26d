"""Write down every report of the pairs, the bank and the zoo, and hold two such files together.

    uv run python -m benchmarks.reports write FILE.json.gz [PART...]
    uv run python -m benchmarks.reports compare BEFORE.json.gz AFTER.json.gz

For a change that must change no verdict: written before it and after it, the two files hold the
same reports. Words and verdicts are compared exactly, figures as floating point has them.
PART: pairs-tensorflow, pairs-jax, bank, zoo or one of its models; all of them where none is named.
"""

import argparse
import gzip
import json
from collections.abc import Iterable, Iterator
from math import inf
from pathlib import Path
from typing import Any

from benchmarks.zoo.__main__ import MODELS, check
from parity.checking import run
from parity.checking.options import Options
from parity.pairs import PAIRS
from parity.records import files
from parity.records.as_json import as_json
from parity.records.comparison import Report
from parity.selftest import trial
from parity.selftest.bank import BANK
from parity.sides.process import Sides

PARTS = ("pairs-tensorflow", "pairs-jax", "bank", *MODELS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    write = verbs.add_parser("write")
    write.add_argument("file", type=Path)
    write.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    both = verbs.add_parser("compare")
    both.add_argument("before", type=Path)
    both.add_argument("after", type=Path)
    args = parser.parse_args()
    if args.verb == "write":
        _write(args.file, args.parts or PARTS)
    else:
        for line in differences(read(args.before), read(args.after)):
            print(line)


def _write(path: Path, parts: Iterable[str]) -> None:
    found = read(path) if path.exists() else {}
    for part in parts:
        for name, report in _reports(part):
            found[f"{part} {name}".strip()] = {**as_json(report), "provenance": {}}
            print(part, name, report.verdict, flush=True)
        text = json.dumps(found, default=str).encode()
        with files.whole(path) as temporary:
            temporary.write_bytes(gzip.compress(text, mtime=0))


def _reports(part: str) -> Iterator[tuple[str, Report]]:
    if part.startswith("pairs-"):
        with Sides(part.removeprefix("pairs-")) as sides:
            for pair in PAIRS:
                yield pair.name, run.check(pair, sides, Options(budget=inf))
    elif part == "bank":
        with Sides() as sides:
            for entry in BANK:
                found = trial.of_entry(entry, sides).report
                if found is not None:
                    yield entry.id, found
    else:
        yield "", check(part).report


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """A line for each place in which the files differ, and one that counts the figures."""
    moved: list[float] = []
    for name in sorted(before.keys() | after.keys()):
        yield from _apart(name, before.get(name), after.get(name), moved)
    yield f"{len(moved)} figures differ, at most by {max(moved, default=0):.1%} of the larger"


def _apart(place: str, before: Any, after: Any, moved: list[float]) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from _apart(f"{place}.{name}", before.get(name), after.get(name), moved)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _apart(f"{place}[{number}]", old, new, moved)
    elif isinstance(before, float) and isinstance(after, float):
        if before != after:
            moved.append(abs(before - after) / max(abs(before), abs(after)))
    elif before != after:
        yield f"{place}: {before} -> {after}"


if __name__ == "__main__":
    main()
