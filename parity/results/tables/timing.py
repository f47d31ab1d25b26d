"""How fast both sides train, in rows that belong to one lane each."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np

from parity.records.jobs import LANES, Timing
from parity.records.results import Setup
from parity.results.read import Result
from parity.results.tables.text import Table, count, digits, table

TARGET = 0.97  # the accuracy that classifiers are timed to


def timing(results: Sequence[Result]) -> Table:
    """One row a pair, lane and side."""
    rows = [_timed(result, *one) for result in results for one in result.timed]
    text = {
        "lane": lambda row: row["lane"],
        "pair": lambda row: row["pair"],
        "side": lambda row: row["side"],
        "import s": lambda row: digits(row["import_s"]),
        "build s": lambda row: digits(row["build_s"]),
        "first step s": lambda row: digits(row["first_step_s"]),
        "ms / step [quartiles]": lambda row: (
            f"{digits(row['step_ms'])} [{digits(row['step_ms_q1'])}, {digits(row['step_ms_q3'])}]"
        ),
        "s / epoch": lambda row: digits(row["epoch_s"]),
        "images / s": lambda row: count(row["images_per_s"]),
        "course s": lambda row: digits(row["course_s"]),
        "s to 97 %": lambda row: digits(row["target_s"]),
        "host peak MiB": lambda row: count(row["host_peak_mib"]),
        "device peak MiB": lambda row: count(row["device_peak_mib"]),
        "GFLOP/s": lambda row: digits(row["gflops"]),
        "of a product's": lambda row: "" if row["share"] is None else f"{row['share']:.0%}",
        "warm-up loss": lambda row: digits(row["warm_up_loss"], 4),
        "threads": lambda row: count(row["threads"]),
        "TF32": lambda row: "on" if row["tf32"] else "off",
        "what it does": lambda row: row["about"],
    }
    rows.sort(key=lambda row: LANES.index(row["lane"]))
    return table("timing", rows, text, 3)


def disturbed(results: Sequence[Result]) -> str:
    """Which timings other programs have spoilt, in a sentence; "" where none are."""
    every = [one for result in results for one in result.timings if one.disturbed]
    told = dict.fromkeys(f"{one.pair}, {one.lane} ({one.disturbed})" for one in every)
    if not told:
        return ""
    listed = "; ".join(told)
    return f"Other programs kept processors busy, so that these seconds say little: {listed}."


def _timed(result: Result, one: Timing, setup: Setup) -> dict[str, Any]:
    low, middle, high = np.percentile(one.laps or (math.nan,), [25, 50, 75]) * 1000
    epoch = statistics.median(one.epochs)
    cold = one.import_seconds + one.build_seconds + one.first_step_seconds
    reached = epochs_to(TARGET, result, one.framework)
    mib = 1 << 20
    return {
        "pair": one.pair,
        "lane": one.lane,
        "side": one.side,
        "import_s": one.import_seconds,
        "build_s": one.build_seconds,
        "first_step_s": one.first_step_seconds,
        "step_ms": middle,
        "step_ms_q1": low,
        "step_ms_q3": high,
        "laps": len(one.laps),
        "epoch_s": epoch,
        "epochs_timed": len(one.epochs),
        "images_per_s": one.images / epoch,
        "course_s": cold + result.record.recipe.epochs * epoch,
        "epochs_to_target": reached,
        "target_s": None if reached is None else cold + reached * epoch,
        "host_peak_mib": one.host_peak_bytes / mib,
        "device_peak_mib": None if one.device_peak_bytes is None else one.device_peak_bytes / mib,
        "gflops": setup.gflops,
        "share": setup.gflops / setup.peak_gflops if setup.gflops and setup.peak_gflops else None,
        "warm_up_loss": one.warm_up_loss,
        "threads": setup.threads,
        "tf32": setup.tf32,
        "precision": "float32",
        "others": setup.others,
        "versions": result.record.provenance.installed,
        "device": setup.device,
        "about": setup.lane,
    }


def epochs_to(target: float, result: Result, framework: str) -> float | None:
    """Epochs until a classifier's test accuracy is first at `target`: the median over its runs.

    None for an auto-encoder, another definition of accuracy, or where not every run got there.
    """
    if result.record.task != "classify" or result.record.recipe.name != "course":
        return None
    reached = [
        next((e.epoch for e in run.history if e.test_accuracy >= target), None)
        for run in result.runs
        if run.job.framework == framework
    ]
    if not reached or None in reached:
        return None
    return float(statistics.median(number for number in reached if number is not None))
