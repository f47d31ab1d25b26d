"""The options of `parity check` for a pair of one's own."""

import argparse
from pathlib import Path


def own_pair(verb: argparse.ArgumentParser) -> None:
    """Which two models, what they are shown, and what answers what."""
    own = verb.add_argument_group("a pair of your own")
    own.add_argument(
        "--keras", metavar="SOURCE", help="module:callable, found from here, or a file model.keras"
    )
    own.add_argument("--torch", metavar="SOURCE", help="module:callable that gives a torch module")
    own.add_argument(
        "--input-shape", type=_shape, metavar="28,28,1", help="of one sample, in Keras's order"
    )
    own.add_argument(
        "--inputs", type=Path, metavar="FILE.npz", help="arrays in Keras's order (default: random)"
    )
    own.add_argument(
        "--train", action="store_true", help="compare what layers do in training mode, too"
    )
    own.add_argument("--map", type=Path, metavar="FILE.toml", help="what answers what, by hand")
    own.add_argument(
        "--rules", metavar="MODULE", help="a module that registers rules for layers of your own"
    )
    own.add_argument("--keras-weights", metavar="FILE", help="load these first")
    own.add_argument(
        "--torch-weights",
        metavar="FILE",
        help="load this state dict (.safetensors, .pt) first, and compare the port as it is",
    )
    own.add_argument(
        "--loaded",
        action="store_true",
        help="compare the port with the weights it has, rather than with Keras's lent to it",
    )


def _shape(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no shape; write it like 28,28,1")
    return tuple(int(part) for part in parts)
