"""`parity selftest`: does the alarm ring, and does it name the cause?"""

import argparse
from pathlib import Path

from parity.checking import provenance
from parity.checking.show import console as screen
from parity.checking.show.counting import counting
from parity.cli import options
from parity.cli.session import both_sides, console
from parity.records import files
from parity.selftest import matrix, repairs, session
from parity.selftest import page as selftest_page
from parity.selftest.bank import BANK

FAILED = 1


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Test the alarm: check pairs whose mistakes are known. The bank has a small model for each "
        "difference between the frameworks; random faithful twins must pass; random models with "
        "one to three planted mistakes must not, and the causes must be named; faithful ports that "
        "are meddled with must pass where that changes nothing they return, and nowhere else. "
        "Prints the detection matrix, and in how many models the port agrees with Keras when all "
        "causes that were named are mended."
    )
    verb.epilog = (
        "exit status: 0 nothing missed, no false alarm, and nothing called mended that is not; "
        "1 otherwise, 2 bad input"
    )
    verb.add_argument(
        "--twins", type=options.natural, default=50, metavar="N", help="faithful (50)"
    )
    verb.add_argument(
        "--mistakes", type=options.natural, default=50, metavar="N", help="planted (50)"
    )
    verb.add_argument(
        "--meddled",
        type=options.natural,
        default=50,
        metavar="N",
        help="ports that return something else, or work in place (50)",
    )
    verb.add_argument("--out", type=Path, metavar="FILE.md", help="write the page")
    options.backend(verb)
    options.seed(verb)


def run(args: argparse.Namespace) -> int:
    if args.out:
        files.require_writable(args.out)
    total = len(BANK) + args.twins + args.mistakes + args.meddled
    settings = {
        "twins": args.twins,
        "mistakes": args.mistakes,
        "meddled": args.meddled,
        "seed": args.seed,
    }
    with both_sides(args.keras_backend, "cpu") as sides, counting(console, total) as watch:
        found = provenance.describe(sides, settings)
        twins, mistakes, meddled = (
            range(args.seed, args.seed + count)
            for count in (args.twins, args.mistakes, args.meddled)
        )
        tested = session.run(sides, BANK, twins, mistakes, watch, meddled)
    bank = matrix.rows(tested.bank)
    planted = matrix.rows(trial for trial in tested.planted if not trial.is_equivalent)
    console.print(selftest_page.table(bank, "the bank"))
    if planted:
        console.print(selftest_page.table(planted, "planted in random models"))
    figures, failures = matrix.summary(tested), matrix.failures(tested)
    for failure in failures:
        screen.say(console, failure)
    for name, counts in figures.items():
        told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
        screen.say(console, f"{name}: {told}")
    rates = {name: repairs.rate(trials) for name, trials in tested.parts.items()}
    for name, rate in rates.items():
        screen.say(console, f"{name}, repaired: {repairs.told(rate)}")
    if args.out:
        page = selftest_page.page(figures, bank, planted, failures, found, rates)
        files.write_text(args.out, page)
        screen.say(console, f"wrote {args.out}")
    missed = any(map(matrix.is_missed, (*tested.bank, *tested.planted)))
    unsound = any(x.is_missed or x.is_false_alarm for x in tested.soundings)
    alarmed = any(trial.is_caught for trial in tested.faithful)
    wrong = missed or unsound or alarmed or repairs.falsely(tested.trials)
    return FAILED if wrong else 0
