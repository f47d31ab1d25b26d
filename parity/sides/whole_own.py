"""What a person's own model comes to on samples, and what pictures need of it. NumPy alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.numerics import metrics
from parity.records.comparison import Array
from parity.records.training import Session, Tested
from parity.records.trees import leaves

BATCH = 1000
MOST = 20_000  # predicted values that a picture shows


@dataclass(frozen=True)
class Part:
    """Of some samples the one value that a model returns, and the target; None where there are
    several, or none."""

    predicted: Array | None
    wanted: Array | None


def batches(raw: Array) -> list[Array]:
    return np.split(raw, range(BATCH, len(raw), BATCH))


def part(predicted: Any, wanted: Any) -> Part:
    ours, theirs = leaves(predicted), leaves(wanted)
    is_one = len(ours) == 1 and len(theirs) == 1
    return Part(ours[0], np.asarray(theirs[0])) if is_one else Part(None, None)


def figures(
    session: Session,
    raw: Array,
    of: Callable[[Array], Part],
    loss: Callable[[Array, Array], float],
) -> Tested:
    """The loss at inference, a mean over samples as the training has it, and the accuracy.

    of: what the model makes of samples of these numbers; loss: of them, twice.
    """
    mean = sum(loss(some, some) * len(some) for some in batches(raw)) / len(raw)
    if session.task is None:
        return Tested(mean, np.nan, np.nan)
    hits = sum(_accuracy(session, of(some)) * len(some) for some in batches(raw)) / len(raw)
    return Tested(mean, hits, hits)


def _accuracy(session: Session, found: Part) -> float:
    assert session.task is not None
    assert found.predicted is not None
    assert found.wanted is not None
    wanted = found.wanted
    if session.task == "classify":
        is_one_hot = wanted.shape == found.predicted.shape
        wanted = wanted.argmax(axis=1) if is_one_hot else wanted.reshape(-1)
    else:
        wanted = wanted.reshape(found.predicted.shape)
    return metrics.accuracy(session.task, wanted, found.predicted)


def shown(session: Session, raw: Array, of: Callable[[Array], Part]) -> dict[str, Array]:
    """Classifiers: "classes" of all samples. Others that return one value: "predictions" of the
    first samples, (samples, values) in Keras's order."""
    if session.task == "classify":
        every = [of(some).predicted for some in batches(raw)]
        return {"classes": np.concatenate([x.argmax(axis=1) for x in every if x is not None])}
    one = of(raw[:1]).predicted
    if one is None:
        return {}
    few = of(raw[: max(1, MOST // max(1, one.size))]).predicted
    assert few is not None
    return {"predictions": few.reshape(len(few), -1).astype(np.float32)}


def in_order(found: dict[str, Array], order: Array | None) -> dict[str, Array]:
    """torch's predictions in Keras's order. order: torch's n-th value is Keras's order[n]."""
    if order is None or "predictions" not in found:
        return found
    moved = np.empty_like(found["predictions"])
    moved[:, order] = found["predictions"]
    return {"predictions": moved}
