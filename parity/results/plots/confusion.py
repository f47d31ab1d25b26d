"""Which digits are taken for which: the confusion matrices of both frameworks, and torch - Keras.

The diagonal holds almost all samples and would be the only thing seen; it is grey, and the
colours are those of the mistakes.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from parity.language import digits
from parity.language import gettext as _
from parity.records.comparison import Array
from parity.results.plots import style

CLASSES = 10
MOST = 25  # classes whose cells hold a number
CORRECT = (0.89, 0.89, 0.89, 1.0)  # the diagonal's grey
LUMA = np.array([0.299, 0.587, 0.114, 0.0])  # how light a colour is to the eye


@style.look()
def figure(title: str, labels: Array, keras: Array, torch: Array, classes: int = CLASSES) -> Figure:
    """The true class of N samples, and what each framework predicts: integers (N,), below
    `classes`."""
    predictions = {"Keras": keras, "torch": torch}
    matrices = {
        name: confusion_matrix(labels, predicted, labels=range(classes))
        for name, predicted in predictions.items()
    }
    made = Figure(figsize=(style.WIDTH, 3.1), layout="constrained")
    *panels, last = made.subplots(1, 3)
    most = max(1, *(_mistakes(counts).max() for counts in matrices.values()))
    for axes, (name, counts) in zip(panels, matrices.items(), strict=True):
        colours = style.MUCH(_mistakes(counts) / most)
        colours[np.eye(classes, dtype=bool)] = CORRECT
        _matrix(axes, counts, colours, "{:d}")
        said = _("{side}: {wrong} of {all} wrong")
        numbers = (digits(f"{n:,}") for n in (_mistakes(counts).sum(), len(labels)))
        axes.set_title(said.format(side=name, wrong=next(numbers), all=next(numbers)))
    difference = matrices["torch"] - matrices["Keras"]
    largest = max(1, np.abs(difference).max())
    _matrix(last, difference, style.MORE(0.5 + difference / largest / 2), "{:+d}")
    said = "{difference}" if difference.any() else _("{difference}: none")
    last.set_title(said.format(difference=style.DIFFERENCE))
    panels[0].set_ylabel(_("label"))
    style.finish(made, title)
    return made


def _mistakes(counts: Array) -> Array:
    """The counts without the diagonal."""
    found: Array = counts - np.diag(np.diag(counts))
    return found


def _matrix(axes: Axes, counts: Array, colours: Array, number: str) -> None:
    """Cells in colours (classes, classes, 4), and in each its number, where that is not zero."""
    classes = len(counts)
    axes.imshow(colours)
    for row, column in np.argwhere(counts):
        dark = float(colours[row, column] @ LUMA) < 0.5
        axes.text(
            column,
            row,
            number.format(counts[row, column]).replace("-", "\N{MINUS SIGN}"),
            horizontalalignment="center",
            verticalalignment="center",
            fontsize=5.5,  # four figures fill a cell
            color="white" if dark else style.BLACK,
        )
    axes.set_xlabel(_("predicted"))
    axes.set_xticks(range(classes))
    axes.set_yticks(range(classes))
    # Thin lines between the cells, of which most are white.
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=style.PALE, linewidth=0.6, alpha=1)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
