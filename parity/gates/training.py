"""Gate `training`: in training mode layers move the same statistics, and draw alike.

Each segment is run by itself in training mode on Keras's own input, with two seeds. What neither
moves nor draws, and agrees, was compared at inference.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from parity.errors import ModelError
from parity.gates import random_layers, random_segments, segment_values
from parity.gates.running_statistics import Statistics
from parity.gates.segment import Segment, Trained
from parity.gates.segment_values import SegmentValues
from parity.mapping import activation_layouts
from parity.mapping import plan as planning
from parity.mapping.flow import outside
from parity.mapping.likeness import keras_operations, torch_operations
from parity.mapping.plan import Plan
from parity.mapping.rules.operations import KERAS
from parity.mapping.segments import RANDOM
from parity.numerics import judging, noise
from parity.numerics.difference import largest
from parity.numerics.judging import counted
from parity.records.comparison import (
    Array,
    GateResult,
    LayerCheck,
    Ledger,
    Match,
    Measured,
    Step,
    Verdict,
    worst,
)
from parity.records.interventions import Change
from parity.sides.calls import TwoSides, ask
from parity.sides.verbs import Models, Walks
from parity.sides.walking import in_training

SEEDS = (1, 2)
TRAINING = RANDOM | {"batch_norm"}  # operations that are others in training
ITERATED = (
    "not compared: in training both sides divide by a largest singular value that each guesses "
    "from a vector of its own"
)
VECTOR = "vector_u"  # parity.semantics.SpectralNormalization's; `transfer` moves none
TOLERANCE = 1e-5  # of statistics under two seeds: what draws moves them by far more

Figures = tuple[Measured, ...]


@dataclass(frozen=True)
class Exercised:
    """A segment that is another in training than at inference."""

    met: SegmentValues
    layer: Step  # Keras's, of the segment, that trains
    figures: Figures
    under: Callable[[tuple[Change, ...]], Figures]  # the same, under changes of the torch side
    drawing: str = ""  # the side that draws where the other does not: "keras" or "torch"
    unanswered: tuple[str, ...] = ()  # what is compared with nothing, and why
    moves: bool = False  # do statistics move here, or may they?


def gather(
    plan: Plan, sides: TwoSides, ledger: Ledger, differing: set[str]
) -> Iterator[tuple[Match, Exercised | None]]:
    """Exercise every segment of a plan that was drawn up in training mode; None for one in which
    training is inference.

    ledger: of the weights; differing: the Keras layers that differ by themselves at inference,
    whose outputs cannot agree in training.
    """
    key = planning.key(plan.pair, "float32")
    for met in segment_values.along(plan, sides, dict(plan.fits)):
        is_differing = met.match.keras.name in differing
        try:
            isolated = met.evidence["float64"].isolated
            core = met if isolated is not None and isolated.size else _core(met)
            found = (
                _apart(met, ITERATED)
                if _both_compute_weights(met)
                else _Exercise(sides, key, core, ledger, is_differing).found()
            )
        except ModelError as error:
            found = _not_exercised(met, str(error))
        yield met.match, found


class _Exercise:
    def __init__(
        self, sides: TwoSides, key: str, met: SegmentValues, ledger: Ledger, is_differing: bool
    ) -> None:
        self._sides, self._key, self._met = sides, key, met
        self._is_differing = is_differing
        self._segment = Segment(sides, in_training(key), met)
        self._statistics = Statistics(self._segment, ledger, self._held, SEEDS[0])
        self._ours = [self._segment.keras(seed) for seed in SEEDS]

    def found(self) -> Exercised | None:
        """None where training is inference here."""
        theirs = self._theirs(())
        drawing = _draw(self._ours), _draw(theirs)
        moved = self._ours[0].moved or theirs[0].moved
        figures = self._figures(theirs, ())
        if not (moved or any(drawing) or (_differ(figures) and self._trains())):
            return None
        unanswered = self._statistics.unanswered(self._ours[0], theirs[0])
        if not (figures or unanswered):
            return None
        one_sided = "keras" if drawing[0] else "torch"
        return Exercised(
            self._met,
            self._layer(drawing[0]),
            figures,
            lambda changes: self._figures(self._theirs(changes), changes),
            one_sided if drawing[0] != drawing[1] else "",
            unanswered,
            bool(moved),
        )

    def _held(self, names: list[str]) -> dict[str, Array]:
        return self._sides.keras.call(Models.weights, self._key, names)

    def _theirs(self, changes: tuple[Change, ...]) -> list[Trained]:
        return [self._segment.torch(seed, changes=changes) for seed in SEEDS]

    def _figures(self, theirs: list[Trained], changes: tuple[Change, ...]) -> Figures:
        drawing = _draw(self._ours), _draw(theirs)
        moved: list[Measured] = []
        if not (_wander(self._ours) or _wander(theirs)):
            moved = self._statistics.compared(self._ours[0], theirs[0])
        return (*self._outputs(drawing, theirs[0], changes), *moved)

    def _outputs(
        self, drawing: tuple[bool, bool], theirs: Trained, changes: tuple[Change, ...]
    ) -> Figures:
        segment = self._segment
        if drawing[0] != drawing[1]:
            flags = np.array([drawing[:1], drawing[1:]], float)
            return (segment.measured("whether it draws", flags[0], flags[1], 0.0),)
        if drawing[0] and _only_draws(self._met):
            return random_layers.of_layer(segment, changes)
        if self._is_differing:
            return ()
        if drawing[0]:
            return random_segments.of_segment(segment, changes)
        level = self._met.evidence["float64"].isolated_noise
        return (segment.measured("output", self._ours[0].output, theirs.output, level),)

    def _trains(self) -> bool:
        """Does a side give another output at inference?"""
        met, key = self._met, self._key
        ours, theirs = ([s.name for s in x] for x in (met.match.keras_steps, met.match.torch))
        try:
            keras, torch = self._sides.each(
                ask(Walks.alone, key, ours, met.given, ours[-1], "float64"),
                ask(Walks.alone, key, theirs, met.feeds["float64"], theirs[-1], "float64"),
            )
        except ModelError:  # at inference there are other steps
            return True
        trained = self._ours[0].output, self._theirs(())[0].output
        return _is_other(keras, trained[0]) or _is_other(
            activation_layouts.to_keras(met.layout, torch), trained[1]
        )

    def _layer(self, draws: bool) -> Step:
        """The Keras layer that this is about: of several, that which has statistics, or draws."""
        moved = set(self._ours[0].moved)
        for step in self._met.match.keras_steps:
            if moved & {v.name for v in step.variables}:
                return step
            if draws and KERAS.get(step.kind) in RANDOM:
                return step
        return self._met.match.keras


def _core(met: SegmentValues) -> SegmentValues:
    """Of a segment that does not run alone, the torch steps up to the last that draws, where Keras
    does nothing else. What stands behind them, as lengths of packed sequences, was compared at
    inference together with the layers that take it."""
    steps = met.match.torch
    drawing = [n for n, step in enumerate(steps) if RANDOM & torch_operations(step.kind)]
    if not drawing or not _only_draws(met):
        return met
    kept = steps[: drawing[-1] + 1]
    taken = outside(kept)
    feeds = {d: {n: x for n, x in feed.items() if n in taken} for d, feed in met.feeds.items()}
    return replace(met, match=replace(met.match, torch=kept), feeds=feeds, layout=met.before)


def _only_draws(met: SegmentValues) -> bool:
    """Are there but layers that draw, on Keras's side?"""
    return all(KERAS.get(step.kind) in RANDOM for step in met.match.keras_steps)


def _not_exercised(met: SegmentValues, why: str) -> Exercised | None:
    """Of a segment that does not run by itself; None if nothing in it trains."""
    ours = (keras_operations(step) for step in met.match.keras_steps)
    theirs = (torch_operations(step.kind) for step in met.match.torch)
    every = [TRAINING & operations for operations in (*ours, *theirs)]
    if not any(every):
        return None
    moves = any("batch_norm" in operations for operations in every)
    return _apart(met, f"not compared, as it does not run alone: {why}", moves)


def _apart(met: SegmentValues, why: str, moves: bool = True) -> Exercised:
    return Exercised(met, met.match.keras, (), lambda changes: (), "", (why,), moves)


def _both_compute_weights(met: SegmentValues) -> bool:
    return all(
        any(v.kind == "part" or v.role == VECTOR for step in steps for v in step.variables)
        for steps in (met.match.keras_steps, met.match.torch)
    )


def _draw(runs: list[Trained]) -> bool:
    """Does another seed give another output?"""
    return _is_other(runs[0].output, runs[1].output)


def _is_other(one: Array, other: Array) -> bool:
    """Apart by more than float32 rounds."""
    return largest(one, other) > noise.LIMIT * noise.level(one, one)


def _wander(runs: list[Trained]) -> bool:
    """Do the statistics move at random?"""
    first, other = (run.moved for run in runs)
    return first.keys() != other.keys() or any(
        not np.allclose(first[name], other[name], TOLERANCE, TOLERANCE) for name in first
    )


def _differ(figures: Figures) -> bool:
    return any(noise.ratio(largest(f.keras, f.torch), f.noise) > noise.LIMIT for f in figures)


ALIKE = "no layer acts differently in training mode"
SHOWN = 4  # figures of a line that are written out


def judge(
    checks: Sequence[LayerCheck], note: str = "", told: Sequence[LayerCheck] = ()
) -> GateResult:
    """One line a layer that is another in training; none where there is no such layer.

    note: what is to be said of the pass as a whole; told: lines of what is no part of a pass.
    """
    verdict: Verdict = worst(check.verdict for check in checks) if checks else "pass"
    first = next((check for check in checks if check.verdict == "differ"), None)
    if first is not None:
        found = f"first: {first.keras} against {first.torch}"
    else:
        found = f"{counted(len(checks), 'layer')} compared in training mode" if checks else ALIKE
    penalties = f"{len(told)} of the training loop's to add" if told else ""
    notes = "; ".join(filter(None, [found, note, penalties]))
    return GateResult("training", verdict, (*checks, *told), note=notes)


def broken(why: str) -> GateResult:
    """A training pass that could not be compared."""
    line = LayerCheck("", "", "incomplete", note=why)
    return GateResult("training", "incomplete", (line,), note="the training pass broke off")


def line(
    keras: str, torch: str, figures: Sequence[Measured], unanswered: Sequence[str] = ()
) -> LayerCheck:
    """The figure that lies furthest apart; what was compared, or what differs.

    unanswered: what was compared with nothing, and why.
    """
    lines = [judging.line(figure) for figure in figures]
    apart = [place for place, one in enumerate(lines) if one.verdict == "differ"]
    furthest = max(lines, key=lambda one: one.noise_ratio or 0.0, default=None)
    verdict: Verdict = "differ" if apart else "incomplete" if unanswered or not lines else "pass"
    notes = [_told(figures[place], lines[place]) for place in apart]
    notes = notes or [figure.note for figure in figures]
    notes += unanswered
    return LayerCheck(
        keras,
        torch,
        verdict,
        max_abs=furthest.max_abs if furthest else None,
        noise_ratio=furthest.noise_ratio if furthest else None,
        note="; ".join(notes),
    )


def _told(figure: Measured, line: LayerCheck) -> str:
    if max(figure.keras.size, figure.torch.size) <= SHOWN + 1:
        return f"{figure.note}: Keras {_written(figure.keras)}, torch {_written(figure.torch)}"
    return f"{figure.note}: {line.max_abs:.1e} apart"


def _written(values: Array) -> str:
    told = ", ".join(f"{value:.4g}" for value in values.ravel()[:SHOWN])
    return told if values.size <= SHOWN else f"{told}, ..."
