"""Checks on a Dask cluster, each on a thread that keeps both sides.

Files of models are read there: they lie at the same place on every machine of the cluster.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parity.checking import provenance, run
from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.errors import ParityError
from parity.records.comparison import Report
from parity.records.pair import Pair
from parity.sides import modules
from parity.sides.cluster import Cluster, Tell, kept
from parity.sides.process import Sides, Worker

THREADS = 1  # of an operation: the cluster has a task on each of its own


@dataclass(frozen=True)
class Asked:
    """A check. settings: for its provenance. rules: a module that registers rules, or ""."""

    pair: Pair
    options: Options
    samples: Probe | None
    settings: dict[str, Any]
    rules: str = ""


def reports(
    cluster: Cluster, asked: Mapping[str, Asked], backend: str, device: str
) -> Iterator[tuple[str, Report | ParityError]]:
    """The report of each check, by its name, or why there is none, as they end."""
    yield from cluster.run(_check, {name: (one,) for name, one in asked.items()}, (backend, device))


def _check(asked: Asked, where: tuple[str, str], tell: Tell) -> Report:
    """On a thread of the cluster."""
    if asked.rules:
        modules.imported(asked.rules)
    sides: Sides = kept(("both", *where), lambda: _both(*where))
    described = provenance.describe(sides, asked.settings)
    return run.check(asked.pair, sides, asked.options, asked.samples, described)


def _both(backend: str, device: str) -> Sides:
    torch = Worker("torch", device=device, threads=THREADS)
    return Sides(torch=torch, keras=Worker("keras", backend, device, threads=THREADS))
