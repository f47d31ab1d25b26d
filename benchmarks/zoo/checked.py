"""One model, checked as a person would check it, beside what is known of it by hand."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import psutil

from benchmarks.zoo import PAIRS
from parity.checking import provenance, run
from parity.checking.options import Options
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides


@dataclass(frozen=True)
class Checked:
    model: str
    report: Report
    seconds: float  # of processors' time, of this process and of both workers
    pair: ModuleType | None = None  # of pairs/
    by_hand: str = ""  # what copying its weights by hand found


def check(model: str, sides: Sides, budget: float, by_hand: str = "") -> Checked:
    """Of a name in PAIRS or MODELS. budget: seconds, as of `parity check`."""
    if model not in PAIRS:
        names = f"benchmarks.zoo.keras_models:{model}", f"benchmarks.zoo.torch_models:{model}"
        return Checked(model, *report(model, *names, sides, Options(budget=budget)))
    name = f"benchmarks.zoo.pairs.{model}"
    pair = import_module(name)
    options = Options(
        budget=budget,
        inputs=pair.inputs() if hasattr(pair, "inputs") else None,
        shape=getattr(pair, "SHAPE", None),
    )
    sides.keras.run(imported, name, "keras_model")
    sides.torch.run(imported, name, "torch_module")
    found = report(model, f"{name}:keras_model", f"{name}:torch_module", sides, options)
    return Checked(model, *found, pair, by_hand)


def imported(pair: str, factory: str) -> None:
    """In a worker: build a model, so that its package is there before the clock runs."""
    getattr(import_module(pair), factory)()


def report(
    model: str, keras: str, torch: str, sides: Sides, options: Options
) -> tuple[Report, float]:
    start = spent()
    described = provenance.describe(sides, {"model": model, "budget": options.budget})
    found = run.check(own(keras, torch, model), sides, options, provenance=described)
    return found, spent() - start


def spent() -> float:
    """Seconds of processors' time, so far, of this process and of those that it started."""
    here = psutil.Process()
    times = [process.cpu_times() for process in (here, *here.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def by_hand(pairs: Sequence[str]) -> dict[str, str]:
    """What `python -m benchmarks.zoo.truth` prints of each, among what the packages print."""
    command = [sys.executable, "-m", "benchmarks.zoo.truth", *pairs]
    said = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False).stdout
    lines = (line.partition(" ") for line in said.splitlines())
    return {name: what for name, _, what in lines if name in pairs}
