"""Keras's loss with one thing done otherwise, as ports do it by mistake.

It is computed of what the model returns, in no graph. Where such a loss is the port's
own number, that one thing is what the port does.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from parity.records.interventions import AS_KERAS, LossOtherwise
from parity.sides import keras_added
from parity.sides.keras_draws import in_mode
from parity.sides.keras_terms import (
    Term,
    Way,
    defaults,
    finds_logits,
    is_binary,
    logits_of,
    takes_logits,
    terms_of,
    told,
)
from parity.sides.keras_weighed import of_two_classes, weighed

SMOOTHINGS = (0.0, 0.05, 0.1, 0.2)  # as people choose them
USUAL = (  # of others
    *(0.0, 0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5),
    *(0.7, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
)
# What stands in another's place, in a loss of a person's own, too.
OTHERS = (
    *("mean_squared_error", "mean_absolute_error", "huber", "log_cosh"),
    *("binary_crossentropy", "kl_divergence", "poisson"),
)
SPARSE = "sparse_categorical_crossentropy"


def losses(
    model: Any, inputs: Any, target: Any, weights: Any, training: bool = False
) -> dict[LossOtherwise, float]:
    """Of a compiled model, in each of these ways; of `AS_KERAS` as it is."""
    outputs = model(inputs, **in_mode(model, training))
    model._compile_loss(target, outputs, weights)  # which finds the loss of each output
    terms = list(terms_of(model, target, outputs, weights))
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


def with_undrawn(
    known: dict[LossOtherwise, float], stepper: Any, shared: Any, batch: Any
) -> dict[LossOtherwise, float]:
    """The loss of a step of a person's own; and with one thing that it draws lost: nothing dropped,
    noise of 0, a share of 0 or of 1, or a part of the loss. known: of the compiled loss, which the
    step may take as it is."""

    def loss() -> float:
        stepper.model.reset_metrics()
        return float(ops.convert_to_numpy(stepper.loss(batch)))

    own = LossOtherwise(AS_KERAS)
    found = {own: loss()}
    if own in known and np.isclose(known[own], found[own]):
        found = known | found
    for which, value in keras_added.lost(loss):
        found[LossOtherwise("term-lost", value=which)] = value
    for layer in shared.layers:
        for value in (0.0, 1.0) if layer.kind == "uniform" else (0.0,):
            shared.idle = {layer.name: value}
            found[LossOtherwise("undrawn", layer.name, value)] = loss()
    shared.idle = {}
    return found


def _ways(term: Term) -> Iterator[tuple[LossOtherwise, float]]:
    ways: tuple[Callable[[Term], Iterator[Way]], ...] = (
        *(weighed, of_two_classes, _reduced, _broadcast),
        *(_set, _of_numbers, _of_logits, _moved, _replaced, _lost),
    )
    for one in ways:
        with contextlib.suppress(Exception):  # of a loss of a person's own, that takes nothing else
            for what, value, found in one(term):
                yield LossOtherwise(what, term.name, value, term.settings.get(what)), found


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
    if finds_logits(term) and takes_logits(term):
        loss = told(term, {"from_logits": True})
        output = ops.tile(logits_of(term), (shape[0], 1))
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
    if term.kwargs.get("ignore_class") is not None:
        yield "nothing-ignored", None, term.value(told(term, {"ignore_class": None}))
    yield "nothing-masked", None, term.value(masked="not")
    yield "masked-undivided", None, term.value(masked="as weights")
    for name, own in term.settings.items():
        smoothings = (x for x in (*SMOOTHINGS, 2 * own) if x <= 1)
        values = smoothings if name == "label_smoothing" else (defaults(term)[name], *USUAL)
        for value in dict.fromkeys(values):
            if value != own:
                yield name, value, term.value(told(term, {name: value}))


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
    if not takes_logits(term):
        return
    output = term.plain
    if term.kwargs.get("from_logits"):
        output = ops.sigmoid(output) if is_binary(term) else ops.softmax(output)
        output = ops.convert_to_tensor(ops.convert_to_numpy(output))
    yield "activated-twice", None, term.value(told(term, {"from_logits": True}), output=output)


def _moved(term: Term) -> Iterator[Way]:
    for by in (1, -1):
        yield "targets-shifted", by, term.value(target=ops.roll(term.target, by, axis=0))


def _replaced(term: Term) -> Iterator[Way]:
    own = getattr(term.loss, "fn", None)
    for name in OTHERS:
        other = getattr(keras.losses, name)
        if other is not own:
            with contextlib.suppress(Exception):  # of targets that are of another kind
                yield "replaced", name, term.value(other)


def _lost(term: Term) -> Iterator[Way]:
    """A part of a loss of a person's own."""
    for which, value in keras_added.lost(term.value, len(term.output.shape)):
        yield "term-lost", which, value


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
