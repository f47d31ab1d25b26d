"""Commands to learn from: show, lesson, exercise, differences."""

from pathlib import Path

from parity.cli import options
from parity.cli.options import Verbs
from parity.sides.keras_backend import BACKENDS


def show(verbs: Verbs) -> None:
    verb = verbs.add_parser("show", help="show a pair's two files side by side")
    verb.add_argument("pair", metavar="PAIR")
    options.port(verb)
    verb.set_defaults(module="show")


def lesson(verbs: Verbs) -> None:
    verb = verbs.add_parser("lesson", help="write a small site that teaches the pairs")
    verb.description = (
        "Check pairs and write a static site: a page a pair with the two files side by side, layer "
        "by layer, what was measured, and exercises; the laboratory of differences; and what the "
        "course report did. It needs no server and no network: open index.html."
    )
    verb.epilog = (
        "exit status: as of `parity check`; a pair that differs gets its page all the same"
    )
    options.pairs(verb)
    verb.add_argument(
        "--out", type=Path, default=Path("site"), metavar="DIR", help="replaced as a whole (site)"
    )
    options.results(verb, "where trainings, timings and lock-step runs are read from")
    options.backend(verb)
    options.seed(verb)
    verb.set_defaults(module="lesson")


def exercise(verbs: Verbs) -> None:
    verb = verbs.add_parser("exercise", help="ports with one mistake, to find and to mend")
    verb.description = (
        "Each exercise is a registered port with one mistake. Predict which gate rings, and at "
        "which layer; then mend the port until its test passes. Without N, list the exercises."
    )
    verb.add_argument("pair", nargs="?", metavar="PAIR")
    verb.add_argument("number", nargs="?", type=options.positive, metavar="N")
    told = verb.add_mutually_exclusive_group()
    told.add_argument("--hint", action="store_true", help="a question that leads on")
    told.add_argument("--solution", action="store_true", help="the mistake, what rings, and why")
    verb.add_argument(
        "--out",
        type=Path,
        default=Path("exercises"),
        metavar="DIR",
        help="write the folder PAIR_N here (default: exercises)",
    )
    verb.add_argument("--force", action="store_true", help="overwrite what was edited there")
    verb.set_defaults(module="exercise")


def differences(verbs: Verbs) -> None:
    verb = verbs.add_parser("differences", help="the catalogue, each entry measured anew")
    verb.description = (
        "The laboratory: one small experiment for each way in which Keras and PyTorch differ. It "
        "runs a naive translation and a faithful one, and prints how far each is from Keras. With "
        "names it also shows what the frameworks do, and the code."
    )
    verb.epilog = "exit status: 0 all claims hold, 1 one does not, 2 bad input"
    verb.add_argument(
        "ids", nargs="*", metavar="ID", help="entries, or areas such as losses (default: all)"
    )
    verb.add_argument("--list", action="store_true", help="name the entries and run nothing")
    verb.add_argument(
        "--keras-backend",
        action="append",
        choices=BACKENDS,
        help="may be given several times (default: all three)",
    )
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="write differences.md and differences.json there"
    )
    verb.set_defaults(module="differences")
