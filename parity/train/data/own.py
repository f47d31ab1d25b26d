"""A person's own samples as a data set: their numbers, those to test on behind the others."""

from dataclasses import replace
from typing import Any

import numpy as np

from parity.errors import DataError
from parity.records.comparison import Array
from parity.records.own_training import OwnData, Part, Training
from parity.records.trees import leaves
from parity.train.data.dataset import Dataset

TEST_SHARE = 0.2  # of the samples, where none are given to test on
KEPT = "the last fifth is kept to test on"


def joined(training: Training, name: str, test: Part | None) -> tuple[Training, Dataset]:
    """The training with all samples, and their numbers. name: of what they were read from.

    Raises DataError where there are too few.
    """
    train = Part(training.x, training.y, training.sample_weight)
    if test is None:
        count = round((1 - TEST_SHARE) * train.count)
        numbers = np.arange(train.count)
        if not 0 < count < train.count:
            raise DataError(f"{name}: {train.count} samples are too few to keep some to test on")
        return training, _dataset(name, numbers[:count], numbers[count:], train, KEPT)
    numbers = np.arange(train.count + test.count)
    whole = Part(*(_behind(a, b) for a, b in zip(_parts(train), _parts(test), strict=True)))
    every = replace(training, x=whole.x, y=whole.y, sample_weight=whole.sample_weight)
    return every, _dataset(name, numbers[: train.count], numbers[train.count :], whole)


def of_twins(data: OwnData) -> Dataset:
    """What two files with the twin headings prepare: one x, and one y; zeros where there is none.

    Raises DataError where there are too few samples.
    """
    empty = Training(x=data.train.x, y=data.train.y)
    every, found = joined(empty, data.name, data.test)
    (x,) = leaves(every.x)
    y = np.zeros(len(x), np.int64) if every.y is None else every.y
    train, test = found.train_images, found.test_images
    return replace(
        found,
        train_images=x[train],
        train_labels=y[train],
        test_images=x[test],
        test_labels=y[test],
        behind=(),
    )


def _parts(part: Part) -> tuple[Any, Any, Any]:
    return part.x, part.y, part.sample_weight


def _behind(first: Any, second: Any) -> Any:
    if first is None:
        return None
    if isinstance(first, dict):
        return {name: _behind(x, second[name]) for name, x in first.items()}
    if isinstance(first, list):
        return [_behind(x, y) for x, y in zip(first, second, strict=True)]
    return np.concatenate([first, second])


def _dataset(name: str, train: Array, test: Array, whole: Part, note: str = "") -> Dataset:
    arrays = tuple(np.asarray(x) for x in whole.arrays)
    return Dataset(name, train, train, test, test, note, behind=arrays, unit="samples")
