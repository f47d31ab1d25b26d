"""Gate `output`: what both models return, run whole and plain, is the same. It decides.

Everything returned is compared, on every draw of inputs and weights. A value is judged against the
rounding noise that the whole model was measured to have on that draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from parity.gates.segment_values import rounding
from parity.mapping import activation_layouts
from parity.mapping.layout_moves import AS_IT_IS
from parity.numerics import judging, noise
from parity.numerics.difference import Difference, difference
from parity.records.answers import Answer, Returned
from parity.records.comparison import Array, Dtype, GateResult, LayerCheck, Layout, worst

# A port may round more than Keras does, as where it sums in another order. It may not take
# bfloat16 for float32, whose rounding is 2**16 times coarser.
COARSER = 2.0**8
NOTHING = "Keras returns nothing like it"


@dataclass(frozen=True)
class Run:
    """What both models returned on one draw.

    about     the draw, in words
    call      which it is of several in a row
    is_wide   of values far from ordinary ones: judged by float32's noise, as functions that switch
              to another formula there (softplus beyond 20) agree no better
    spread    in a dtype, how far each of Keras's values jumps when its input is moved by a
              rounding: a decision that falls either way is no difference
    """

    about: str
    keras: Mapping[Dtype, Answer]
    torch: Mapping[Dtype, Answer]
    is_wide: bool = False
    spread: Mapping[Dtype, tuple[Array, ...]] = field(default_factory=dict)
    call: int = 0

    def dtypes(self) -> tuple[Dtype, ...]:
        """Those that both sides could be run in."""
        every: tuple[Dtype, ...] = ("float64", "float32")
        return tuple(d for d in every if not self.keras[d].error and not self.torch[d].error)


@dataclass(frozen=True)
class Pairing:
    """One of Keras's returned values and the port's, by their places; None where there is none."""

    ours: int | None
    theirs: int | None


@dataclass(frozen=True)
class Compared:
    """One pairing on one draw in one dtype."""

    line: LayerCheck
    keras: Array | None = None  # as compared: of the same layout
    torch: Array | None = None
    layout: Layout = AS_IT_IS


def pairings(keras: Answer, torch: Answer) -> list[Pairing]:
    """By key where both sides have the same ones, else by place."""
    ours, theirs = list(range(len(keras.parts))), list(range(len(torch.parts)))
    keys = [part.key for part in keras.parts], [part.key for part in torch.parts]
    if all(keys[0]) and len(set(keys[0])) == len(keys[0]) and set(keys[0]) <= set(keys[1]):
        found = [Pairing(n, keys[1].index(key)) for n, key in enumerate(keys[0])]
    else:
        if len(theirs) > len(ours):  # None, or a number, beside the tensors
            theirs.sort(key=lambda n: torch.parts[n].value is None)
        found = [Pairing(a, b) for a, b in zip(ours, theirs, strict=False)]
    used = {x.ours for x in found}, {x.theirs for x in found}
    found += [Pairing(n, None) for n in ours if n not in used[0]]
    found += [Pairing(None, n) for n in theirs if n not in used[1]]
    return [x for x in found if x.ours is not None or _holds_numbers(torch.parts[x.theirs or 0])]


def judge(runs: Sequence[Run], dtype: Dtype, is_narrow: bool = False) -> GateResult:
    """A line for each returned value: the worst of all draws.

    is_narrow: Keras computes in float32 somewhere, whatever the dtype.
    """
    first = runs[0]
    for name, side in (("Keras", first.keras), ("the port", first.torch)):
        if side[dtype].error:  # which says nothing of what it would return
            line = LayerCheck("", "", "incomplete", note=f"{name} raises {side[dtype].error}")
            return GateResult("output", "incomplete", (line,), dtype, line.note)
    lines = []
    for pairing in pairings(first.keras[dtype], first.torch[dtype]):
        lines.append(_worst([compare(pairing, run, dtype, runs[0], is_narrow) for run in runs]))
    if not lines:
        lines = [LayerCheck("", "", "differ", note="nothing is returned that could be compared")]
    verdict = worst(line.verdict for line in lines)
    return GateResult("output", verdict, tuple(lines), dtype, _note(runs, dtype, lines))


def compare(
    pairing: Pairing, run: Run, dtype: Dtype, first: Run, is_narrow: bool = False
) -> Compared:
    """first: the draw on which values choose the layout."""
    keras, torch = run.keras[dtype], run.torch[dtype]
    if keras.error or torch.error:
        side, error = ("Keras", keras.error) if keras.error else ("the port", torch.error)
        return Compared(LayerCheck("", "", "differ", note=f"{side} raises on {run.about}: {error}"))
    mine = keras.parts[pairing.ours] if pairing.ours is not None else None
    other = _part(torch, pairing.theirs)
    names = _name(mine, "output"), _name(other, "returned value")
    if mine is None:
        note = f"the port returns {names[1]}, too; {NOTHING}"
        return Compared(LayerCheck("", names[1], "incomplete", note=note))
    if other is None or mine.value is None or other.value is None:
        kind = "nothing" if other is None else other.kind
        note = f"Keras returns {names[0]}; in its place the port returns {kind}"
        return Compared(LayerCheck(names[0], names[1], "differ", _shape(mine), note=note))
    layout = _layout(pairing, first, dtype)
    moved = _moved(layout, mine.value, other.value)
    lost = _lost_alike(mine.value, moved)
    gap = difference(*(np.where(lost, 0, x) if lost.any() else x for x in (mine.value, moved)))
    level = _noise(pairing, run, layout, is_narrow, dtype)
    gap = _without_ties(gap, mine.value, moved, level, run.spread.get(dtype), pairing.ours or 0)
    ratio = noise.ratio(gap.max_abs, level)
    is_same = ratio <= noise.LIMIT
    line = LayerCheck(
        *names,
        "differ" if not is_same else "incomplete" if lost.any() else "pass",
        _shape(mine),
        _shape(other),
        gap.max_abs,
        gap.index,
        gap.rel,
        gap.ulp,
        ratio,
        note="; ".join(
            filter(
                None,
                [
                    gap.note,
                    _said_of_lost(lost),
                    *_said(mine, other),
                    "" if is_same else _on(run, gap, ratio),
                ],
            )
        ),
    )
    return Compared(line, mine.value, moved, layout)


def _worst(found: Sequence[Compared]) -> LayerCheck:
    """The first that differs, else the first incomplete one, else the largest difference."""
    lines = [one.line for one in found]
    for verdict in ("differ", "incomplete"):
        for line in lines:
            if line.verdict == verdict:
                return line
    return max(lines, key=lambda line: line.noise_ratio or 0.0)


def _note(runs: Sequence[Run], dtype: Dtype, lines: Sequence[LayerCheck]) -> str:
    keras, torch = runs[0].keras[dtype], runs[0].torch[dtype]
    said = [f"{len(lines)} returned value{'s' * (len(lines) > 1)}, {len(runs)} draws"]
    if all(line.verdict == "pass" for line in lines):
        said.append(judging.largest(lines))
        said += dict.fromkeys(line.note for line in lines if line.note)
    else:
        said += [line.note for line in lines if line.verdict != "pass"][:1]
    if {keras.container, torch.container} not in ({keras.container}, {"list", "tuple"}):
        one, other = (x or "a tensor" for x in (keras.container, torch.container))
        said.append(f"Keras returns {one}, the port {other}")
    return "; ".join(filter(None, [*said, torch.note]))


def _layout(pairing: Pairing, run: Run, dtype: Dtype) -> Layout:
    """The layout of a returned value: of those that shapes allow, the one that values agree in."""
    use = "float64" if "float64" in run.dtypes() else dtype
    mine, other = _values(pairing, run, use)
    fitting = activation_layouts.fitting(mine.shape, other.shape) or [AS_IT_IS]
    gaps = [difference(mine, _moved(x, mine, other)).max_abs for x in fitting]
    return fitting[int(np.argmin(gaps))]


def _moved(layout: Layout, keras: Array, torch: Array) -> Array:
    """The port's value in Keras's layout; axes that were regrouped are those of this draw."""
    if layout is not AS_IT_IS and keras.shape != torch.shape:
        again = [
            x for x in activation_layouts.fitting(keras.shape, torch.shape) if x.name == layout.name
        ]
        return activation_layouts.to_keras(again[0], torch) if again else torch
    return activation_layouts.to_keras(layout, torch)


def _noise(pairing: Pairing, run: Run, layout: Layout, is_narrow: bool, dtype: Dtype) -> float:
    both = {d: _values(pairing, run, d) for d in run.dtypes()}
    ours = {d: values[0] for d, values in both.items()}
    theirs = {d: _moved(layout, *values) for d, values in both.items()}
    if len(both) < 2:
        wide = ours[dtype].astype(np.float64)
        found = noise.level(wide.astype(np.float32), wide)
        jumps = run.spread.get(dtype)
        return max(found, float(jumps[pairing.ours or 0].max(initial=0.0)) if jumps else 0.0)
    mine = rounding(ours["float32"], ours["float64"])
    level = max(mine, min(rounding(theirs["float32"], theirs["float64"]), COARSER * mine))
    return noise.scaled(level, "float32" if is_narrow or run.is_wide else dtype)


def _values(pairing: Pairing, run: Run, dtype: Dtype) -> tuple[Array, Array]:
    mine = run.keras[dtype].parts[pairing.ours or 0].value
    other = _part(run.torch[dtype], pairing.theirs)
    empty = np.empty(0)
    theirs = other.value if other is not None else None
    return (empty if mine is None else mine), (empty if theirs is None else theirs)


def _without_ties(
    gap: Difference,
    keras: Array,
    torch: Array,
    level: float,
    spread: tuple[Array, ...] | None,
    place: int,
) -> Difference:
    """The difference, without the elements where Keras's own answer jumps as far by a rounding."""
    if spread is None or gap.note or keras.shape != spread[place].shape:
        return gap
    apart = np.abs(torch.astype(np.float64) - keras.astype(np.float64))
    is_tie = (apart > noise.LIMIT * level) & (spread[place] >= apart / 4)
    if not is_tie.any():
        return gap
    found = difference(keras, np.where(is_tie, keras, torch).astype(torch.dtype))
    return replace(found, note=f"{int(is_tie.sum())} values fall either way by a rounding")


def _lost_alike(keras: Array, torch: Array) -> NDArray[np.bool_]:
    """Where both sides give the same that is no number: NaN, or an infinity."""
    if keras.shape != torch.shape:
        return np.zeros(keras.shape, bool)
    found: NDArray[np.bool_] = ~np.isfinite(keras) & (
        (keras == torch) | (np.isnan(keras) & np.isnan(torch))
    )
    return found


def _said_of_lost(lost: NDArray[np.bool_]) -> str:
    if not lost.any():
        return ""
    return (
        f"NaN or infinity in the same {int(lost.sum())} of {lost.size} values of both, where "
        "nothing can be compared: give inputs that Keras answers with numbers"
    )


def _part(answer: Answer, place: int | None) -> Returned | None:
    return answer.parts[place] if place is not None and place < len(answer.parts) else None


def _holds_numbers(part: Returned) -> bool:
    return part.value is not None


def _name(part: Returned | None, otherwise: str) -> str:
    if part is None:
        return ""
    return part.key or part.path or otherwise


def _said(mine: Returned, other: Returned) -> list[str]:
    """What is no difference in the values, and yet one to whoever uses them."""
    said = [] if other.kind == "tensor" else [f"the port returns a {other.kind}, no tensor"]
    shapes = _shape(mine) or (), _shape(other) or ()
    if len(shapes[0]) != len(shapes[1]):  # a loss would broadcast (N,) against (N, 1)
        one, two = (str(("N", *shape[1:])).replace("'", "") for shape in shapes)
        said.append(f"the port returns {two}, Keras {one}")
    return said


def _on(run: Run, gap: Difference, ratio: float) -> str:
    far = (
        f"{gap.max_abs:.1e} apart, {ratio:.1g} x noise, on " if np.isfinite(gap.max_abs) else "on "
    )
    return far + run.about


def _shape(part: Returned) -> tuple[int, ...] | None:
    return None if part.value is None else part.value.shape
