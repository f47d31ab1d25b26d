"""Arguments that several commands take."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parity.errors import ModelError, ParityError
from parity.language import languages
from parity.pairs import FAITHFUL, PORTS, in_folders, own
from parity.records.pair import Pair, parts
from parity.sides.cluster import SCHEME
from parity.sides.keras_backend import BACKENDS

LOCAL = "local"  # where things are done, unless on a cluster
RESULTS = Path("results")  # what is committed: it is read, and written where it is named
DATA = ("auto", "mnist", "digits")
LATEST = RESULTS / "latest"  # what commands write where no folder is named; git ignores it

EPILOG = """\
exit status: 0 pass, 1 differ, 2 bad input, 3 incomplete (something was compared with nothing)

examples:
  parity check cnn                   is the port the same function as the Keras model?
  parity check --keras my/nets.py:build --torch my/port.py:Net   and your own port?
  parity record --keras my/nets.py:build --torch my/port.py:Net --to reference
  parity check --reference reference --torch my/port.py:Net   and without Keras?
  parity check --keras my/nets.py:build --torch my/port.py:Net --training how.py --data x.npz
  parity compare                     check and train all pairs, write results/latest/
  parity selftest                    does the alarm ring, and name the cause?
  parity results diff results results/latest   the committed results, and your own
  parity lockstep mlp --steps 100    do both learn the same, step by step?
  parity show conv_ae                the two files side by side
  parity lesson --out site           the pairs as pages to learn from
  parity differences adam-epsilon    what differs between the frameworks, measured
  parity exercise mlp 1              a port with one mistake: find it, make its test pass
  parity transfer mlp --to mlp.safetensors   Keras's weights, as torch keeps them
"""


def pairs(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("pairs", nargs="*", metavar="PAIR", help="default: all (see parity list)")


def language(verb: "argparse._ActionsContainer") -> None:
    verb.add_argument(
        "--lang",
        choices=languages(),
        default="en",
        help="the language of what people read (en)",
    )


def port(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--port",
        choices=PORTS,
        default=FAITHFUL,
        help="of the registered pairs: as_reported for the course report's own (default: faithful)",
    )


def own_pair(verb: argparse.ArgumentParser) -> "argparse._ArgumentGroup":
    own_group = verb.add_argument_group("a pair of your own")
    own_group.add_argument(
        "--keras",
        metavar="SOURCE",
        help="what builds the model: my.nets:build, or my/nets.py:build; a file model.keras; or a "
        "twin file, my/net.py",
    )
    own_group.add_argument(
        "--torch",
        metavar="SOURCE",
        help="what builds the module: my.port:Net, or my/port.py:Net; or a twin file",
    )
    own_group.add_argument(
        "--map", type=Path, metavar="FILE.toml", help="what answers what, by hand"
    )
    own_group.add_argument(
        "--rules", metavar="MODULE", help="a module that registers rules for layers of your own"
    )
    return own_group


def training(group: "argparse._ArgumentGroup") -> None:
    """How a pair is trained, where no twin files say it."""
    group.add_argument(
        "--training",
        type=Path,
        metavar="FILE.py",
        help="how both are trained, where their files do not say: torch_loss, torch_optimizer, and "
        "where the Keras model is not compiled keras_loss, keras_optimizer",
    )


def executor(verb: "argparse._ActionsContainer", what: str) -> None:
    """what: that is sent to a cluster."""
    verb.add_argument(
        "--executor",
        default=LOCAL,
        metavar="EXECUTOR",
        help=f"local, or dask://HOST:PORT to send {what} to a Dask cluster",
    )


def is_on_cluster(args: argparse.Namespace) -> bool:
    """What `executor` was given. Raises ParityError for anything else."""
    if args.executor != LOCAL and not args.executor.startswith(SCHEME):
        raise ParityError(f"--executor: {args.executor!r} is neither {LOCAL} nor {SCHEME}HOST:PORT")
    return bool(args.executor != LOCAL)


def pairs_of(args: argparse.Namespace, registered: Sequence[str] = ()) -> tuple[Pair, ...]:
    """As `pair_of`; of two folders all their pairs. Raises ParityError where just one is a folder,
    or a file has no counterpart."""
    folders = [bool(name) and Path(parts(name)[0]).is_dir() for name in (args.keras, args.torch)]
    if not any(folders):
        return (pair_of(args, registered),)
    if not all(folders) or registered:
        raise ParityError("--keras and --torch both name a folder, or neither")
    return in_folders(args.keras, args.torch)


def pair_of(args: argparse.Namespace, registered: Sequence[str] = ()) -> Pair:
    """The pair that `own_pair` was given. Raises ParityError unless it is one, and alone."""
    if registered or not (args.keras and args.torch):
        raise ParityError("give both --keras and --torch, and no registered pair beside them")
    return own(args.keras, args.torch)


def shown(how: "argparse._ArgumentGroup") -> None:
    """What two models are shown."""
    how.add_argument(
        "--input-shape", type=_shape, metavar="28,28,1", help="of one sample, in Keras's order"
    )
    how.add_argument(
        "--inputs", type=Path, metavar="FILE.npz", help="arrays in Keras's order (default: random)"
    )


def of_shown(args: argparse.Namespace) -> dict[str, Any]:
    """Of a check's options those that `shown` was given, and what answers what.

    Raises ParityError where a file cannot be read, or says what cannot be.
    """
    from parity.checking import given  # loads NumPy, which --help does without

    return {
        "overrides": mapped(args),
        "inputs": given.arrays(args.inputs) if args.inputs else None,
        "shape": args.input_shape,
    }


def mapped(args: argparse.Namespace) -> Any:
    """What answers what; a module of rules is imported. Raises ParityError as `of_shown`."""
    from parity.mapping import overrides  # loads NumPy, too
    from parity.sides import modules

    if args.rules:
        modules.imported(args.rules)
    return overrides.read(args.map) if args.map else overrides.NONE


def device(verb: argparse.ArgumentParser | argparse._ArgumentGroup, default: str) -> None:
    verb.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default=default,
        help="where both models run (default: %(default)s)",
    )


def data(verb: argparse.ArgumentParser) -> None:
    device(verb, "auto")
    verb.add_argument(
        "--data",
        type=_data,
        default="auto",
        metavar="{auto,mnist,digits,FILE.npz}",
        help="auto: MNIST, and the embedded digits where it cannot be had; of a pair of your own "
        "samples x and y, and x_test and y_test, in Keras's order (default: auto)",
    )
    verb.add_argument(
        "--data-dir",
        metavar="DIR",
        help="where MNIST lies or is downloaded to (default: $PARITY_DATA, else a user cache)",
    )


def out(verb: argparse.ArgumentParser, default: Path) -> None:
    verb.add_argument(
        "--out", type=Path, default=default, metavar="DIR", help="write here (default: %(default)s)"
    )


def results(verb: argparse.ArgumentParser, read: str) -> None:
    """read: what the command reads of a results folder."""
    verb.add_argument(
        "--results",
        type=Path,
        default=RESULTS,
        metavar="DIR",
        help=f"{read} (default: %(default)s, as committed; {LATEST} is what commands wrote last)",
    )


def backend(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--keras-backend", choices=BACKENDS, default="tensorflow")


def seed(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--seed", type=_seed, default=0, metavar="N")


def seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not found > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return found


def positive(text: str) -> int:
    return _at_least(1, text)


def natural(text: str) -> int:
    return _at_least(0, text)


def _data(text: str) -> str | Path:
    if text in DATA:
        return text
    if text.endswith(".npz"):
        return Path(text)
    raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(DATA)}, and no FILE.npz")


def _shape(text: str) -> tuple[int, ...]:
    from parity.checking import given

    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no shape; write it like 28,28,1")
    try:
        return given.shape(tuple(int(part) for part in parts)) or ()
    except ModelError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seed(text: str) -> int:
    from parity.checking import given  # loads NumPy, which --help does without

    try:
        return given.seed(natural(text))
    except ModelError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _at_least(least: int, text: str) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} up")
    return int(text)
