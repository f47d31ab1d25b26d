"""Two results folders, A and B: how they were run, which runs are alike, how both end, how fast.

Each folder is made a few tables, which are merged on their keys; what differs, and what only one
of them has, is told. results/show/diff.py prints it, cli/commands/results.py writes it as JSON.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from parity.records.comparison import Verdict, worst
from parity.records.jobs import LANES
from parity.results.diff.circumstances import CHANGED, Told
from parity.results.diff.runs import ARM, RUN, Outcome, common, figures, table
from parity.results.read import Result

COMES_TO: dict[Outcome, Verdict] = {
    "identical": "pass",
    "equivalent": "pass",
    "different": "differ",
    "undecided": "incomplete",
    "not judged": "incomplete",
}
THING = ["pair", "topic", "thing"]
CLOCK = ["pair", "lane", "framework"]


@dataclass(frozen=True)
class Diff:
    """Tables have a row each for what their comments say."""

    verdict: Verdict
    pairs: tuple[str, ...]  # in both
    changed: pd.DataFrame  # a "thing" in which "pairs" were run otherwise: in "A", in "B"
    unrecorded: bool  # the source was changed, nobody knows how, after one and the same commit
    runs: pd.DataFrame  # a run in both: parity.run_diff.common
    figures: pd.DataFrame  # a final figure: parity.run_diff.figures
    timings: pd.DataFrame  # a side in one lane: median seconds an epoch of "A", "B"; their "ratio"
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


def diff(a: Sequence[Told], b: Sequence[Told]) -> Diff:
    """a, b: what parity.circumstances tells of two folders."""
    pairs = {told.result.pair for told in a} & {told.result.pair for told in b}
    ours, theirs = ([told for told in folder if told.result.pair in pairs] for folder in (a, b))
    how = pd.concat({"A": _how(ours), "B": _how(theirs)}, axis=1).fillna("none").reset_index()
    results = [[told.result for told in folder] for folder in (ours, theirs)]
    runs, clocks = [table(found) for found in results], [_clock(found) for found in results]
    margins = {told.result.pair: told.result.record.margins for told in ours}
    both, judged = common(*runs), figures(margins, *runs)
    return Diff(
        _verdict(both, judged),
        tuple(told.result.pair for told in ours),
        _changed(how),
        _is_unrecorded(how[how["topic"] == "source"]),
        both,
        judged,
        _timed(clocks[0].merge(clocks[1], on=CLOCK)),
        tuple(_only(a, pairs, runs, clocks)),
        tuple(_only(b, pairs, runs[::-1], clocks[::-1])),
    )


def _how(found: Sequence[Told]) -> "pd.Series[Any]":
    rows = {
        (told.result.pair, topic, thing): value
        for told in found
        for topic, things in told.how.items()
        for thing, value in things.items()
    }
    return pd.Series(rows, pd.MultiIndex.from_tuples(rows, names=THING), dtype=object)


def _changed(how: pd.DataFrame) -> pd.DataFrame:
    """Every difference once, with all the pairs that have it."""
    # A lane that only one has timed is told as such, and not again by what it does.
    untimed = (how["topic"] == "lanes") & ((how["A"] == "none") | (how["B"] == "none"))
    apart = how[(how["A"] != how["B"]) & ~untimed]
    groups = apart.groupby(["topic", "thing", "A", "B"], sort=False)
    return groups["pair"].agg(tuple).rename("pairs").reset_index()


def _is_unrecorded(source: pd.DataFrame) -> bool:
    is_changed = source["A"].str.contains(CHANGED)
    return bool(is_changed.any() and (source["A"] == source["B"]).all())


def _clock(found: Sequence[Result]) -> pd.DataFrame:
    timings = pd.DataFrame([vars(one) for result in found for one in result.timings])
    columns = timings.reindex(columns=[*CLOCK, "epochs", "images"])
    return columns.assign(seconds=[pd.Series(epochs).median() for epochs in columns.pop("epochs")])


def _timed(both: pd.DataFrame) -> pd.DataFrame:
    """The ratio is missing where an epoch of theirs has other images."""
    ratio = (both["seconds_y"] / both["seconds_x"]).where(both["images_x"] == both["images_y"])
    found = both[CLOCK].assign(A=both["seconds_x"], B=both["seconds_y"], ratio=ratio)
    return found.sort_values("lane", key=lambda lanes: lanes.map(LANES.index), kind="stable")


def _only(
    mine: Sequence[Told],
    pairs: set[str],
    runs: Sequence[pd.DataFrame],
    clocks: Sequence[pd.DataFrame],
) -> Iterator[str]:
    """What of mine the others have not: pairs, runs, timings."""
    left, untimed = _left(RUN, *runs), _left(CLOCK, *clocks)
    for result in (told.result for told in mine):
        if result.pair not in pairs:
            yield f"{result.pair}: {len(result.runs)} runs, {len(result.timings)} timings"
        yield from _runs(left[left["pair"] == result.pair])
        for one in untimed[untimed["pair"] == result.pair].to_dict("records"):
            yield f"{one['pair']}: timing of {one['framework']}, {one['lane']}"


def _left(key: list[str], mine: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    both = mine.merge(others[key], how="left", on=key, indicator=True)
    return both[both["_merge"] == "left_only"]


def _runs(left: pd.DataFrame) -> Iterator[str]:
    """A line for all seeds that have the rest in common."""
    title = ["pair", "start", "lane", "recipe", "epochs"]
    sides = left.groupby([*title, "seed"], sort=False)["framework"].agg(" + ".join).reset_index()
    seeds = sides.groupby([*title, "framework"], sort=False)["seed"].agg(list).reset_index()
    for one in seeds.to_dict("records"):
        yield (
            f"{one['pair']}: {one['start']} runs, {one['lane']}, {one['recipe']}, "
            f"{one['epochs']} epochs, {one['framework']}, {_listed(sorted(one['seed']))}"
        )


def _listed(seeds: Sequence[int]) -> str:
    if len(seeds) > 2 and seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"


def _verdict(runs: pd.DataFrame, judged: pd.DataFrame) -> Verdict:
    """Runs that are bitwise equal need no test; nothing in common is no pass."""
    if judged.empty:
        return "incomplete"
    equal = {arm for arm, rows in runs.groupby(ARM) if rows["figure"].isna().all()}
    return worst(
        "pass" if tuple(one[name] for name in ARM) in equal else COMES_TO[one["outcome"]]
        for one in judged.to_dict("records")
    )
