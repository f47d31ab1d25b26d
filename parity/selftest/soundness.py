"""Is the verdict right about what a port returns? Seen from outside, with no look at any layer."""

from dataclasses import dataclass

import numpy as np

from parity.checking import run
from parity.errors import ParityError
from parity.records.comparison import Array, Verdict
from parity.records.pair import Pair
from parity.selftest import meddlings, trial
from parity.selftest.draw import draw
from parity.selftest.port import write
from parity.selftest.spec import examples
from parity.sides.modules import Factory
from parity.sides.process import Sides

SAMPLES = 16


@dataclass(frozen=True)
class Sounding:
    """A faithful port that is meddled with, and the verdict.

    shows: does the meddling change what the port gives? None: too little to say.
    """

    name: str
    meddling: str
    shows: bool | None
    verdict: Verdict
    said: str = ""

    @property
    def is_missed(self) -> bool:
        return self.shows is True and self.verdict == "pass"

    @property
    def is_false_alarm(self) -> bool:
        return self.shows is False and self.verdict == "differ"


def sound(seed: int, sides: Sides) -> Sounding:
    """Draw a model and a meddling, measure whether it shows, and check the pair."""
    spec = draw(seed)
    meddling = meddlings.NAMES[seed % len(meddlings.NAMES)]
    port = Factory("parity.selftest.meddled", "build", (spec, meddling))
    pair = Pair(f"{meddling}, {seed}", Factory(trial.KERAS, "build", (spec,)), port)
    shows = sides.torch.run(_shows, spec, meddling, _inputs(seed))
    try:
        report = run.check(pair, sides)
    except ParityError as error:
        return Sounding(pair.name, meddling, shows, "incomplete", str(error))
    return Sounding(pair.name, meddling, shows, report.verdict, trial.said(report))


def _inputs(seed: int) -> list[Array]:
    """As the port takes them."""
    spec = draw(seed)
    pairs = zip(examples(spec, seed, SAMPLES), write(spec).inputs, strict=True)
    return [np.moveaxis(x, -1, 1).copy() if first else x for x, first in pairs]


def _shows(spec: object, meddling: str, inputs: list[Array]) -> bool | None:
    from parity.selftest import meddled  # torch, in the worker alone

    return meddled.shows(spec, meddling, inputs)  # type: ignore[arg-type]
