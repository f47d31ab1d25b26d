"""Do both sides end alike: the tests over seeds."""

from collections.abc import Sequence
from typing import Any

from parity.results.read import Result
from parity.results.statistics import ONE_SEED
from parity.results.tables.text import Table, count, interval, mean_and_sd, p_value, signed, table


def equivalence(results: Sequence[Result]) -> Table:
    """One row a pair, design and final figure."""
    rows = [
        {
            "pair": one.pair,
            "figure": one.metric,
            "start": one.start,
            "seeds": one.found.keras.count,
            "keras": one.found.keras.mean,
            "keras_sd": one.found.keras.sd,
            "keras_low": one.found.keras.low,
            "keras_high": one.found.keras.high,
            "torch": one.found.torch.mean,
            "torch_sd": one.found.torch.sd,
            "torch_low": one.found.torch.low,
            "torch_high": one.found.torch.high,
            "difference": one.found.difference,
            "low": one.found.low,
            "high": one.found.high,
            "margin": one.found.margin,
            "p_equivalence": one.found.p,
            "p_difference": one.found.p_difference,
            "verdict": one.found.verdict,
            "needed": one.found.needed,
            "why": one.found.why,
        }
        for result in results
        for one in result.judged
    ]
    text = {
        "pair": lambda row: row["pair"],
        "figure": lambda row: row["figure"],
        "start": lambda row: row["start"],
        "seeds": lambda row: count(row["seeds"]),
        "Keras": lambda row: mean_and_sd(row, "keras", 5),
        "torch": lambda row: mean_and_sd(row, "torch", 5),
        "torch - Keras": lambda row: signed(row["difference"]),
        "95 % interval": lambda row: interval(row["low"], row["high"]),
        "margin": lambda row: f"±{row['margin']:.2g}",
        "p (TOST)": lambda row: p_value(row["p_equivalence"]),
        "verdict": _verdict,
    }
    return table("equivalence", rows, text, 3)


def _verdict(row: dict[str, Any]) -> str:
    """The word, and what it would take where there is no decision."""
    if row["verdict"] != "undecided":
        return str(row["verdict"])
    if row["why"] == ONE_SEED:
        return ONE_SEED
    if row["needed"] is not None:
        return f"undecided, needs about {row['needed']} seeds"
    return f"undecided: {row['why']}"
