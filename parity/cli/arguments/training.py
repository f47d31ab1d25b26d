"""Commands that train, and read what was trained: compare, reported, results."""

import argparse
from pathlib import Path

from parity.cli import options
from parity.cli.options import EPILOG, LATEST, Verbs
from parity.records.jobs import LANES


def compare(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "compare",
        help="check, time and train both sides, write tables and pictures",
        description="The main job. Check each pair; time both sides, one after the other on a "
        "quiet machine; train both from the same weights on the same batches, and with --seeds "
        "from weights of their own; test whether they end alike; write a folder with tables, "
        "pictures and an index page. Every finished epoch is kept, and --resume goes on from "
        "there.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.pairs(verb)
    length = verb.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs",
        type=options.positive,
        metavar="N",
        help="default: a tenth of the course's epochs; on the digits, whose epochs are short, as "
        "many as it takes to learn them",
    )
    length.add_argument("--full", action="store_true", help="all of the course's epochs")
    verb.add_argument(
        "--seeds",
        type=options.positive,
        default=1,
        metavar="N",
        help="runs of each side, paired (same weights and batches) and, from 2 up, independent too",
    )
    verb.add_argument(
        "--recipe",
        default="course",
        metavar="NAME",
        help="course, or as_reported: inputs and figures as the report has them (default: course)",
    )
    verb.add_argument(
        "--lanes",
        nargs="+",
        choices=LANES,
        default=["matched"],
        metavar="LANE",
        help="what to time: idiomatic, matched, tuned (default: matched)",
    )
    verb.add_argument(
        "--rounds",
        type=options.natural,
        default=2,
        metavar="N",
        help="how often each side is timed, in turn, for a quarter of an epoch; 0 for no timing "
        "(default: 2)",
    )
    verb.add_argument(
        "--resume", action="store_true", help="go on with the unfinished runs in --out"
    )
    verb.add_argument(
        "--workers",
        type=options.positive,
        metavar="N",
        help="runs at once on this machine (default: as many as it serves well)",
    )
    verb.add_argument(
        "--executor",
        default="local",
        metavar="WHERE",
        help="local, or dask://HOST:PORT to send the runs to a Dask cluster",
    )
    options.data(verb)
    options.out(verb, LATEST)
    options.backend(verb)
    options.seed(verb)
    verb.set_defaults(module="compare")


def reported(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "reported", help="train the report's own ports as it did; what does each quirk cost?"
    )
    verb.description = (
        "Train the course report's own PyTorch ports as it did, with torch's initialisation, "
        "torch's Adam and its data, and read every epoch both as the report defines its figures "
        "and as the comparison does. Writes records, pictures and a page that says what each "
        "quirk costs; `parity check --port as_reported` says which ports are Keras's function."
    )
    options.pairs(verb)
    length = verb.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs", type=options.positive, metavar="N", help="default: the report's"
    )
    length.add_argument("--full", action="store_true", help="all of the report's (the default)")
    options.out(verb, LATEST / "as_reported")
    options.results(verb, "the comparison that figures are set beside")
    options.data(verb)
    options.seed(verb)
    verb.set_defaults(module="reported")


def results(verbs: Verbs) -> None:
    verb = verbs.add_parser("results", help="show a results folder, or what differs between two")
    verb.set_defaults(module="results")
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
