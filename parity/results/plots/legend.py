"""The legend below the panels, where it hides no curve: a row a framework."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from parity.language import gettext as _
from parity.records.jobs import FRAMEWORKS, Run
from parity.results.plots import style
from parity.results.plots.series import BANDS, END, of

Looks = Mapping[str, Mapping[str, Mapping[str, Any]]]  # by what is drawn, then by framework
MOST = 3  # runs that ended early are named, of fewer than that


def below(made: Figure, runs: Sequence[Run], looks: Looks, has_bands: bool = True) -> None:
    """Each of what is drawn of each framework; what several seeds span; what ended early."""
    columns: list[list[Any]] = [[] for _kind in looks]
    others: list[Any] = []
    for framework in FRAMEWORKS:
        own, colour = of(runs, framework), style.COLOURS[framework]
        if not own:
            continue
        for column, (kind, look) in zip(columns, looks.items(), strict=True):
            label = ", ".join(filter(None, (own[0].job.side, kind)))
            column.append(Line2D([], [], label=label, color=colour, **look[framework]))
        if len(own) > 1 and has_bands:
            others.append(Patch(color=colour, label=seeds(len(own)), **BANDS[framework]))
    early = [f"{run.job.framework} {run.job.seed}" for run in runs if run.error]
    if early:
        many = _("{count} runs").format(count=len(early))
        said = ", ".join(early) if len(early) < MOST else many
        label = _("ended early: {runs}").format(runs=said)
        others.append(Line2D([], [], label=label, **END))
    for place, other in enumerate(others):
        columns[place % len(columns)].append(other)
    # matplotlib breaks columns where it likes; those of one length it leaves as they are.
    length = max(map(len, columns))
    blank = Line2D([], [], linestyle="", label=" ")
    handles = [*chain.from_iterable([*own, *[blank] * (length - len(own))] for own in columns)]
    made.legend(handles=handles, loc="outside lower center", ncols=len(columns), handlelength=3)


def seeds(count: int) -> str:
    """What is drawn of several."""
    return _("{seeds} seeds: mean and range").format(seeds=count)
