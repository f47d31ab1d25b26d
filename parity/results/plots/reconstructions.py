"""Ten digits and what both auto-encoders make of them, a row each, and where they differ."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parity.language import digits
from parity.language import gettext as _
from parity.records.comparison import Array
from parity.results.plots import style
from parity.results.plots.strip import strip

INK: dict[str, Any] = {"cmap": "gray_r", "vmin": 0, "vmax": 1}  # dark on white, as paper is


@style.look()
def figure(
    title: str, originals: Array, inputs: Array | None, keras: Array, torch: Array
) -> Figure:
    """originals: uint8 (10, 28, 28). inputs (a denoiser's), keras, torch: float, around [0, 1]."""
    rows = {_("original"): originals / 255.0, _("noisy"): inputs, "Keras": keras, "torch": torch}
    shown = {name: images for name, images in rows.items() if images is not None}
    height = 0.7 * (len(shown) + 1) + 0.9  # a strip of ten is ten times as wide as high
    made = Figure(figsize=(style.WIDTH, height), layout="constrained")
    *panels, last = made.subplots(len(shown) + 1, 1)
    for axes, (name, images) in zip(panels, shown.items(), strict=True):
        axes.imshow(strip(images), **INK)
        _label(axes, name)
    _difference(made, last, np.abs(torch.astype(np.float64) - keras))
    style.finish(made, title)
    return made


def _difference(made: Figure, axes: Axes, difference: Array) -> None:
    """On a scale of its own, which ends at the largest value: most would be white on [0, 1]."""
    finite = np.isfinite(difference)
    largest = float(difference[finite].max(initial=0))
    shades = axes.imshow(strip(difference), cmap=style.MUCH, vmin=0, vmax=largest or 1)
    _label(axes, _("|difference|"))
    if not finite.all() or not largest:
        share = digits(f"{np.mean(~finite):.0%}")
        not_finite = _("{share} of it not finite").format(share=share)
        said = _("zero everywhere") if finite.all() else not_finite
        axes.text(0.5, 0.5, said, transform=axes.transAxes, horizontalalignment="center")
    if not largest:
        return
    ticks = [0, largest / 2, largest]
    bar = made.colorbar(
        shades, ax=axes, location="bottom", aspect=60, shrink=0.6, pad=0.12, ticks=ticks
    )
    bar.set_ticklabels([digits(f"{tick:.2g}") for tick in ticks])
    said = _("|{difference}| of a pixel; the largest is {largest}")
    bar.set_label(said.format(difference=style.DIFFERENCE, largest=digits(f"{largest:.2g}")))


def _label(axes: Axes, text: str) -> None:
    axes.set_ylabel(text, rotation=0, horizontalalignment="right", verticalalignment="center")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
