"""The words that a check ends with: their colours, their sentence, their exit status."""

from collections.abc import Iterable

from rich.text import Text

from parity import language
from parity.checking.show import places
from parity.records.comparison import Report, Verdict, worst

COLOURS = {"pass": "green", "differ": "bold red", "incomplete": "yellow", "not run": "dim"}
EXIT_STATUS = {"pass": 0, "differ": 1, "incomplete": 3}
PASSES = "pass: the same function, as far as floating point can tell"
INCOMPLETE = "incomplete: not everything could be compared, which is no pass"


def verdict(word: str) -> Text:
    return Text(language.told(word), style=COLOURS[word])


def exit_status(verdicts: Iterable[Verdict]) -> int:
    """0 where all pass; else 1 where one differs, 3 where one is only incomplete."""
    return EXIT_STATUS[worst(verdicts)]


def named(pair: str) -> str:
    """A pair's name; that of a person's own has two, joined by "and"."""
    return language.gettext(" and ").join(pair.split(" and "))


def told(found: Report) -> str:
    """The verdict in a sentence."""
    return language.told(_told(found))


def sentence(found: Report) -> str:
    """The same without the word that it begins with, where it says more."""
    return language.told(_told(found).partition(": ")[2] or found.verdict)


def _told(found: Report) -> str:
    first = found.first_divergence
    if found.verdict == "pass":
        return PASSES
    returned = [g for g in found.gates if g.name == "output" and g.verdict == found.verdict]
    if found.verdict == "differ":
        causes = sorted({cause.cause for x in found.diagnosis for cause in x.causes})
        why = f"; causes: {', '.join(causes)}" if causes else ""
        if returned and (first is None or any(first in gate.layers for gate in returned)):
            lines = dict.fromkeys(x.torch_where for x in found.diagnosis if x.causes)
            at = ", ".join(filter(None, map(places.told, lines)))
            return f"differ: {returned[0].note}{why}{f' at {at}' if at and why else ''}"
        name = (first.keras or first.torch) if first else ""
        where = places.told(first.torch_where) if first else ""
        at = f" first at {name}{f' ({where})' if where else ''}" if name else ""
        return f"differ:{at}{why}"
    if returned and " raises " in returned[0].note:
        return f"incomplete: {returned[0].note}"
    return INCOMPLETE


def headline(found: Report) -> Text:
    """Pair and verdict in a line."""
    return Text.assemble(
        (f"{named(found.pair)}{language.gettext(': ')}", "bold"),
        (told(found), COLOURS[found.verdict]),
    )
