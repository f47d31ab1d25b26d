"""What a single epoch comes to, as dots side by side: there is no curve of one point."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from parity.language import digits
from parity.language import gettext as _
from parity.records.jobs import FRAMEWORKS, Run
from parity.results.plots import style
from parity.results.plots.legend import Looks, seeds
from parity.results.plots.series import WHICH, of, table, told, untrained, written

MINUS = "\N{MINUS SIGN}"
ASIDE = 0.24  # of the way from one kind of figure to the next: torch's beside Keras's
LOOKS: dict[str, dict[str, Any]] = {
    "keras": {"marker": "o", "markersize": 7.5, "linestyle": ""},
    "torch": {"marker": "x", "markersize": 7, "markeredgewidth": 2, "linestyle": ""},
}


def looks(runs: Sequence[Run]) -> Looks:
    """For the legend."""
    count = max(len(of(runs, framework)) for framework in FRAMEWORKS)
    return {seeds(count) if count > 1 else "": LOOKS}


def panel(axes: Axes, what: str, runs: Sequence[Run]) -> None:
    """On the training and on the test set: each framework's mean and what seeds span, in numbers
    above the dots, and how far apart the means are. The limits are those of the dots."""
    labels = []
    for place, which in enumerate(WHICH):
        means = []
        for framework, side in zip(FRAMEWORKS, (-1, 1), strict=True):
            values = table(of(runs, framework), f"{which}_{what}")[:, -1:].ravel()
            known = values[np.isfinite(values)]
            if not known.size:
                continue
            mean, where = float(known.mean()), place + side * ASIDE
            span = [[mean - known.min()], [known.max() - mean]] if known.size > 1 else None
            colour = style.COLOURS[framework]
            axes.errorbar(where, mean, span, color=colour, capsize=3, **LOOKS[framework])
            axes.annotate(
                written(mean, what, runs),
                (where, float(known.max())),
                xytext=(0, 6),
                textcoords="offset points",
                horizontalalignment="center",
                fontsize=style.SMALL,
            )
            means.append(mean)
        labels.append(_label(which, means))
    axes.set_xticks(range(len(WHICH)), labels)
    axes.set_xlim(-0.55, len(WHICH) - 0.45)
    axes.margins(y=0.25)
    start = told(untrained(runs, what), what, runs) if untrained(runs, what) else ""
    if start:
        said = _("before training, test: {figure}").format(figure=start)
        axes.set_xlabel(said, color=style.GREY, fontsize=style.SMALL)


def _label(which: str, means: Sequence[float]) -> str:
    name = _("train") if which == "train" else _("test")
    if len(means) < len(FRAMEWORKS):
        return name
    difference = means[1] - means[0]
    apart = digits(f"{difference:+.1e}") if difference else "0"
    return f"{name}\n{style.DIFFERENCE}\n{apart.replace('-', MINUS)}"
