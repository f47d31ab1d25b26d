"""`parity exercise [PAIR [N]]`: ports with one mistake, to be found and mended."""

import argparse
from pathlib import Path

from parity.checking.show import console as screen
from parity.checking.show.terminal import Terminal
from parity.cli import options
from parity.course import exercises
from parity.course.exercises import answers, folder, shown
from parity.errors import ParityError
from parity.language import gettext as _
from parity.language import told


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Each exercise is a registered port with one mistake. Predict which gate rings, and at "
        "which layer; then mend the port until its test passes. Without N, list the exercises."
    )
    verb.add_argument("pair", nargs="?", metavar="PAIR")
    verb.add_argument("number", nargs="?", type=options.positive, metavar="N")
    asked = verb.add_mutually_exclusive_group()
    asked.add_argument("--hint", action="store_true", help="a question that leads on")
    asked.add_argument(
        "--predict",
        nargs=2,
        metavar=("GATE", "LAYER"),
        help="is this what rings first? LAYER by its name in Keras, or none; exit status 1 if not",
    )
    asked.add_argument("--solution", action="store_true", help="the mistake, what rings, and why")
    verb.add_argument(
        "--out",
        type=Path,
        default=Path("exercises"),
        metavar="DIR",
        help="write the folder PAIR_N here (default: exercises)",
    )
    verb.add_argument("--force", action="store_true", help="overwrite what was edited there")
    options.language(verb)


def run(args: argparse.Namespace) -> int:
    console = Terminal()
    if args.number is None:
        if args.hint or args.predict or args.solution:
            raise ParityError("of which exercise? Write PAIR and N (`parity exercise` lists them)")
        chosen = exercises.require(args.pair) if args.pair else exercises.EXERCISES
        console.print(shown.listing(chosen))
        return 0
    exercise = exercises.find(args.pair, args.number)
    if args.hint:
        console.print(shown.prose(told(exercise.hint)))
    elif args.predict:
        is_right, said = answers.of_prediction(exercise, *args.predict)
        console.print(shown.prose("\n".join(said)))
        return 0 if is_right else 1
    elif args.solution:
        console.print(shown.solution(exercise))
    else:
        written = folder.write(exercise, args.out, args.force)
        console.print(shown.heading(exercise))
        console.print(shown.prose(told(exercise.task)))
        wrote = _("wrote {folder}: read its README.md, then run `pytest {folder}`")
        screen.say(console, f"\n{wrote.format(folder=written)}")
    return 0
