"""Train pairs by hand, or take them through the gates of training; a line of JSON for each case.

    python -m tests.trained truth|gates|long PAIR[:CASE]...
    python -m tests.trained table < results/trained.jsonl > results/trained.md

A script by itself, because a process that trains with torch must not hold what other tests do.
CASE: a part of what a mistake is called, or "faithful"; all of a pair where none is given. `long`:
200 steps in lock-step, of faithful ports. `table`: of what `gates` and `long` have found.
"""

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import torch._dynamo  # before TensorFlow  # noqa: F401

from tests.trained import page, running
from tests.trained.mistake import Mistake

STEPS = 10  # by hand
LONG = 200
FAITHFUL = "faithful"


def main() -> None:
    what, *asked = sys.argv[1:]
    if what == "table":
        sys.stdout.write(page.of([json.loads(line) for line in sys.stdin]))
        return
    for name in asked:
        pair, _, case = name.partition(":")
        for mistake in cases(pair, FAITHFUL if what == "long" else case):
            found = {"truth": truth, "gates": gates, "long": long}[what](pair, mistake)
            expected = [mistake.gate, mistake.cause] if mistake else None
            line = {"pair": pair, "case": str(mistake or FAITHFUL), "expected": expected}
            print(json.dumps(line | found), flush=True)


def cases(pair: str, case: str) -> Iterator[Mistake | None]:
    """The faithful port, then the mistakes, in so far as they are asked for."""
    if case in FAITHFUL:
        yield None
    mistakes = import_module(f"tests.trained.mistakes.{pair}").MISTAKES
    yield from (mistake for mistake in mistakes if case in mistake.says)


def truth(pair: str, mistake: Mistake | None) -> dict[str, Any]:
    from tests.trained import by_hand  # which needs tensorflow

    changes = mistake.changes if mistake else {}
    return {"apart": max(by_hand.distances(pair, STEPS, **changes))}


def gates(pair: str, mistake: Mistake | None) -> dict[str, Any]:
    """rung: the gates that differ, in order; named: the causes, first to last."""
    report = running.report(pair, mistake)
    return {
        "verdict": report.verdict,
        "rung": list(dict.fromkeys(x.name for x in report.gates if x.verdict == "differ")),
        "open": [f"{x.name} {x.dtype}: {x.note}" for x in report.gates if x.verdict != "pass"],
        "named": [cause.cause for finding in report.diagnosis for cause in finding.causes],
    }


def long(pair: str, mistake: Mistake | None) -> dict[str, Any]:
    """multiple: the drift of all those steps in float64, as one of the perturbed reference's."""
    report = running.report(pair, mistake, steps=LONG)
    (gate,) = (x for x in report.gates if x.name == "lockstep" and x.dtype == "float64")
    multiples = [line.noise_ratio or 0.0 for line in gate.layers]
    return {"verdict": report.verdict, "steps": LONG, "multiple": max(multiples), "note": gate.note}


if __name__ == "__main__":
    main()
