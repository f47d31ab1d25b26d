"""`parity exercise [PAIR [N]]`: ports with one mistake, to be found and mended."""

import argparse

from rich.console import Console

from parity.checking.show import console as screen
from parity.course import exercises
from parity.course.exercises import folder, shown
from parity.errors import ParityError


def run(args: argparse.Namespace) -> int:
    console = Console()
    if args.number is None:
        if args.hint or args.solution:
            raise ParityError("of which exercise? Write PAIR and N (`parity exercise` lists them)")
        chosen = exercises.require(args.pair) if args.pair else exercises.EXERCISES
        console.print(shown.listing(chosen))
        return 0
    exercise = exercises.find(args.pair, args.number)
    if args.hint:
        console.print(shown.prose(exercise.hint))
    elif args.solution:
        console.print(shown.solution(exercise))
    else:
        written = folder.write(exercise, args.out, args.force)
        console.print(shown.heading(exercise))
        console.print(shown.prose(exercise.task))
        screen.say(console, f"\nwrote {written}: read its README.md, then run `pytest {written}`")
    return 0
