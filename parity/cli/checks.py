"""The checks of several pairs and seeds: one after the other here, or all at once on a cluster."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from parity.checking import provenance
from parity.checking.cluster import Asked, reports
from parity.checking.run import check
from parity.checking.show.stages import stages
from parity.cli import options
from parity.cli.session import both_sides, console
from parity.cli.trained import Trained
from parity.errors import ListedError, ParityError
from parity.records.comparison import Report
from parity.records.pair import Pair
from parity.sides.cluster import Cluster
from parity.sides.process import Sides


def named(pairs: Sequence[Pair], seeds: Sequence[int]) -> dict[str, tuple[Pair, int]]:
    """What is checked, by what its report is called: a pair, with every seed."""
    if len(seeds) == 1:
        return {pair.name: (pair, seeds[0]) for pair in pairs}
    return {f"{pair.name}, seed {seed}": (pair, seed) for pair in pairs for seed in seeds}


def done(
    asked: Mapping[str, Asked], args: argparse.Namespace, how: Trained
) -> Iterator[tuple[str, Report | ParityError]]:
    """The report of each by its name, or why there is none, as they end: on a cluster in no
    order."""
    is_there = options.is_on_cluster(args)
    for name, found in _on_cluster(asked, args) if is_there else _here(asked, args, how):
        yield name, found if isinstance(found, ParityError) else replace(found, pair=name)


def require_all(failed: Mapping[str, ParityError], count: int) -> None:
    """Raises the error of a check that was the only one, of several ListedError."""
    if count == 1:
        for error in failed.values():
            raise error
    if failed:
        lines = (f"{name}: {' '.join(str(error).split())}" for name, error in failed.items())
        head = f"{len(failed)} of {count} could not be checked:"
        raise ListedError("\n  ".join((head, *lines)))


def _on_cluster(
    asked: Mapping[str, Asked], args: argparse.Namespace
) -> Iterator[tuple[str, Report | ParityError]]:
    cluster = Cluster(args.executor, partial(provenance.installed, args.keras_backend))
    try:
        with stages(console) as watch:
            watch(f"checks on the cluster: 0 of {len(asked)}")
            told = enumerate(reports(cluster, asked, args.keras_backend, args.device), start=1)
            for count, one in told:
                watch(f"checks on the cluster: {count} of {len(asked)}")
                yield one
    finally:
        cluster.close()


def _here(
    asked: Mapping[str, Asked], args: argparse.Namespace, how: Trained
) -> Iterator[tuple[str, Report | ParityError]]:
    with both_sides(args.keras_backend, args.device) as sides:
        for name, one in asked.items():
            yield name, _checked(name, one, sides, args, how)


def _checked(
    name: str, one: Asked, sides: Sides, args: argparse.Namespace, how: Trained
) -> Report | ParityError:
    with stages(console, name) as watch:
        try:
            own = how.pair(one.pair, sides, args.steps)
            described = provenance.describe(sides, one.settings)
            return check(own, sides, one.options, one.samples, described, watch)
        except ParityError as error:
            return error
