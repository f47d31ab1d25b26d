"""The templates, and the filters by which they turn figures into text."""

import math
from collections.abc import Iterable

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from parity.checking.show.page.render import MARKS
from parity.course.exercises import answers
from parity.course.laboratory import experiment
from parity.course.laboratory.page import causes
from parity.course.lesson import as_reported, catalogue, network, practice
from parity.course.lesson.titles import title
from parity.course.reported import costs
from parity.course.reported.told import TITLES, function, same
from parity.course.twins import path
from parity.gates import GATES
from parity.language import digits, spoken
from parity.language.templates import translated
from parity.numerics import drift, noise

NOTHING = "\N{EN DASH}"  # in the place of what was not measured
MOVES = {" -> ": " → ", " <-> ": " ↔ "}


def environment() -> Environment:
    """Its templates speak the language of the moment in which they are rendered."""
    rooms = ("parity.course.lesson", "parity.checking.show.page")
    found = Environment(
        loader=ChoiceLoader([PackageLoader(room) for room in rooms]),
        autoescape=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    found.globals |= {
        "lang": spoken,
        "marks": MARKS,
        "asks": answers.asks,
        "of_gate": answers.of_gate,
        "of_layer": answers.of_layer,
        "title": title,
        "network": network,
        "area_file": catalogue.area_file,
        "entry_file": catalogue.entry_file,
        "entry_words": catalogue.entry_words,
        "same": same,
        "noise_limit": noise.LIMIT,
        "drift_limit": drift.LIMIT,
        "gates": GATES,
        "path": path,
        "excerpt": practice.excerpt,
        "changes": practice.changes,
        "experiment": experiment,
        "experiment_of": catalogue.experiment_of,
        "causes": causes,
        "quirk_titles": TITLES,
        "same_function": function,
        "figures": as_reported.figures,
        "end": costs.end,
    }
    found.filters |= {
        "figure": figure,
        "times": times,
        "shape": shape,
        "weight_shape": weight_shape,
        "arrows": arrows,
        "order": order,
        "begin": begin,
    }
    return translated(found)


def begin(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def figure(value: float | None) -> str:
    """Two significant digits: "3.3e-15", "0"; an empty place for what was not measured."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return "0" if value == 0 else digits(f"{value:.1e}")


def times(value: float | None) -> str:
    """A multiple, or a count of ULPs: "2.0"."""
    return NOTHING if value is None or not math.isfinite(value) else digits(f"{value:.1f}")


def shape(sizes: Iterable[int] | None) -> str:
    """The shape of values, whose first axis is the batch: "(N, 28, 28, 16)"."""
    if sizes is None:
        return NOTHING
    return f"({', '.join(['N', *(str(size) for size in list(sizes)[1:])])})"


def weight_shape(sizes: Iterable[int]) -> str:
    """The shape of a weight: "(784, 500)"."""
    return str(tuple(sizes))


def arrows(text: str) -> str:
    """A layout move, typeset."""
    for plain, shown in MOVES.items():
        text = text.replace(plain, shown)
    return text


def order(sizes: tuple[int, ...], side: str) -> str:
    """What the axes of a value with a height and a width are called on a side; "" of others."""
    if len(sizes) != 4:
        return ""
    return "NHWC" if side == "keras" else "NCHW"
