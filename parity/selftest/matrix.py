"""The detection matrix: each mistake against verdict, layer and cause."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parity.selftest.session import ENTRIES, Tested
from parity.selftest.trial import Expected, Trial


@dataclass(frozen=True)
class Row:
    """How often a mistake was tried, caught, placed, named and repaired."""

    mistake: str
    cause: str
    tried: int
    caught: int
    placed: int
    named: int  # its cause first
    among: int  # its cause at all
    repaired: int  # and the model is repaired, with whatever else is planted in it


def rows(trials: Iterable[Trial]) -> list[Row]:
    """One row a mistake, in the order of their first trial."""
    found: dict[tuple[str, str], list[tuple[Trial, Expected]]] = {}
    for trial in trials:
        for mistake in trial.expected:
            found.setdefault((mistake.mistake, mistake.cause), []).append((trial, mistake))
    return [_row(mistake, cause, pairs) for (mistake, cause), pairs in found.items()]


def _row(mistake: str, cause: str, pairs: Sequence[tuple[Trial, Expected]]) -> Row:
    return Row(
        mistake,
        cause,
        len(pairs),
        sum(trial.is_caught for trial, _ in pairs),
        sum(trial.is_placed(expected) for trial, expected in pairs),
        sum(trial.is_named(expected) for trial, expected in pairs),
        sum(trial.is_among(expected) for trial, expected in pairs),
        sum(trial.is_repaired for trial, _ in pairs),
    )


def summary(tested: Tested) -> dict[str, Any]:
    """The figures that count."""
    bank, planted = rows(tested.bank), rows(t for t in tested.planted if not t.is_equivalent)
    return {
        "bank": _totals(bank),
        "faithful twins": {
            "tried": len(tested.faithful),
            "false alarms": sum(trial.is_caught for trial in tested.faithful),
        },
        "planted models": {
            "tried": len(tested.planted),
            "that change nothing": sum(trial.is_equivalent for trial in tested.planted),
            "caught": sum(trial.is_caught for trial in tested.planted),
            "missed": sum(is_missed(trial) for trial in tested.planted),
        },
        "planted mistakes": _totals(planted),
        "ports meddled with": {
            "tried": len(tested.soundings),
            "that change what is returned": sum(x.shows is True for x in tested.soundings),
            "of these passed": sum(x.is_missed for x in tested.soundings),
            "that change nothing": sum(x.shows is False for x in tested.soundings),
            "of these called different": sum(x.is_false_alarm for x in tested.soundings),
        },
    }


def is_missed(trial: Trial) -> bool:
    """Is there a mistake that shows, and was there no alarm?"""
    return bool(trial.expected) and not trial.is_caught and not trial.is_equivalent


def _totals(found: Sequence[Row]) -> dict[str, int]:
    names = ("tried", "caught", "placed", "named")
    return {name: sum(getattr(row, name) for row in found) for name in names}


def failures(tested: Tested) -> list[str]:
    """A line for each trial that did not come out as it should."""
    told = [f"{t.name}: false alarm at {t.first}: {t.said}" for t in tested.faithful if t.is_caught]
    for sounding in tested.soundings:
        if sounding.is_missed or sounding.is_false_alarm:
            what = "missed" if sounding.is_missed else "false alarm"
            told.append(f"{sounding.name}: {what}: {sounding.verdict}; {sounding.said}")
    for trial in (*tested.bank, *tested.planted):
        for mistake in trial.expected:
            if not trial.is_named(mistake):
                told.append(_wrong(trial, mistake))
        if trial.expected and not trial.is_equivalent and not trial.is_repaired:
            told.append(f"{trial.name}: {_not_repaired(trial)}")
    return told


def _not_repaired(trial: Trial) -> str:
    if trial.is_called_mended:
        return "called mended, and the mended port does not give what Keras gives"
    remains = trial.report.remains if trial.report is not None else ""
    return f"not mended: {remains or 'nothing that could be changed was found'}"


def _wrong(trial: Trial, mistake: Expected) -> str:
    what = "changes nothing" if trial.is_equivalent else "misnamed" if trial.is_caught else "missed"
    named = "; ".join(
        f"{layer}: {', '.join(causes) or 'no cause'}" for layer, causes in trial.named
    )
    row = ENTRIES[trial.name].row if trial.name in ENTRIES else ""
    where = f"{trial.name}{f' ({row})' if row else ''}"
    return (
        f"{where}: {what}: {mistake.mistake} at {' or '.join(mistake.layers)} is "
        f"{mistake.cause}; said {trial.verdict}, {named or trial.said or 'nothing'}"
    )
