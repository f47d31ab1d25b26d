"""The first test digits that each framework gets wrong, and which of them the other does, too."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from parity.language import digits
from parity.language import gettext as _
from parity.records.comparison import Array
from parity.results.plots import style
from parity.results.plots.strip import SIZE, left, middle, strip

SHOWN = 10
ARROW = "\N{RIGHTWARDS ARROW}"


@style.look()
def figure(title: str, images: Array, labels: Array, keras: Array, torch: Array) -> Figure:
    """images: uint8 (N, 28, 28); labels, and what each framework predicts: integers (N,)."""
    predicted = {"Keras": keras, "torch": torch}
    wrong = {name: np.flatnonzero(own != labels) for name, own in predicted.items()}
    heights = [1.2 if len(indices) else 0.3 for indices in wrong.values()]
    made = Figure(figsize=(style.WIDTH, sum(heights) + 0.9), layout="constrained")
    axes = dict(zip(predicted, made.subplots(2, 1, height_ratios=heights), strict=True))
    for name, indices in wrong.items():
        said = _("{side}: {wrong} of {all} wrong; the first {shown}")
        if len(indices) <= SHOWN:
            said = _("{side}: {wrong} of {all} wrong")
        wrong_of_all = {"wrong": _count(len(indices)), "all": _count(len(labels))}
        axes[name].set_title(said.format(side=name, shown=SHOWN, **wrong_of_all), loc="left")
        axes[name].set_axis_off()
        if len(indices):
            _row(axes[name], images[indices[:SHOWN]])
        for place, index in enumerate(indices[:SHOWN]):
            caption = f"{labels[index]} {ARROW} {predicted[name][index]}"
            _caption(axes[name], place, caption, int(index), bool(keras[index] == torch[index]))
    both = (keras != labels) & (torch != labels)
    made.supxlabel(_summary(both, both & (keras == torch)), fontsize=style.SMALL)
    style.finish(made, title)
    return made


def _row(axes: Axes, images: Array) -> None:
    """Always as wide as ten, so that few mistakes are not drawn larger."""
    axes.imshow(strip(images), cmap="gray_r", vmin=0, vmax=255)
    axes.set_xlim(-2, left(SHOWN))
    axes.set_ylim(SIZE + 12, -2)


def _caption(axes: Axes, place: int, caption: str, index: int, same: bool) -> None:
    """Below an image what it is taken for; around it a frame where both take it for the same."""
    where, weight = middle(place), "bold" if same else "normal"
    axes.text(where, SIZE + 1, caption, ha="center", va="top", fontsize=9, fontweight=weight)
    axes.text(where, SIZE + 7, f"#{index}", ha="center", va="top", fontsize=6.5, color=style.GREY)
    if same:
        corner = (left(place) - 1, -1)
        axes.add_patch(Rectangle(corner, SIZE + 1, SIZE + 1, fill=False, linewidth=1.6))


def _summary(both: Array, alike: Array) -> str:
    said = _("Wrong in both: {both}.")
    if both.any():
        said = _("Wrong in both: {both}, of which {alike} are taken for the same digit (framed).")
    below = _("Below an image: label {arrow} predicted, and its place in the test set.")
    numbers = {"both": _count(int(both.sum())), "alike": _count(int(alike.sum()))}
    return f"{said.format(**numbers)}\n{below.format(arrow=ARROW)}"


def _count(number: int) -> str:
    return digits(f"{number:,}")
