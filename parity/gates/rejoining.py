"""Where two models part and meet again, what lies between is one function written in two ways.

A port may pool before it rectifies, or scale and shift in another order than Keras: layer by layer
the values differ, and behind them they agree again. Then those layers are compared as one, by the
values behind them.
"""

from collections.abc import Sequence
from dataclasses import replace

from parity.numerics.noise import LIMIT
from parity.records.comparison import LayerCheck


def rejoined(
    lines: Sequence[LayerCheck], after: Sequence[Sequence[int]], ends: set[int]
) -> list[LayerCheck]:
    """The lines, those passed that are part of a longer piece which agrees.

    after: for each line those of the layers that take its value; ends: the lines of the results.
    """
    agrees = [line.noise_ratio is not None and line.noise_ratio <= LIMIT for line in lines]
    meets = list(agrees)
    for i in reversed(range(len(lines))):
        if not agrees[i] and i not in ends and after[i]:
            meets[i] = all(j > i and meets[j] for j in after[i])
    before = [[i for i, takers in enumerate(after) if j in takers] for j in range(len(lines))]
    return [
        _part(line, lines, after[i], before[i], meets[i] and not agrees[i], agrees, i)
        for i, line in enumerate(lines)
    ]


def _part(
    line: LayerCheck,
    lines: Sequence[LayerCheck],
    after: Sequence[int],
    before: Sequence[int],
    is_part: bool,
    agrees: Sequence[bool],
    i: int,
) -> LayerCheck:
    """A line that differs, passed where it lies inside a longer piece that agrees, or closes it."""
    closes = agrees[i] and any(not agrees[j] for j in before)
    if line.verdict != "differ" or not (is_part or closes):
        return line
    names = ", ".join(lines[j].keras for j in (after if is_part else before))
    if closes:
        note = f"agrees from the input on; compared as one with {names}"
    else:
        note = f"compared as one with {names}, behind which both agree"
    return replace(line, verdict="pass", note=note)
