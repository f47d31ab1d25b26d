"""One model, checked as a person would check it, beside what is known of it by hand."""

import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from benchmarks.zoo import PAIRS
from parity.checking import provenance, run
from parity.checking.options import Options
from parity.pairs import own
from parity.records.comparison import Report
from parity.sides.process import Sides

SECONDS = 60.0


@dataclass(frozen=True)
class Checked:
    model: str
    report: Report
    seconds: float  # imports included
    pair: ModuleType | None = None  # of pairs/
    by_hand: str = ""  # what copying its weights by hand found


def check(model: str) -> Checked:
    """Of a name in PAIRS or MODELS."""
    if model not in PAIRS:
        sides = f"benchmarks.zoo.keras_models:{model}", f"benchmarks.zoo.torch_models:{model}"
        return Checked(model, *report(model, *sides, Options(budget=SECONDS)))
    name = f"benchmarks.zoo.pairs.{model}"
    pair = import_module(name)
    options = Options(
        budget=SECONDS,
        inputs=pair.inputs() if hasattr(pair, "inputs") else None,
        shape=getattr(pair, "SHAPE", None),
    )
    found = report(model, f"{name}:keras_model", f"{name}:torch_module", options)
    return Checked(model, *found, pair, by_hand(model))


def report(model: str, keras: str, torch: str, options: Options) -> tuple[Report, float]:
    start = time.perf_counter()
    with Sides() as sides:
        described = provenance.describe(sides, {"model": model})
        found = run.check(own(keras, torch, model), sides, options, provenance=described)
    return found, time.perf_counter() - start


def by_hand(model: str) -> str:
    """What `python -m benchmarks.zoo.truth` prints of it, among what the packages print."""
    command = [sys.executable, "-m", "benchmarks.zoo.truth", model]
    said = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False).stdout
    lines = [line for line in said.splitlines() if line.startswith(f"{model} ")]
    return lines[-1].removeprefix(f"{model} ") if lines else "could not be run"
