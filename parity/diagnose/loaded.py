"""Why a port's own weights are not Keras's: each tensor against what it should hold.

The port was given its weights by someone else. Here a hypothesis is a rearrangement of the tensor
that should be there; the one that gives the very numbers that are there is the cause.
"""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from parity.diagnose import writing
from parity.diagnose.causes import CAUSES
from parity.mapping import layout_moves
from parity.records.comparison import Array, Cause, Finding, Ledger, LedgerLine, Tried

ALIKE = 1e-5  # relative: a converter may have gone through another float type
UNRELATED = 0.5  # of the numbers found elsewhere in it: below that, it is another tensor
GATES = (2, 3, 4)
TRANSFER = "parity.transfer(keras_model, self)"
PROJECTIONS = ("query", "key", "value")


@dataclass(frozen=True)
class Odd:
    """A tensor that holds other numbers than Keras's."""

    line: LedgerLine
    wanted: Array
    held: Array


class Compared:
    """All tensors of a port, looked at piece by piece."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}  # by the tensor
        self._odd: dict[str, Odd] = {}
        self._wanted: dict[str, str] = {}  # digest of what a tensor should hold -> its name
        self._held: dict[str, str] = {}  # name -> digest of what it holds

    def look(self, ledger: Ledger, wanted: dict[str, Array], held: dict[str, Array]) -> None:
        """Note a finding for each tensor that is not what it should be."""
        lines = {line.torch.name: line for line in ledger.lines}
        for name, line in lines.items():
            if (wanted[name] != wanted[name].ravel()[:1]).any():  # zeros throughout are nobody's
                self._wanted.setdefault(_digest(wanted[name]), name)
            if not alike(wanted[name], held[name]):
                self._held[name] = _digest(held[name])
                self._odd[name] = Odd(line, wanted[name], held[name])
                self._found[name] = _explained(self._odd[name])
        for variable, value in ledger.constant:
            if not alike(wanted[variable.name], held[variable.name]):
                self._constant(variable.name, value, held[variable.name])

    def _constant(self, name: str, value: float, held: Array) -> None:
        """A tensor that Keras has not. torch adds up two biases: their sum may be Keras's."""
        first = name.replace("bias_hh", "bias_ih")
        odd = self._odd.get(first)
        if odd is None:
            self._found[name] = _not_constant(name, value, held)
            return
        both = replace(odd, held=odd.held + held)
        if alike(both.wanted, both.held):
            del self._found[first]
        else:
            self._found[first] = _together(_explained(both), name)

    def findings(self) -> tuple[Finding, ...]:
        """What was found; a tensor that holds another's numbers was exchanged with it."""
        return tuple(self._exchanged(finding) for finding in self._found.values())

    def _exchanged(self, finding: Finding) -> Finding:
        other = self._wanted.get(self._held.get(finding.torch, ""), finding.torch)
        if other == finding.torch:
            return finding
        says = f"{finding.torch} holds what belongs into {other}"
        fix = f"{TRANSFER}  # {finding.torch} is that of `{finding.keras}`"
        return _finding(finding.keras, finding.torch, "layers-exchanged", says, fix, finding.before)


def _digest(array: Array) -> str:
    return hashlib.sha256(
        repr(array.shape).encode() + array.astype("float32").tobytes()
    ).hexdigest()


def _not_constant(name: str, value: float, held: Array) -> Finding:
    """A tensor that Keras has not, and that is not neutral: LSTM's second bias."""
    gap = float(np.abs(held - value).max())
    says = f"{name} is not {value:g} throughout (up to {gap:.1e} away); Keras has nothing there"
    cause = "bias-doubled" if "bias" in name else "layer-extra"
    fix = f"nn.init.constant_({writing.attribute(name)}, {value:g})"
    return _finding("", name, cause, says, fix, gap)


def _together(finding: Finding, other: str) -> Finding:
    """What was found of the sum of both biases, said of both."""
    causes = (
        replace(x, says=x.says.replace(finding.torch, f"{finding.torch} + {other}"), fix=TRANSFER)
        for x in finding.causes
    )
    return replace(finding, causes=tuple(causes))


def alike(a: Array, b: Array) -> bool:
    """The same numbers, to the rounding of a narrower float."""
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=ALIKE, atol=ALIKE * _size(a)))


def _explained(odd: Odd) -> Finding:
    gap = (
        float(np.abs(odd.wanted - odd.held).max()) if odd.wanted.shape == odd.held.shape else np.inf
    )
    name = odd.line.torch.name
    tried = []
    for cause, says, fix, values in _hypotheses(odd):
        left = float(np.abs(values - odd.held).max()) if values.shape == odd.held.shape else np.inf
        tried.append(Tried(cause, says, left))
        if alike(values, odd.held):
            return _finding(odd.line.keras.name, name, cause, says, fix, gap)
    return Finding(odd.line.keras.name, name, "weights", (), gap, gap, tuple(tried))


def _hypotheses(odd: Odd) -> Iterator[tuple[str, str, str, Array]]:
    """(cause, what was done, remedy, what the tensor would hold then)."""
    wanted, kind = odd.wanted, odd.line.keras.role.rpartition("/")[2]
    name = odd.line.torch.name
    yield from _rearranged(wanted, name)
    yield from _depthwise(odd)
    yield from _projections(wanted, name)
    yield from _gates(wanted, name)
    yield from _features(odd, name)
    yield from _shifted(wanted, name)
    if wanted.ndim == 1:
        yield "bias-doubled", f"{name} holds twice Keras's {kind}", _held(name, " / 2"), 2 * wanted
    if wanted.dtype.kind == "f":
        says = f"{name} went through float16"
        narrow = wanted.astype(np.float16).astype(wanted.dtype)
        yield "weights-rounded", says, f"{TRANSFER}  # in float32", narrow
    yield "weights-not-loaded", f"{name} holds zeros", TRANSFER, np.zeros_like(wanted)
    if not _share(wanted, odd.held) > UNRELATED:
        says = f"{name} holds other numbers than Keras's {odd.line.keras.name}"
        yield "weights-not-loaded", says, TRANSFER, odd.held


def _rearranged(wanted: Array, name: str) -> Iterator[tuple[str, str, str, Array]]:
    rank = wanted.ndim
    for axes in itertools.permutations(range(rank)):
        moved = wanted.transpose(axes)
        if axes == tuple(range(rank)) or moved.shape != wanted.shape:
            continue
        channels = axes[:2] == (1, 0) and axes[2:] == tuple(range(2, rank))
        cause = "conv-channels" if channels else "conv-kernel-layout"
        cause = "dense-kernel-transpose" if rank == 2 else cause
        yield (
            cause,
            f"{name} is transposed by {axes}",
            _held(name, f".permute{_inverse(axes)}"),
            moved,
        )
    if rank > 2:
        spatial = range(2, rank)
        for count in range(1, rank - 1):
            for axes in itertools.combinations(spatial, count):
                says = f"{name} is flipped along {axes}"
                yield "conv-kernel-flip", says, _held(name, f".flip{axes}"), np.flip(wanted, axes)


def _depthwise(odd: Odd) -> Iterator[tuple[str, str, str, Array]]:
    """Keras's kernel (..., in, multiplier); torch's (in * multiplier, 1, ...), in first."""
    wanted, shape, name = odd.wanted, odd.line.keras.shape, odd.line.torch.name
    if wanted.ndim < 3 or wanted.shape[1] != 1 or np.prod(shape[-2:]) != len(wanted):
        return
    parted = wanted.reshape(*shape[-2:], *wanted.shape[1:]).swapaxes(0, 1).reshape(wanted.shape)
    says = f"{name} has its {len(wanted)} filters multiplier first, {shape[-1]} x {shape[-2]}"
    turned = f".unflatten(0, ({shape[-1]}, {shape[-2]})).transpose(0, 1).flatten(0, 1)"
    yield "depthwise-layout", says, _held(name, turned), parted


def _projections(wanted: Array, name: str) -> Iterator[tuple[str, str, str, Array]]:
    """Query, key and value in another order in the packed projection."""
    if "in_proj" not in name:
        return
    blocks = np.split(wanted, len(PROJECTIONS))
    for order in itertools.permutations(range(len(PROJECTIONS))):
        if order != tuple(range(len(PROJECTIONS))):
            found = ", ".join(PROJECTIONS[place] for place in order)
            says = f"{name} holds {found} in this order; torch reads {', '.join(PROJECTIONS)}"
            moved = np.concatenate([blocks[place] for place in order])
            yield "mha-order", says, _blocks(name, order), moved


def _gates(wanted: Array, name: str) -> Iterator[tuple[str, str, str, Array]]:
    """Blocks of rows in another order: the gates of a recurrent layer."""
    if not name.rpartition(".")[2].startswith(("weight_", "bias_")):
        return
    for count in GATES:
        if len(wanted) % count:
            continue
        blocks = np.split(wanted, count)
        for order in itertools.permutations(range(count)):
            if order != tuple(range(count)):
                moved = np.concatenate([blocks[i] for i in order])
                says = f"{name} has its gates in the order {order} of Keras's in torch's order"
                yield "gate-order", says, _blocks(name, order), moved


def _features(odd: Odd, name: str) -> Iterator[tuple[str, str, str, Array]]:
    """Columns as Keras flattens them, or as torch would, and units as it reads them into a map: for
    each way to cut them in three."""
    wanted, is_read = odd.wanted, layout_moves.is_of_ordered(odd.line.move)
    if wanted.ndim == 2:
        for order, shape, turned in _cut(wanted.shape[1], 1):
            says = f"the columns of {name} are flattened as {shape}, not the reverse"
            yield "flatten-order", says, _held(name, turned), wanted.take(order, 1)
    if wanted.ndim in (1, 2) and is_read:
        for order, shape, turned in _cut(len(wanted), 0):
            says = f"the units of {name} stand as Keras reads them, where the port reads {shape}"
            yield "reshape-order", says, _held(name, turned), wanted.take(order, 0)


def _cut(count: int, axis: int) -> Iterator[tuple[Array, str, str]]:
    """For each way to cut an axis in two: its other order, its sizes, and how it is undone."""
    for channels in range(2, count // 2 + 1):
        if count % channels:
            continue
        places = count // channels
        for shape in ((channels, places), (places, channels)):
            dims = f"{axis}, {axis + 1}"
            turned = f".unflatten({axis}, {shape[::-1]}).transpose({dims}).flatten({dims})"
            order = np.arange(count).reshape(shape).T.ravel()
            yield order, f"{shape[0]} x {shape[1]}", turned


def _held(name: str, turned: str) -> str:
    """The line that puts the held numbers right."""
    own = writing.attribute(name)
    return f"{own}.data = {own}{turned}"


def _blocks(name: str, order: tuple[int, ...]) -> str:
    """Blocks of rows that stand in this order, put back."""
    own = writing.attribute(name)
    back = tuple(order.index(place) for place in range(len(order)))
    return f"{own}.data = torch.cat([{own}.chunk({len(order)})[i] for i in {back}])"


def _shifted(wanted: Array, name: str) -> Iterator[tuple[str, str, str, Array]]:
    """Rows one place further: the ids of a table that has, or lacks, one for padding in front."""
    for places in (1, -1):
        says = f"the rows of {name} stand {abs(places)} place {'lower' if places > 0 else 'higher'}"
        moved = np.roll(wanted, places, axis=0)
        yield "rows-shifted", says, _held(name, f".roll({-places}, 0)"), moved


def _finding(keras: str, torch: str, cause: str, says: str, fix: str, gap: float) -> Finding:
    known = CAUSES[cause]
    named = Cause(cause, known.says, says, fix, known.entry, 1.0)
    return Finding(keras or torch, torch, "weights", (named,), gap, 0.0)


def _share(wanted: Array, held: Array) -> float:
    """How many of the held numbers are Keras's, wherever they stand."""
    found = np.isclose(np.sort(wanted.ravel()), np.sort(held.ravel()), rtol=ALIKE, atol=0)
    return float(found.mean())


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(axis) for axis in np.argsort(axes))


def _size(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))
