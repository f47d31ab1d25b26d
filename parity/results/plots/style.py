"""What all pictures have in common: colours, sizes, fonts, and how they write numbers."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.style
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, PercentFormatter, ScalarFormatter

from parity.language import digits

# Okabe and Ito's colours, told apart by people of any colour vision. In grey print they are near
# each other, so that frameworks differ in marker, width and hatch, too.
VERMILLION, BLUE, ORANGE, PURPLE = "#D55E00", "#0072B2", "#E69F00", "#CC79A7"
BLACK, GREY, PALE = "#000000", "#5F5F5F", "#E8E8E8"
COLOURS = {"keras": VERMILLION, "torch": BLUE}
NAMES = {"keras": "Keras", "torch": "torch"}
DIFFERENCE = "torch \N{MINUS SIGN} Keras"

# From nothing to much, and from what Keras has more of to what torch has more of.
MUCH = LinearSegmentedColormap.from_list("much", ["#FFFFFF", "#F5C77E", "#8A3D00"])
MORE = LinearSegmentedColormap.from_list("more", [VERMILLION, "#FFFFFF", BLUE])

WIDTH = 7.0  # inches: the text of a paper in two columns; put there as it is, type stays as large
SMALL = 8.5  # points: notes, and numbers beside a mark
TITLE = 76  # letters of a title that fit beside each other
LABEL = 40  # the same, below one of two panels
LOOK: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine has it
    "font.size": 9,
    "figure.titlesize": 10.5,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.columnspacing": 1.2,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.alpha": 0.35,
    "hatch.linewidth": 0.7,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,  # letters stay letters, which publishers ask for
    "svg.hashsalt": "parity",  # the same figure gives the same bytes
}


@contextmanager
def look() -> Iterator[None]:
    """matplotlib's defaults and LOOK hold within it, whatever the reader's own settings are.

    Every `figure` is made in it: `@look()` above the function.
    """
    with matplotlib.style.context(["default", LOOK]):
        yield


class _Spoken(Formatter):
    """A formatter's numbers as the language writes them."""

    def __init__(self, own: Formatter) -> None:
        self._own = own

    def set_locs(self, locs: Any) -> None:
        self._own.set_locs(locs)

    def __call__(self, x: float, pos: int | None = None) -> str:
        return digits(self._own(x, pos))

    def get_offset(self) -> str:
        return digits(self._own.get_offset())


def finish(figure: Figure, text: str) -> None:
    """A title above the whole picture, which grows by every line beyond the first; and on the
    axes numbers as the language that is spoken now writes them."""
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        own = axis.get_major_formatter()
        if isinstance(own, ScalarFormatter | PercentFormatter):
            axis.set_major_formatter(_Spoken(own))
    lines = textwrap.wrap(text, TITLE)
    figure.suptitle("\n".join(lines))
    figure.set_figheight(figure.get_figheight() + 0.21 * max(0, len(lines) - 1))
