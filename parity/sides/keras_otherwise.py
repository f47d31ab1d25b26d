"""Keras's loss with one thing done otherwise, as ports do it by mistake.

It is computed of what the model returns, in no graph. Where such a loss is the port's
own number, that one thing is what the port does.
"""

import contextlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.losses.loss import reduce_weighted_values
from keras.src.losses.losses import LossFunctionWrapper

from parity.records.interventions import AS_KERAS, LossOtherwise
from parity.sides.keras_draws import in_mode

SMOOTHINGS = (0.0, 0.05, 0.1, 0.2)  # as people choose them
USUAL = (
    0.0,
    0.01,
    0.05,
    0.1,
    0.2,
    0.25,
    0.3,
    0.5,
    0.7,
    0.75,
    1.0,
    1.5,
    2.0,
    3.0,
    5.0,
    10.0,
)  # of others
OTHERS = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")  # of numbers
MOST_ORDERED = 4  # classes whose weights are tried in each order
SPARSE = "sparse_categorical_crossentropy"
DISTANCES = {*OTHERS, "mean_squared_logarithmic_error"}


@dataclass(frozen=True)
class Term:
    """One loss: of one output, as arrays that no activation is found behind."""

    name: str  # the output's, "" where there is one
    loss: Any
    share: float  # its weight among the losses
    target: Any
    output: Any  # as Keras's loss gets it
    weights: Any  # of samples, or None

    @property
    def kwargs(self) -> dict[str, Any]:
        return dict(self.loss._fn_kwargs) if isinstance(self.loss, LossFunctionWrapper) else {}

    @property
    def settings(self) -> dict[str, float]:
        """The numbers that the loss was told, or takes by itself."""
        if not isinstance(self.loss, LossFunctionWrapper):
            return {}
        return {name: self.kwargs.get(name, default) for name, default in _defaults(self).items()}

    @property
    def plain(self) -> Any:
        """The output without what Keras remembers of its activation."""
        return ops.convert_to_tensor(ops.convert_to_numpy(self.output))

    def value(
        self,
        loss: Callable[[Any, Any], Any] | None = None,
        target: Any = None,
        output: Any = None,
        weights: Any = AS_KERAS,
        reduction: str = "",
    ) -> float:
        """The loss, reduced and weighed; what is not given is as Keras has it."""
        values = (loss or self.loss.call)(
            self.target if target is None else target, self.output if output is None else output
        )
        reduced = reduce_weighted_values(
            values,
            sample_weight=self.weights if weights is AS_KERAS else weights,
            reduction=reduction or self.loss.reduction,
            dtype=self.loss.dtype,
        )
        return self.share * float(ops.convert_to_numpy(ops.sum(reduced)))


def losses(
    model: Any, inputs: Any, target: Any, weights: Any, training: bool = False
) -> dict[LossOtherwise, float]:
    """Of a compiled model, in each of these ways; of `AS_KERAS` as it is."""
    outputs = model(inputs, **in_mode(model, training))
    model._compile_loss(target, outputs, weights)  # which finds the loss of each output
    terms = list(_terms(model, target, outputs, weights))
    penalties = float(sum(ops.convert_to_numpy(x) for x in model.losses))
    own = [term.value() for term in terms]
    found = {LossOtherwise(AS_KERAS): sum(own) + penalties}
    for place, term in enumerate(terms):
        rest = sum(own) - own[place] + penalties
        for way, value in _ways(term):
            found.setdefault(way, value + rest)
    for way, value in _of_shares(terms, own):
        found.setdefault(way, value + penalties)
    for way, value in _of_penalties(model, penalties):
        found[way] = sum(own) + value
    for way, value in _of_added(model, len(terms[0].target)):
        found[way] = sum(own) + penalties + value
    return {way: value for way, value in found.items() if np.isfinite(value)}


def averages_narrowly(model: Any, inputs: Any, target: Any, weights: Any) -> bool:
    """Of a compiled model in float64: are there losses whose values for the samples, as they are
    ahead of weights and reduction, are float32 numbers?"""
    outputs = model(inputs, **in_mode(model, False))
    model._compile_loss(target, outputs, weights)  # which finds the loss of each output
    for term in _terms(model, target, outputs, weights):
        values = ops.convert_to_numpy(term.loss.call(term.target, term.output))
        if values.any() and np.array_equal(values.astype(np.float32), values):
            return True
    return False


def _terms(model: Any, target: Any, outputs: Any, weights: Any) -> Iterator[Term]:
    flat = model._compile_loss._flat_losses
    for path, loss, share, name in flat:
        of_path = [_at(path, x) for x in (target, outputs)]
        own = _at(path, weights) if keras.tree.is_nested(weights) else weights
        target_of, output = (
            x if x is of_path[1] else ops.convert_to_tensor(x, dtype=loss.dtype) for x in of_path
        )
        yield Term(
            str(name or "") if len(flat) > 1 else "",
            loss,
            1.0 if share is None else float(share),
            target_of,
            output,
            own,
        )


def _at(path: Any, tree: Any) -> Any:
    for name in path:
        tree = tree[name]
    return tree


def _ways(term: Term) -> Iterator[tuple[LossOtherwise, float]]:
    ways: tuple[Callable[[Term], Iterator[Way]], ...] = (
        *(_weighed, _of_two_classes, _reduced, _broadcast),
        *(_set, _of_numbers, _of_logits, _moved, _replaced),
    )
    for one in ways:
        with contextlib.suppress(Exception):  # of a loss of a person's own, that takes nothing else
            for what, value, found in one(term):
                yield LossOtherwise(what, term.name, value, term.settings.get(what)), found


Way = tuple[str, Any, float]


def _weighed(term: Term) -> Iterator[Way]:
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


def _of_two_classes(term: Term) -> Iterator[Way]:
    """Weights of classes 0 and 1 that weigh smoothed labels, or a term of the loss."""
    if term.weights is None or not _is_binary(term):
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
    plain = _function(term, {"label_smoothing": 0.0})

    def of_terms(target: Any, output: Any) -> Any:
        of_one, of_zero = (plain(make(target), output) for make in (ops.ones_like, ops.zeros_like))
        share = ops.convert_to_tensor(smooth[..., 0])
        return share * (one / zero) * of_one + (1 - share) * of_zero

    yield "pos-weight", None, term.value(of_terms, weights=None)


def _reduced(term: Term) -> Iterator[Way]:
    delta = term.kwargs.get("delta")
    if delta:
        yield "over-delta", delta, term.value() / delta
    for factor in (0.5, 2.0):
        yield "scaled", factor, term.value() * factor
    count = len(term.target)
    each = int(np.prod(term.target.shape)) // count
    for factor in sorted({count, each, count * each} - {1}):
        yield "summed", factor, term.value() * factor


def _broadcast(term: Term) -> Iterator[Way]:
    """Every output against every target."""
    shape = tuple(term.target.shape)
    if len(shape) != 2 or shape[1] != 1 or tuple(term.output.shape) != shape:
        return
    target = ops.repeat(term.target, shape[0], axis=0)
    output = ops.tile(term.plain, (shape[0], 1))
    loss = None
    if _finds_logits(term) and _takes_logits(term):
        loss = _function(term, {"from_logits": True})
        output = ops.tile(_logits(term), (shape[0], 1))
    if term.weights is None:
        yield "broadcast", None, term.value(loss, target, output)
        return
    for weights in (
        ops.tile(ops.reshape(term.weights, (-1,)), (shape[0],)),
        ops.repeat(ops.reshape(term.weights, (-1,)), shape[0], axis=0),
    ):
        yield "broadcast", None, term.value(loss, target, output, weights)


def _set(term: Term) -> Iterator[Way]:
    """A setting of the loss is the default, or another that people choose."""
    for name, own in term.settings.items():
        smoothings = (x for x in (*SMOOTHINGS, 2 * own) if x <= 1)
        values = smoothings if name == "label_smoothing" else (_defaults(term)[name], *USUAL)
        for value in dict.fromkeys(values):
            if value != own:
                yield name, value, term.value(_function(term, {name: value}))


def _defaults(term: Term) -> dict[str, float]:
    """Of the numbers that Keras's function takes beside target and output."""
    return {
        name: p.default
        for name, p in inspect.signature(term.loss.fn).parameters.items()
        if isinstance(p.default, int | float) and not isinstance(p.default, bool) and name != "axis"
    }


def _of_numbers(term: Term) -> Iterator[Way]:
    """Labels that are numbers of classes are smoothed."""
    if getattr(getattr(term.loss, "fn", None), "__name__", "") != SPARSE:
        return
    classes = term.output.shape[-1]

    def of_each(target: Any, output: Any) -> Any:
        each = [term.loss.call(ops.full_like(target, k), output) for k in range(classes)]
        return sum(each) / classes

    for share in SMOOTHINGS[1:]:
        yield "label_smoothing", share, (1 - share) * term.value() + share * term.value(of_each)


def _of_logits(term: Term) -> Iterator[Way]:
    """What is activated already is activated once more."""
    if not _takes_logits(term):
        return
    output = term.plain
    if term.kwargs.get("from_logits"):
        output = ops.sigmoid(output) if _is_binary(term) else ops.softmax(output)
        output = ops.convert_to_tensor(ops.convert_to_numpy(output))
    yield "activated-twice", None, term.value(_function(term, {"from_logits": True}), output=output)


def _moved(term: Term) -> Iterator[Way]:
    for by in (1, -1):
        yield "targets-shifted", by, term.value(target=ops.roll(term.target, by, axis=0))


def _replaced(term: Term) -> Iterator[Way]:
    own = getattr(term.loss, "fn", None)
    if getattr(own, "__name__", "") not in DISTANCES:
        return
    for name in OTHERS:
        other = getattr(keras.losses, name)
        if other is not own:
            yield "replaced", name, term.value(other)


def _of_shares(terms: list[Term], own: list[float]) -> Iterator[tuple[LossOtherwise, float]]:
    """The losses of several outputs are weighed otherwise among each other."""
    if len(terms) < 2:
        return
    plain = [value / term.share for term, value in zip(terms, own, strict=True) if term.share]
    if len(plain) < len(own):
        return
    shares = [term.share for term in terms]
    yield LossOtherwise("shares-lost"), sum(plain)
    yield LossOtherwise("shares-exchanged"), float(np.dot(shares[1:] + shares[:1], plain))
    if len(shares) > 2:
        yield LossOtherwise("shares-exchanged"), float(np.dot(shares[-1:] + shares[:-1], plain))
    for term, value in zip(terms, own, strict=True):
        yield LossOtherwise("share-lost", term.name), sum(own) - value
        yield LossOtherwise("share-one", term.name), sum(own) - value + value / term.share


def _of_penalties(model: Any, penalties: float) -> Iterator[tuple[LossOtherwise, float]]:
    """Where all that is penalised is so alike."""
    held = [(v, v.regularizer) for v in model.trainable_variables]
    kinds = {f"{type(r).__name__} {r.get_config()}": r for _, r in held if r is not None}
    if not penalties or len(kinds) != 1:  # of what a layer gives, too
        return
    (own,) = kinds.values()
    others = sum(_number(own(v.value)) for v, r in held if r is None)
    yield LossOtherwise("penalties-of-all"), penalties + others
    if isinstance(own, keras.regularizers.L2):
        each = [_number(own(v.value)) for v, r in held if r is not None]
        share = _number(own(ops.ones((1,), dtype=model.compute_dtype)))
        yield LossOtherwise("penalties-of-norms"), sum(float(np.sqrt(share * x)) for x in each)


def _of_added(model: Any, samples: int) -> Iterator[tuple[LossOtherwise, float]]:
    """What layers add of what they give, by `add_loss` or for their activity: what is missing."""
    of_weights = sum(v.regularizer is not None for v in model.trainable_variables)
    for place, added in enumerate(model.losses[: len(model.losses) - of_weights], 1):
        value = _number(added)
        yield LossOtherwise("added-lost", value=place), -value
        yield LossOtherwise("added-summed", value=place), (samples - 1) * value


def _number(value: Any) -> float:
    return float(ops.convert_to_numpy(value))


def _function(term: Term, settings: dict[str, Any]) -> Callable[[Any, Any], Any]:
    made: Any = object.__new__(type(term.loss))
    vars(made).update(vars(term.loss))
    made._fn_kwargs = term.kwargs | settings
    call: Callable[[Any, Any], Any] = made.call
    return call


def _is_binary(term: Term) -> bool:
    return "binary" in getattr(getattr(term.loss, "fn", None), "__name__", "")


def _logits(term: Term) -> Any:
    return ops.convert_to_tensor(ops.convert_to_numpy(term.output._keras_logits))


def _takes_logits(term: Term) -> bool:
    """Can it be told that it is given logits? Not every loss of a person's own can."""
    return "from_logits" in inspect.signature(getattr(term.loss, "fn", len)).parameters


def _finds_logits(term: Term) -> bool:
    return hasattr(term.output, "_keras_logits")
