"""Two results folders, A and B: how they were run, which runs are alike, how both end, how fast.

Records in, a record out: parity/results/show/results.py prints it, parity/cli/commands/results.py
writes it as JSON.
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from parity.records.comparison import Verdict, worst
from parity.records.jobs import LANES, Run, Timing
from parity.results.diff.circumstances import CHANGED, Told
from parity.results.diff.runs import Agreement, Figure, Outcome, agreements, figures, same

COMES_TO: dict[Outcome, Verdict] = {
    "identical": "pass",
    "equivalent": "pass",
    "different": "differ",
    "undecided": "incomplete",
    "not judged": "incomplete",
}


@dataclass(frozen=True)
class Changed:
    """One thing in which they were run otherwise."""

    topic: str
    thing: str
    a: str
    b: str
    pairs: tuple[str, ...]  # those of the common ones of which it is so


@dataclass(frozen=True)
class Timed:
    """Seconds an epoch of one side of a pair in one lane: medians."""

    pair: str
    lane: str
    framework: str
    a: float
    b: float
    ratio: float | None  # B / A; None where an epoch of theirs has other images


@dataclass(frozen=True)
class Diff:
    verdict: Verdict
    pairs: tuple[str, ...]  # in both
    changed: tuple[Changed, ...]
    unrecorded: bool  # the source was changed, nobody knows how, after one and the same commit
    agreements: tuple[Agreement, ...]
    figures: tuple[Figure, ...]
    timings: tuple[Timed, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


def diff(a: Sequence[Told], b: Sequence[Told]) -> Diff:
    """a, b: what parity.circumstances tells of two folders."""
    theirs = {told.result.pair: told for told in b}
    common = [(told, theirs[told.result.pair]) for told in a if told.result.pair in theirs]
    changed = tuple(_changed(common))
    results = [(ours.result, theirs.result) for ours, theirs in common]
    agreed = tuple(one for pair in results for one in agreements(*pair))
    judged = tuple(one for pair in results for one in figures(*pair))
    timed = [one for ours, theirs in results for one in _timed(ours.timings, theirs.timings)]
    return Diff(
        _verdict(agreed, judged),
        tuple(told.result.pair for told, _ in common),
        changed,
        _is_unrecorded(common, changed),
        agreed,
        judged,
        tuple(sorted(timed, key=lambda one: LANES.index(one.lane))),
        tuple(_only(a, b)),
        tuple(_only(b, a)),
    )


def _changed(common: Sequence[tuple[Told, Told]]) -> Iterator[Changed]:
    """Every difference once, with all the pairs that have it."""
    pairs: dict[tuple[str, str, str, str], list[str]] = {}
    for a, b in common:
        for topic, ours in a.how.items():
            theirs = b.how[topic]
            for thing in {**ours, **theirs}:
                x, y = ours.get(thing, "none"), theirs.get(thing, "none")
                # A lane that only one has timed is told as such, and not again by what it does.
                if x != y and not (topic == "lanes" and "none" in (x, y)):
                    pairs.setdefault((topic, thing, x, y), []).append(a.result.pair)
    for key, names in pairs.items():
        yield Changed(*key, tuple(names))


def _is_unrecorded(common: Sequence[tuple[Told, Told]], changed: Sequence[Changed]) -> bool:
    sources = [told.how["source"]["commit"] for pair in common for told in pair]
    told = any(one.topic == "source" for one in changed)
    return not told and any(CHANGED in source for source in sources)


def _timed(ours: Iterable[Timing], theirs: Iterable[Timing]) -> Iterator[Timed]:
    others = {(one.lane, one.framework): one for one in theirs}
    for one in ours:
        other = others.get((one.lane, one.framework))
        if other is not None:
            a, b = statistics.median(one.epochs), statistics.median(other.epochs)
            ratio = b / a if one.images == other.images else None
            yield Timed(one.pair, one.lane, one.framework, a, b, ratio)


def _only(mine: Sequence[Told], others: Sequence[Told]) -> Iterator[str]:
    """What of mine the others have not: pairs, runs, timings."""
    theirs = {told.result.pair: told.result for told in others}
    for told in mine:
        result, other = told.result, theirs.get(told.result.pair)
        if other is None:
            yield f"{result.pair}: {len(result.runs)} runs, {len(result.timings)} timings"
            continue
        known = {same(run.job) for run in other.runs}
        yield from _runs([run for run in result.runs if same(run.job) not in known])
        timed = {(one.lane, one.framework) for one in other.timings}
        for one in result.timings:
            if (one.lane, one.framework) not in timed:
                yield f"{one.pair}: timing of {one.framework}, {one.lane}"


def _runs(left: Iterable[Run]) -> Iterator[str]:
    """A line for all seeds that have the rest in common."""
    sides: dict[tuple[str, int], list[str]] = {}
    for run in left:
        job = run.job
        title = f"{job.pair}: {job.start} runs, {job.lane}, {job.recipe}, {job.epochs} epochs"
        sides.setdefault((title, job.seed), []).append(job.framework)
    seeds: dict[str, list[int]] = {}
    for (title, seed), frameworks in sides.items():
        seeds.setdefault(f"{title}, {' + '.join(frameworks)}", []).append(seed)
    for title, found in seeds.items():
        yield f"{title}, {_listed(sorted(found))}"


def _listed(seeds: Sequence[int]) -> str:
    if len(seeds) > 2 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"


def _verdict(agreed: Iterable[Agreement], judged: Iterable[Figure]) -> Verdict:
    """Runs that are bitwise equal need no test; nothing in common is no pass."""
    equal = {(o.pair, o.framework, o.start) for o in agreed if o.equal == len(o.runs)}
    found = [
        "pass" if (one.pair, one.framework, one.start) in equal else COMES_TO[one.outcome]
        for one in judged
    ]
    return worst(found) if found else "incomplete"
