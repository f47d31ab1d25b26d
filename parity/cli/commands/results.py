"""`parity results show DIR` and `parity results diff A B`: read results folders."""

import argparse
from pathlib import Path

from parity.checking.show import console as screen
from parity.checking.show.terminal import Terminal
from parity.cli.options import LATEST
from parity.records import files
from parity.results import read
from parity.results.diff import circumstances
from parity.results.diff.circumstances import Told
from parity.results.diff.folders import diff
from parity.results.show import diff as diff_shown
from parity.results.show import results as results_shown
from parity.train import run_store

MOST = 10  # lines of unfinished work


def arguments(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="action", required=True, metavar="show|diff")
    show = actions.add_parser("show", help="figures, verdicts, timing, and how it was run")
    show.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=LATEST,
        metavar="DIR",
        help="what `parity compare` wrote (default: %(default)s)",
    )
    diff = actions.add_parser(
        "diff",
        help="compare two results folders: machines, versions, backends, settings, a rerun",
        description="Say what was different in how two results folders came about; which runs of "
        "both have bitwise equal histories, and where the others part; whether both end alike, "
        "by the margins of A; and how fast each was.",
        epilog="exit status: 0 all runs in both are bitwise equal, or judged equivalent; "
        "1 different; 2 bad input; 3 undecided, or nothing to compare",
    )
    diff.add_argument("a", type=Path, metavar="A")
    diff.add_argument("b", type=Path, metavar="B")
    diff.add_argument("--json", type=Path, metavar="FILE", help="write all that was found")


def run(args: argparse.Namespace) -> int:
    return _show(args.folder) if args.action == "show" else _diff(args.a, args.b, args.json)


def _show(out: Path) -> int:
    left = run_store.unfinished(out)
    told = _told(out) if not left or any((out / "records").glob("*.json")) else []
    lines = circumstances.unfinished(out, left[:MOST])
    if len(left) > MOST:
        lines.append(f"and {len(left) - MOST} more")
    console = Terminal()
    console.print(results_shown.show(str(out), told, lines))
    if left:
        command = f"parity compare ... --resume --out {out}"
        screen.say(console, f"go on with the options it was begun with: {command}")
    return 0


def _diff(a: Path, b: Path, json: Path | None) -> int:
    if json:
        files.require_writable(json)
    found = diff(_told(a), _told(b))
    console = Terminal()
    console.print(diff_shown.diff((str(a), str(b)), found))
    for arm, out in (("A", a), ("B", b)):
        if run_store.unfinished(out):
            screen.say(console, f"{arm} has unfinished work; `parity results show {out}` lists it")
    if json:
        files.write_json(json, {"a": str(a), "b": str(b)} | diff_shown.as_json(found))
        screen.say(console, f"wrote {json}")
    return screen.exit_status([found.verdict])


def _told(out: Path) -> list[Told]:
    return circumstances.tell(out, read.require(out))
