"""Record what a Keras model gives, so that ports can be checked against it where no Keras is.

The port that it is recorded with is checked as ever; Keras is asked, further, what the check of
another port would come to ask: what it gives on every draw, and every layer on each of them.
"""

from dataclasses import replace
from itertools import accumulate
from math import isfinite, prod
from typing import Any

import numpy as np

from parity.checking import agreeing, draws, forward, low_runs, models, output, run
from parity.checking.draws import Draw
from parity.checking.options import SECONDS, Options
from parity.checking.probe import Probe
from parity.checking.run import Progress, silent
from parity.errors import ModelError
from parity.mapping import ledger, moved_values, overrides
from parity.mapping.flow import outside
from parity.mapping.plan import Plan, key
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Report, Trace
from parity.records.own_training import SETTLED, Training
from parity.records.pair import Pair
from parity.records.reference import TRAINING, About, Reference
from parity.records.trees import mapped
from parity.sides.calls import TwoSides
from parity.sides.recording import LAYERS, Recording
from parity.sides.verbs import InKeras, InTorch, Models, Walks

MOST = 128 * 2**20  # bytes of arrays, where not all is asked for
RETURNED = ("output",)
SAMPLES = ("x", "y", "sample_weight")
BYTES = 4 + 8  # of a value in both types


def record(
    pair: Pair,
    sides: TwoSides,
    options: Options,
    most: float = MOST,
    samples: Probe | None = None,
    provenance: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> tuple[Report, Reference | None]:
    """Check a pair, and hold what Keras gave: nothing where the two return something else.

    most: bytes of arrays; math.inf for all there are.

    Raises ModelError where a model cannot be found or run, and TransferError where weights have no
    place.
    """
    recording = Recording(sides.keras, pair.keras, most)
    both = sides.with_keras(recording)
    both.keras.call(Models.describe)  # for the provenance of later checks
    pair, options, samples = run.with_samples(pair, both, options, samples)
    training = pair.recipe.training if pair.recipe else None
    if training is not None:
        recording.keep(TRAINING, _settled(training))
    try:
        plan = models.draw_up(pair, both, options, samples)
        differing = _differing(plan, sides, options, samples, provenance, progress)
        if differing is not None:
            return differing, None
        ours = both.keras.call(Models.weights, key(pair, "float32"))
        with models.probing_weights(pair, both, options):
            plan, _ = agreeing.plan(plan, both, options, samples, UNLIMITED)
            weights = ledger.to_torch(plan.ledger, ours)
            state = both.torch.call(InTorch.filled, key(pair, "float32"), weights)
            _foresee(plan, both, options, recording, progress)
        _foresee(plan, both, replace(options, is_loaded=True), recording, progress)
        report, _ = run.gates(plan, both, options, samples, provenance, progress)
    finally:
        models.close(pair, both)
    left_out = {name: size for name, size in recording.left_out.items() if size}
    about = About(
        pair=pair.name,
        keras=_title(pair),
        backend=recording.backend,
        task=pair.recipe.task if pair.recipe else None,
        seed=options.seed,
        gates=tuple(name for name in options.gates if name not in left_out),
        steps=options.steps,
        shape=options.shape,
        is_given=options.inputs is not None,
        has_weights=bool(options.keras_weights),
        mapping=overrides.as_mapping(options.overrides),
        provenance=provenance or {},
        most=int(most) if isfinite(most) else None,
        left_out=left_out,
        low=options.low,
    )
    shown = dict(vars(samples)) if samples and training is None else {}
    return report, Reference(
        about, recording.entries, recording.arrays, plan.shown.keras, state, shown
    )


def _differing(
    plan: Plan,
    sides: TwoSides,
    options: Options,
    samples: Probe | None,
    provenance: dict[str, Any] | None,
    progress: Progress,
) -> Report | None:
    """The report of a pair that returns something else: as a check has it, in a check's time."""
    given = samples, provenance, progress
    returned, _ = run.gates(plan, sides, replace(options, gates=RETURNED, explain=False), *given)
    if returned.verdict != "differ":
        return None
    return run.gates(plan, sides, options, *given, Budget(SECONDS))[0]


def _settled(training: Training) -> dict[str, Any]:
    """What of a training is the same for all ports. Raises ModelError for what is not recorded."""
    if training.raw is not None:
        raise ModelError("a reference holds no preparations: record it without raw")
    samples = {name: mapped(np.asarray, getattr(training, name)) for name in SAMPLES}
    return {name: samples.get(name, getattr(training, name)) for name in SETTLED}


def _title(pair: Pair) -> str:
    """What the Keras model is called, without the folders of this machine."""
    return pair.name.partition(" and ")[0]


def _foresee(
    plan: Plan, sides: TwoSides, options: Options, recording: Recording, progress: Progress
) -> None:
    """Ask what a check of another port may ask: outputs on every draw, then layers, as far as there
    is room for them."""
    every = list(draws.every(plan, sides, options))
    for draw in every:
        progress(f"what Keras returns on {draw.about}")
        output.foresee(draw, plan, sides)
    if options.low:
        progress(f"what Keras returns in {options.low}")
        low_runs.foresee(plan, sides, options, options.low)
    for draw in every:
        progress(f"what Keras's layers give on {draw.about}")
        with draws.weights_of(draw, plan, sides):
            _layers(draw, plan, sides, recording)
        if draw is every[0]:
            forward.foresee(plan, sides)
    sides.keras.call(InKeras.present, plan.held, plan.shown.keras, False)


def _layers(draw: Draw, plan: Plan, sides: TwoSides, recording: Recording) -> None:
    """What the layers give, the smallest first where there is no room for all."""
    ask = sides.keras.call
    trace = ask(InKeras.present, plan.held, draw.keras, False)
    shapes = _shapes(trace, draw)
    for steps, numbers in moved_values.measurable(trace.steps, shapes):
        names = [step.name for step in steps]
        feeds = dict.fromkeys(outside(tuple(steps)), numbers)
        ask(Walks.alone, plan.held, names, feeds, names[-1], "float64")
    names = _fitting(shapes, recording.room(LAYERS))
    ask(Walks.begin, plan.held, names)
    for name in names:
        ask(Walks.reach, plan.held, [name])


def _shapes(trace: Trace, draw: Draw) -> dict[str, tuple[int, ...]]:
    """Of every value of a pass: inputs, what steps give, and further leaves of it."""
    inputs = (f":{number}" if number else "" for number in range(len(draw.keras)))
    found = {name: array.shape for name, array in zip(inputs, draw.keras.values(), strict=True)}
    taken = dict.fromkeys(name for step in trace.steps for name in step.inputs)
    for step in trace.steps:
        leaves = (name for name in (*taken, *trace.results) if name.startswith(f"{step.name}:"))
        found |= dict.fromkeys((step.name, *leaves), step.shape)
    return found


def _fitting(shapes: dict[str, tuple[int, ...]], room: float) -> list[str]:
    """As many values as there is room for, the smallest first; in the order of the pass."""
    sizes = {name: BYTES * prod(shape) for name, shape in shapes.items()}
    smallest = sorted(sizes, key=lambda name: sizes[name])
    used = accumulate(sizes[name] for name in smallest)
    chosen = {name for name, size in zip(smallest, used, strict=True) if size <= room}
    return [name for name in shapes if name in chosen]
