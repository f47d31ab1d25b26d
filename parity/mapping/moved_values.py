"""Layouts by measuring: what becomes of numbered values where both sides only move them.

A chain is a row of segments that move values, or change each by itself: a permutation, a reshape,
an activation, a normalisation by fixed statistics. Numbers sent through both sides tell where each
value of Keras's stands in torch's. What counts is the chain's end. There the features may stand in
an order of torch's own, which the weights of the layer behind can undo; then the values between the
two ends stand where they stand, and none of them is in a wrong place.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from parity.errors import ModelError
from parity.mapping import layout_moves
from parity.mapping.flow import outside
from parity.mapping.rules import features
from parity.mapping.rules.operations import ACTIVATIONS, KERAS, TORCH
from parity.records.comparison import Array, Layout, Match, Step

Shape = tuple[int, ...]
Measure = Callable[[Match, Array, Array], tuple[Array, Array]]  # inputs to outputs, both sides
Fitting = Callable[[Shape, Shape], list[Layout]]  # the usual layouts of these shapes

LONGEST = 4  # steps that are taken together
MOVING = {"flatten", "permute", "squeeze", "expand_dims", "identity", "cast"}
AFFINE = {"BatchNormalization"}
OVER_AN_AXIS = {"softmax", "log_softmax", "glu", "sparsemax"}
ON_EACH = {
    *(set(ACTIVATIONS.values()) - OVER_AN_AXIS),
    *("dropout", "gaussian_noise", "gaussian_dropout", "clip"),
}


@dataclass(frozen=True)
class Values:
    """Where each value stands, by its number: ours in Keras's shape, theirs in torch's."""

    ours: Array
    theirs: Array


class Chains:
    """The chains of an alignment."""

    def __init__(
        self,
        matches: Sequence[Match],
        shapes: dict[str, Shape],
        ends: Collection[str],
        measure: Measure,
        fitting: Fitting,
    ) -> None:
        """shapes: of each Keras value, batch included; ends: the values that the model gives."""
        self._shapes, self._ends = shapes, ends
        self._measure, self._fitting = measure, fitting
        self._takers: dict[str, list[Match]] = {}
        for match in matches:
            for name in outside(match.keras_steps):
                self._takers.setdefault(name, []).append(match)

    def layouts(self, first: Match, before: Layout) -> dict[str, Layout]:
        """The layout of each Keras value in the chain that begins with a segment, and of what takes
        its end where that folds positions otherwise; none where it is no chain, or its end is
        neither in a usual layout nor in an order of features.

        before: the layout of what comes in.
        """
        chain = list(self._chain(first))
        if not chain or not self._is_open(chain):
            return {}
        end, found = chain[-1].keras_steps[-1], dict[str, Layout]()
        is_undone = len(end.shape) == 2 or self._is_undone(end.name)
        for match in chain:
            came, values = before, self._moved(match, before)
            if values is None:
                return {}
            name = match.keras_steps[-1].name
            may_order = match is not chain[-1] or is_undone
            known = self._usual(values) or (
                self._order(match, values, before) if may_order else None
            )
            before = found[name] = known or _element_by_element(values)
        if known is None and not self._is_own(chain[-1]):
            ahead = self._ahead(chain[-1], came)
            return {} if ahead is None else found | ahead
        return found

    def _ahead(self, last: Match, before: Layout) -> dict[str, Layout] | None:
        """Where the port moves values on in front of each step that takes them, and what it comes
        to is a usual layout, or one of whole positions: the layouts of what is made of these."""
        found: dict[str, Layout] = {}
        takers = self._takers.get(last.keras_steps[-1].name, [])
        for taker in takers:
            moves = list(takewhile(_moves_on, taker.torch))
            longer = replace(last, torch=(*last.torch, *moves))
            values = self._moved(longer, before) if moves else None
            if values is None:
                return None
            shapes = values.ours.shape, values.theirs.shape
            rows = None if self._fitting(*shapes) else _rows(values)
            if rows is None and self._usual(values) is None:
                return None
            ours, theirs = taker.keras_steps[-1], taker.torch[-1]
            kept = (ours.shape[:-1], theirs.shape[:-1]) == (shapes[0][:-1], shapes[1][:-1])
            if rows is not None and kept and not self._fitting(ours.shape, theirs.shape):
                found[ours.name] = layout_moves.by_rows(rows, ours.shape, theirs.shape)
        return found if takers else None

    def _chain(self, first: Match) -> Iterator[Match]:
        match: Match | None = first
        while match is not None and is_moving(match):
            yield match
            name = match.keras_steps[-1].name
            takers = self._takers.get(name, [])
            is_one = len(takers) == 1 and outside(takers[0].keras_steps) == [name]
            match = takers[0] if is_one and name not in self._ends else None

    def _is_open(self, chain: list[Match]) -> bool:
        """May features stand in an order of their own, or in no usual layout, at the end?"""
        (source,) = outside(chain[0].keras_steps)
        came, last = self._shapes.get(source, ()), chain[-1]
        end = last.keras_steps[-1]
        if len(came) < 3 or end.name in self._ends:
            return False
        if any(map(self._is_own, chain)) or self._is_moved_on(end.name):
            return True
        return came[-1] != end.shape[-1] and (len(end.shape) == 2 or self._is_undone(end.name))

    def _is_moved_on(self, name: str) -> bool:
        takers = self._takers.get(name, [])
        return bool(takers) and all(_moves_on(match.torch[0]) for match in takers)

    def _is_own(self, last: Match) -> bool:
        """Is its shape in torch that of no usual layout; or does the port turn the axes again
        before it goes on, as it does around a normalisation of another axis?"""
        end = last.keras_steps[-1]
        takers = self._takers.get(end.name, [])
        is_turned = _is_affine(last) and all(
            TORCH.get(match.torch[0].kind) == "permute" for match in takers
        )
        return is_turned or not self._fitting(end.shape, last.torch[-1].shape)

    def _is_undone(self, name: str) -> bool:
        """Can the weights of what takes these features put them into their order?"""
        takers = self._takers.get(name, [])
        return bool(takers) and name not in self._ends and all(map(self._undoes, takers))

    def _undoes(self, match: Match) -> bool:
        mixing = [features.mixes(step) for step in match.keras_steps]
        if any(mixing):
            return True
        kept = all(features.keeps(step) or changes_each(step) for step in match.keras_steps)
        return kept and self._is_undone(match.keras_steps[-1].name)

    def _moved(self, match: Match, before: Layout) -> Values | None:
        """What becomes of values of all sizes on both sides; None where a port does more than move
        them, or change each by itself.

        Activations rise, so that the order of values is that of the numbers.
        """
        (source,) = outside(match.keras_steps)
        shape = self._shapes[source]
        try:
            ours, theirs = self._answers(match, numbers(shape), before)
        except (ModelError, ValueError, IndexError):  # it cannot be run on these
            return None
        if ours.size != theirs.size or not _are_apart(ours) or not _are_apart(theirs):
            return None
        only_moves = all(TORCH.get(step.kind) in MOVING | ON_EACH for step in match.torch)
        sorted_ours, sorted_theirs = np.sort(ours, axis=None), np.sort(theirs, axis=None)
        if not only_moves and not np.allclose(sorted_theirs, sorted_ours, rtol=1e-9):
            return None
        return Values(np.searchsorted(sorted_ours, ours), np.searchsorted(sorted_theirs, theirs))

    def _answers(self, match: Match, rising: Array, before: Layout) -> tuple[Array, Array]:
        def answer(values: Array) -> tuple[Array, Array]:
            return self._measure(match, values, before.to_torch(values))

        found = answer(rising)
        if not _is_affine(match):
            return found
        zeros, ones = answer(np.zeros_like(rising)), answer(np.ones_like(rising))
        with np.errstate(divide="ignore", invalid="ignore"):  # of a factor of zero nothing is known
            ours, theirs = (
                (values - zero) / (one - zero)
                for values, zero, one in zip(found, zeros, ones, strict=True)
            )
        return ours, theirs

    def _usual(self, values: Values) -> Layout | None:
        ours, theirs = values.ours, values.theirs
        usual = self._fitting(ours.shape, theirs.shape)
        return next((x for x in usual if np.array_equal(x.to_keras(theirs), ours)), None)

    def _order(self, match: Match, values: Values, before: Layout) -> Layout | None:
        """The order of features, the same in each place."""
        ours = values.ours
        for base in self._fitting(ours.shape, values.theirs.shape):
            moved = base.to_keras(values.theirs)
            places = [np.argsort(x.reshape(-1, x.shape[-1])[0]) for x in (ours, moved)]
            order = np.empty(ours.shape[-1], np.int64)
            order[places[1]] = places[0]
            if not np.array_equal(ours[..., order], moved):
                continue
            if before.order is not None and np.array_equal(order, before.order):
                return layout_moves.rebased(before, base)
            (source,) = outside(match.keras_steps)
            return layout_moves.flat(order, self._shapes[source][1:], base)
        return None


def _moves_on(step: Step) -> bool:
    return TORCH.get(step.kind) in ("permute", "flatten")


def _rows(values: Values) -> Array | None:
    """For each of torch's positions the number of Keras's, where features stand last on both sides;
    None where they do not."""
    size = values.ours.shape[-1]
    ours, theirs = (x.reshape(-1, x.shape[-1]) for x in (values.ours, values.theirs))
    if ours.shape != theirs.shape or size < 2:
        return None
    rows: Array = np.empty(len(ours), np.int64)
    rows[theirs[:, 0].argsort()] = ours[:, 0].argsort()
    return rows if np.array_equal(ours[rows], theirs) else None


def is_moving(match: Match) -> bool:
    """Does Keras only move values of one tensor, or change each by itself?"""
    return len(outside(match.keras_steps)) == 1 and all(map(_only_moves, match.keras_steps))


def _only_moves(step: Step) -> bool:
    return KERAS.get(step.kind) in MOVING or changes_each(step) or step.kind in AFFINE


def measurable(
    steps: Sequence[Step], shapes: Mapping[str, Shape]
) -> Iterator[tuple[list[Step], Array]]:
    """The Keras steps that may be measured as a segment, whatever the port, each with what it is
    fed with. shapes: of each Keras value, batch included."""
    for place in range(len(steps)):
        chain: list[Step] = []
        for step in steps[place:]:
            if chain and step.inputs != (chain[-1].name,):
                continue
            if not _only_moves(step) or len(step.inputs) != 1 or len(chain) == LONGEST:
                break
            chain.append(step)
            if any(KERAS.get(one.kind) in MOVING for one in chain):
                rising = numbers(shapes[chain[0].inputs[0]])
                is_affine = any(one.kind in AFFINE for one in chain)
                others = (np.zeros_like(rising), np.ones_like(rising)) if is_affine else ()
                yield from ((list(chain), values) for values in (rising, *others))


def numbers(shape: Shape) -> Array:
    """Rising, in (0, 1]."""
    size = int(np.prod(shape))
    return (np.arange(1, size + 1, dtype=np.float64) / size).reshape(shape)


def _is_affine(match: Match) -> bool:
    """Is each value multiplied by a factor, and something added, on the way?"""
    return any(step.kind in AFFINE for step in match.keras_steps)


def changes_each(step: Step) -> bool:
    """Does a layer of Keras's change each value by itself?"""
    if step.kind == "Activation":
        return ACTIVATIONS.get(step.activation) not in OVER_AN_AXIS
    return KERAS.get(step.kind) in ON_EACH


def _element_by_element(values: Values) -> Layout:
    ours, theirs = values.ours, values.theirs
    to_keras, to_torch = theirs.argsort(axis=None)[ours], ours.argsort(axis=None)[theirs]
    return Layout(
        "torch's own places",
        lambda x: x.reshape(theirs.shape).ravel()[to_keras],
        lambda x: x.reshape(ours.shape).ravel()[to_torch],
    )


def _are_apart(values: Array) -> bool:
    """Is no value here twice, and each a number?"""
    return bool(np.isfinite(values).all()) and len(np.unique(values)) == values.size
