"""A pair's network as a drawing: a row a layer, as wide as the number of values that it gives."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parity.records.comparison import Match

STEP = 46  # from row to row
NAME, KIND = 8.0, 6.8  # what a letter of either takes at most: none is cut off
MIDDLE, LEFT, RIGHT = 320, 208, 432  # of the bars; where the names end and begin on either side
WIDEST, LEAST = 200.0, 4.0  # of a bar
TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Box:
    """A row: y and the bar's x and width; what stands on either side, and the shape of a sample."""

    layer: str  # Keras's name, by which its facts are found
    y: int
    x: float
    width: float
    shape: str
    keras: str
    keras_kind: str
    torch: str
    torch_kind: str


def height(layers: Sequence[Match]) -> int:
    return 14 + STEP * len(layers)


def sides(layers: Sequence[Match]) -> tuple[float, float]:
    """Where the drawing begins on the left, and how wide it is: as names and kinds need it."""
    rows = list(boxes(layers))
    before = max(NAME * len(x.keras) for x in rows), max(KIND * len(x.keras_kind) for x in rows)
    behind = max(NAME * len(x.torch) for x in rows), max(KIND * len(x.torch_kind) for x in rows)
    return LEFT - max(before), RIGHT - LEFT + max(before) + max(behind)


def boxes(layers: Sequence[Match]) -> Iterator[Box]:
    """The layers in the order of the pass. Widths go by the root: maps are drawn by their side."""
    counts = [math.sqrt(math.prod(layer.keras.shape[1:])) for layer in layers]
    for place, (layer, count) in enumerate(zip(layers, counts, strict=True)):
        width = max(LEAST, WIDEST * count / max(counts))
        modules = [step for step in layer.torch if step.path]
        yield Box(
            layer.keras.name,
            14 + STEP * place,
            round(MIDDLE - width / 2, 1),
            round(width, 1),
            f" {TIMES} ".join(map(str, layer.keras.shape[1:])),
            layer.keras.name,
            ", ".join(filter(None, (layer.keras.kind, layer.keras.activation))),
            " + ".join(step.path for step in modules),
            " + ".join(step.kind for step in layer.torch),
        )
