"""What both frameworks predict, against the target, and against each other."""

import numpy as np
from matplotlib.figure import Figure

from parity.language import digits
from parity.language import gettext as _
from parity.records.comparison import Array
from parity.results.plots import style


@style.look()
def figure(title: str, targets: Array, keras: Array, torch: Array) -> Figure:
    """targets, keras, torch: values of the same samples, (N, values); targets of another size are
    not drawn."""
    made = Figure(figsize=(style.WIDTH, 3.5), layout="constrained")
    against, apart = made.subplots(1, 2)
    if targets.shape == keras.shape:
        ends = [float(np.nanmin(targets)), float(np.nanmax(targets))]
        against.plot(ends, ends, color=style.GREY, linewidth=0.8, zorder=0)
        for name, values, marker in (("keras", keras, "o"), ("torch", torch, "x")):
            against.plot(
                targets.ravel(),
                values.ravel(),
                linestyle="",
                marker=marker,
                markersize=4,
                alpha=0.5,
                color=style.COLOURS[name],
                label=style.NAMES[name],
            )
        against.set_xlabel(_("target"))
        against.set_ylabel(_("predicted"))
        against.legend()
    else:
        against.set_axis_off()
    difference = torch.astype(np.float64) - keras
    apart.axhline(0, color=style.GREY, linewidth=0.8)
    apart.plot(
        keras.ravel(), difference.ravel(), linestyle="", marker=".", color=style.PURPLE, alpha=0.5
    )
    apart.set_xlabel(_("Keras's prediction"))
    apart.set_ylabel(style.DIFFERENCE)
    largest = digits(f"{np.abs(difference).max():.2g}")
    apart.set_title(_("largest |difference| {figure}").format(figure=largest))
    for axes in (against, apart):
        axes.grid()
    style.finish(made, title)
    return made
