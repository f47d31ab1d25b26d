"""How a person's own pair is trained, as a command is told: --training FILE.py, --data FILE.npz."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from parity.checking import own_data
from parity.cli import options
from parity.errors import ParityError
from parity.pairs import select, to_file
from parity.records.own_training import OwnData, Training
from parity.records.pair import Pair, Recipe
from parity.sides import training_file
from parity.sides.process import Sides
from parity.train.data import dataset
from parity.train.data import own as samples
from parity.train.data.dataset import Dataset


@dataclass(frozen=True)
class Trained:
    """What was given: a file that says how, and samples. training: "" where twin files say it."""

    training: str = ""
    data: OwnData | None = None

    def pair(self, pair: Pair, sides: Sides, steps: int | None = None) -> Pair:
        """The pair with how it is trained. steps: of lock-step, where a person chose them.

        Raises ModelError where the file does not say it."""
        if not self.training:
            return pair
        found = self._fed(sides.torch.run(training_file.read, self.training))
        found = found if steps is None else replace(found, steps=steps)
        return replace(pair, recipe=Recipe(training=found))

    def whole(self, pair: Pair, sides: Sides) -> tuple[Pair, Dataset]:
        """The pair and its samples, for whole trainings: some of them are kept to test on."""
        if not self.training:
            assert self.data is not None
            return pair, samples.of_twins(self.data)
        pair = self.pair(pair, sides)
        name, test = Path(self.training).stem, None
        if self.data is not None:
            name, test = self.data.name, self.data.test
        assert pair.recipe is not None
        assert pair.recipe.training is not None
        training, found = samples.joined(pair.recipe.training, name, test)
        return replace(pair, recipe=Recipe(training=training)), found

    def _fed(self, found: Training) -> Training:
        """With the samples of --data; those of the file itself where none are given."""
        if self.data is not None:
            if found.x is not None:
                raise ParityError(f"{self.training} defines x, and --data holds it; keep one")
            part = self.data.train
            raw = found.raw if self.data.raw is None else self.data.raw
            return replace(found, x=part.x, y=part.y, sample_weight=part.sample_weight, raw=raw)
        if found.x is None:
            raise ParityError(
                f"--training {self.training}: nothing to train on; give --data FILE.npz with x and "
                "y, or define them in the file"
            )
        return found


def given(args: argparse.Namespace, pair: Pair) -> Trained:
    """What a command was given for a pair of a person's own, as far as can be told without a
    framework. Raises ParityError for what does not go together."""
    data = args.data if isinstance(args.data, Path) else None
    if args.training and not args.training.is_file():
        raise ParityError(f"--training: no file {str(args.training)!r}")
    if args.training and pair.has_twin_files:
        raise ParityError(
            "--training is for files that do not say how they are trained; these two do"
        )
    if data and not args.training and not pair.has_twin_files:
        raise ParityError(
            "--data goes with --training FILE.py, which says how the port is trained, or with two "
            "files that have the twin headings"
        )
    found = own_data.read(data) if data else None
    if found and pair.has_twin_files:
        own_data.require_plain(found)
    return Trained(str(args.training.absolute()) if args.training else "", found)


def whole(args: argparse.Namespace) -> tuple[tuple[Pair, ...], Trained]:
    """The pairs that a command trains whole, and how. Raises ParityError as `given`, and where
    nothing says how a pair is trained."""
    if not (args.keras or args.torch):
        refuse(args)
        return select(args.pairs), Trained()
    pair = to_file(options.pair_of(args, args.pairs))
    how = given(args, pair)
    if not how.training and not pair.has_twin_files:
        raise ParityError(
            "nothing says how the two are trained; give --training FILE.py and --data FILE.npz, or "
            "two files that have the twin headings"
        )
    return (pair,), how


def loaded(
    pairs: tuple[Pair, ...], how: Trained, args: argparse.Namespace, sides: Sides
) -> tuple[tuple[Pair, ...], Dataset]:
    """The pairs with how they are trained, and on what."""
    if not how.training and how.data is None:
        return pairs, dataset.load(sides.torch, args.data, args.data_dir)
    (pair,) = pairs
    pair, found = how.whole(pair, sides)
    return (pair,), found


def refuse(args: argparse.Namespace) -> None:
    """Raises ParityError where a registered pair is told how it is trained."""
    if args.training or isinstance(args.data, Path):
        raise ParityError(
            "--training and --data FILE.npz are for a pair of your own; give --keras and --torch"
        )
