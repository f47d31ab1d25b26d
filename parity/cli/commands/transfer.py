"""`parity transfer`: show the weight ledger, and move weights between the frameworks."""

import argparse
from pathlib import Path

from parity.checking import filling, models
from parity.checking.options import Options
from parity.checking.probe import digits_probe
from parity.checking.show import console as screen
from parity.checking.show.ledger import ledger
from parity.cli import options
from parity.cli.session import both_sides, console
from parity.errors import ParityError
from parity.mapping import weight_files
from parity.pairs import select
from parity.records.pair import Pair
from parity.sides.process import Sides


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Without --to, print the ledger: which Keras variable goes where, and how. "
        "A FILE.safetensors holds torch weights, all that load_state_dict asks for; a "
        "FILE.weights.h5 or FILE.keras Keras's. The name after --to decides the direction. "
        "Without --from, the weights are those that the model of the other side comes with. "
        "Nothing is written unless every weight has its place and both models return the same."
    )
    verb.add_argument("pair", nargs="?", metavar="PAIR")
    options.own_pair(verb)
    options.shown(verb.add_argument_group("what is compared, and how"))
    verb.add_argument("--from", dest="source", type=Path, metavar="FILE", help="read this")
    verb.add_argument("--to", type=Path, metavar="FILE", help="write this")
    options.backend(verb)
    options.seed(verb)


def run(args: argparse.Namespace) -> int:
    pair = _pair(args)
    if args.source and not args.to:
        raise ParityError("--from needs --to, the file to write")
    if args.to:
        weight_files.require_direction(args.source, args.to)
    source = str(args.source or "")
    is_of_torch = bool(source) and weight_files.kind(args.source) == "torch"
    asked = Options(
        seed=args.seed,
        keras_weights="" if is_of_torch else source,
        torch_weights=source if is_of_torch else "",
        **options.of_shown(args),
    )
    with both_sides(args.keras_backend, "cpu") as sides:
        if args.to:
            _move(pair, sides, asked, args.to)
            screen.say(console, f"wrote {args.to}")
        else:
            samples = digits_probe() if pair.recipe else None
            console.print(ledger(models.draw_up(pair, sides, asked, samples).ledger))
    return 0


def _pair(args: argparse.Namespace) -> Pair:
    if args.keras or args.torch:
        return options.pair_of(args, [args.pair] if args.pair else [])
    if not args.pair:
        raise ParityError("name a registered pair, or give --keras and --torch")
    return select([args.pair])[0]


def _move(pair: Pair, sides: Sides, asked: Options, to: Path) -> None:
    """Raises TransferError where not all weights can be moved, or the outputs differ."""
    samples = digits_probe() if pair.recipe else None
    with filling.proven(pair, sides, asked, samples) as found:
        is_torch_s = weight_files.kind(to) == "torch"
        weights = found.as_torch() if is_torch_s else found.as_keras()
        console.print(ledger(found.plan.ledger))
        weight_files.write(to, found.plan, sides, weights)
