"""A pair that a training is given of, made ready for whole trainings and for lock-step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity.checking import logits, models, own_samples, run, training_gates
from parity.checking.options import Options
from parity.checking.probe import IMAGES, Probe
from parity.errors import ModelError
from parity.mapping.plan import DTYPES, Plan, key
from parity.records.comparison import Array, Report
from parity.records.pair import Pair, Task
from parity.records.training import Session
from parity.sides.process import Sides
from parity.sides.training_verbs import Training
from parity.train.data.dataset import Dataset
from parity.train.session import session

FUNCTION = ("structure", "weights", "output", "forward")  # the gates that say how values stand


@dataclass(frozen=True)
class Prepared:
    """plan: of the pair with its task. loss: what it is called."""

    plan: Plan
    report: Report
    shared: Session
    loss: str


def prepare(
    pair: Pair, sides: Sides, data: Dataset, options: Options, provenance: dict[str, Any]
) -> Prepared:
    """Run the chosen gates, and compile both models in both dtypes.

    Raises ModelError where they cannot be trained alike.
    """
    numbers = data.train_images
    samples = Probe(numbers[:IMAGES], numbers[:IMAGES], numbers, numbers)
    pair, options, _ = run.with_samples(pair, sides, options, None)
    plan = models.draw_up(pair, sides, options)
    report, plan = run.gates(plan, sides, options, samples, provenance)
    why = training_gates.obstacle(plan)
    if why:
        raise ModelError(f"{pair.name} cannot be trained alike: {why}; `parity check` says more")
    own = replace(own_samples.of(plan, sides, options), order=_order(plan))
    shared = session(plan, sides, options.seed, own)
    task = _task(plan, own.keras.target)
    shared = replace(shared, task=task)
    pair = replace(pair, recipe=replace(pair.trained, task=task))
    for dtype in DTYPES:
        sides.both(Training.feed, key(pair, dtype), numbers, numbers)
        sides.both(Training.compile, key(pair, dtype), shared)
    loss = sides.keras.call(Training.loss_name, key(pair, "float32"))
    return Prepared(replace(plan, pair=pair), report, shared, loss)


def _order(plan: Plan) -> Array | None:
    """Of the values of the first output: torch's n-th is Keras's order[n]; None where alike."""
    name = plan.keras.results[0]
    shape = next((step.shape[1:] for step in plan.keras.steps if step.name == name), ())
    numbers = np.arange(np.prod(shape, dtype=int)).reshape(1, *shape)
    if name not in plan.layouts:
        return None
    moved = plan.layouts[name].to_torch(numbers)
    return None if np.array_equal(moved, numbers) else moved.reshape(-1)


def _task(plan: Plan, target: Any) -> Task | None:
    """What is right of one output: a class of several, or values on the same side of 0.5 behind a
    sigmoid; None where there is no telling."""
    steps = {step.name: step for step in plan.keras.steps}
    if not isinstance(target, np.ndarray) or len(plan.keras.results) != 1:
        return None
    last = steps.get(plan.keras.results[0])
    if last is None:
        return None
    if len(last.shape) == 2 and last.shape[1] > 1 and _are_classes(target, last.shape):
        return "classify"
    is_whole = target[0].size == np.prod(last.shape[1:], dtype=int)
    is_share = bool((target >= 0).all() and (target <= 1).all())
    is_sigmoid = logits.activation(last) == "sigmoid"
    return "reconstruct" if is_whole and is_share and is_sigmoid else None


def _are_classes(target: Array, shape: Sequence[int]) -> bool:
    """Of each sample the number of its class, or one-hot rows."""
    if target.size == len(target):
        is_whole = bool((target == np.floor(target)).all())
        return is_whole and bool((target >= 0).all() and (target < shape[1]).all())
    is_hot = target.ndim == 2 and target.shape[1] == shape[1]
    return is_hot and bool(np.isin(target, (0, 1)).all() and (target.sum(axis=1) == 1).all())
