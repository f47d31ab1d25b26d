"""A person's own samples, read from an .npz file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parity.checking import given, probe
from parity.checking.probe import Probe
from parity.errors import ModelError
from parity.records.comparison import Array
from parity.records.own_training import OwnData, Part
from parity.records.trees import leaves

TARGET, WEIGHTS = "y", "sample_weight"
LAYOUT = "np.savez(FILE, x=..., y=...)"


def read(path: Path) -> OwnData:
    """The samples of a file whose arrays are called x, y and sample_weight.

    Several inputs (targets, weights) are x_NAME or NAME (y_NAME, sample_weight_NAME); what ends in
    _test is for tests, and _train may stand behind the others; raw is what preparations are shown.
    Raises ModelError where the file is none, or says another thing.
    """
    named = given.arrays(path)
    raw = named.pop("raw", None)
    test = {n.removesuffix("_test"): x for n, x in named.items() if n.endswith("_test")}
    others = {n: x for n, x in named.items() if not n.endswith("_test")}
    train = {name.removesuffix("_train"): x for name, x in others.items()}
    if len(train) < len(others):
        twice = next(name for name in others if f"{name}_train" in others)
        raise ModelError(f"{path} holds both {twice} and {twice}_train; keep one")
    if test and test.keys() != train.keys():
        alone = sorted(test.keys() ^ train.keys())[0]
        missing, there = (f"{alone}_test", alone) if alone in train else (alone, f"{alone}_test")
        raise ModelError(f"{path}: {missing} is missing, of which there is {there}")
    return OwnData(path.stem, _part(train, path), _part(test, path) if test else None, raw)


def require_plain(data: OwnData) -> None:
    """Raises ModelError where it is not what twin files prepare: one x, one y at most."""
    part = data.train
    if len(part.arrays) > 1 + (part.y is not None) or isinstance(part.y, dict | list):
        raise ModelError(
            f"{data.name}: files with the twin headings are shown one x and one y; say with "
            "--training how others are trained"
        )


def probe_of(data: OwnData, seed: int = 0) -> Probe:
    """What twin files are shown of a person's own samples; see `probe`."""
    (x,) = leaves(data.train.x)
    labels = np.zeros(len(x), np.int64) if data.train.y is None else data.train.y
    return probe.own(x, labels, x, labels, seed)


def _part(named: Mapping[str, Array], path: Path) -> Part:
    targets, weights = (_of(kind, named, path) for kind in (TARGET, WEIGHTS))
    inputs = {n: x for n, x in named.items() if n not in targets and n not in weights}
    if not inputs or all(name.isdecimal() for name in named):
        raise ModelError(f"{path} holds {', '.join(named)} and no x; write it by {LAYOUT}")
    for name, array in named.items():
        first = next(iter(named))
        if len(array) != len(named[first]):
            raise ModelError(
                f"{path}: {first} has {len(named[first]):,} samples and {name} {len(array):,}; "
                "give as many of each"
            )
    return Part(_arranged("x", inputs), _arranged(TARGET, targets), _arranged(WEIGHTS, weights))


def _of(kind: str, named: Mapping[str, Array], path: Path) -> dict[str, Array]:
    """The arrays of one kind. Raises ModelError where one stands beside several."""
    found = {name: x for name, x in named.items() if re.fullmatch(f"{kind}(_.+)?", name)}
    if kind in found and len(found) > 1:
        other = next(name for name in found if name != kind)
        raise ModelError(f"{path} holds both {kind} and {other}; give one array, or one for each")
    return found


def _arranged(kind: str, named: dict[str, Array]) -> Any:
    """One array, several in order where their names are numbers, or several by name."""
    if [*named] in ([], [kind]):
        return named.get(kind)
    found = {name.removeprefix(f"{kind}_"): x for name, x in named.items()}
    if all(name.isdecimal() for name in found):
        return [found[name] for name in sorted(found, key=int)]
    return found
