"""A Keras loss whose samples are weighed otherwise than by their own weights."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np
from keras import ops

from parity.sides.keras_terms import Term, Way, is_binary, told

MOST_ORDERED = 4  # classes whose weights are tried in each order


def weighed(term: Term) -> Iterator[Way]:
    """Weights that are lost, put in twice, divided by, or of other samples or classes."""
    if term.weights is None:
        return
    w = ops.convert_to_numpy(term.weights)
    yield "weights-lost", None, term.value(weights=None)
    yield "weights-normalised", None, term.value(reduction="mean_with_sample_weight")
    yield "weights-squared", None, term.value(weights=ops.convert_to_tensor(w**2))
    if w.ndim == 1:
        yield "weights-broadcast", None, term.value(weights=None) * float(w.mean())
    if len(np.unique(w)) == 2:
        turned = ops.convert_to_tensor(w.min() + w.max() - w)
        yield "weights-exchanged", None, term.value(weights=turned)
    for order, found in _of_classes(term):
        yield "weights-reordered", order, term.value(weights=found)


def _of_classes(term: Term) -> Iterator[tuple[str, Any]]:
    """Weights of more than two classes, all of which are there, stand in another order."""
    target, w = (ops.convert_to_numpy(x) for x in (term.target, term.weights))
    classes = term.output.shape[-1]
    labels = target.argmax(-1) if target.shape[-1] == classes else target.astype(int)
    labels = labels.reshape(w.shape)
    each = [np.unique(w[labels == number]) for number in range(classes)]
    if classes < 3 or [len(x) for x in each] != [1] * classes:
        return
    own = np.concatenate(each)
    orders = [np.roll(own, 1), np.roll(own, -1), own[::-1]]
    if classes <= MOST_ORDERED:
        orders += [np.array(x) for x in permutations(own)]
    for order in orders:
        if not np.array_equal(order, own):
            told = ", ".join(f"{x:g}" for x in order)
            yield told, ops.convert_to_tensor(order[labels].astype(w.dtype))


def of_two_classes(term: Term) -> Iterator[Way]:
    """Weights of classes 0 and 1 that weigh smoothed labels, or a term of the loss."""
    if term.weights is None or not is_binary(term):
        return
    target = ops.convert_to_numpy(term.target)
    w = ops.convert_to_numpy(term.weights).reshape(target.shape)
    each = [np.unique(w[target == number]) for number in (0, 1)]
    if not np.isin(target, (0, 1)).all() or [len(x) for x in each] != [1, 1]:
        return
    (zero,), (one,) = each
    smoothing = float(term.kwargs.get("label_smoothing", 0.0))
    smooth = target * (1 - smoothing) + smoothing / 2
    if smoothing:
        weights = ops.convert_to_tensor((zero + (one - zero) * smooth)[..., 0])
        yield "weights-smoothed", None, term.value(weights=weights)
    plain = told(term, {"label_smoothing": 0.0})

    def of_terms(target: Any, output: Any) -> Any:
        of_one, of_zero = (plain(make(target), output) for make in (ops.ones_like, ops.zeros_like))
        share = ops.convert_to_tensor(smooth[..., 0])
        return share * (one / zero) * of_one + (1 - share) * of_zero

    yield "pos-weight", None, term.value(of_terms, weights=None)
