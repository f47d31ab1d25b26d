"""The losses of a compiled Keras model, of each output by itself."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

import keras
import numpy as np
from keras import ops
from keras.src.losses.loss import reduce_weighted_values
from keras.src.losses.losses import LossFunctionWrapper

from parity.records.interventions import AS_KERAS
from parity.sides.keras_draws import in_mode

Way = tuple[str, Any, float]  # what a loss may do otherwise, told by what, and what it then is


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
        return {name: self.kwargs.get(name, default) for name, default in defaults(self).items()}

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
        masked: Literal["as Keras", "not", "as weights"] = "as Keras",
    ) -> float:
        """The loss, reduced and weighed; what is not given is as Keras has it. masked: how what the
        output, or the loss itself, masks is left out; as weights, it is divided by all places."""
        values = (loss or self.loss.call)(
            self.target if target is None else target, self.output if output is None else output
        )
        masks = [getattr(x, "_keras_mask", None) for x in (self.output, values)]
        masks = [ops.cast(x, "bool") for x in masks if x is not None]
        mask = reduce(ops.logical_and, masks) if masks and masked != "not" else None
        if mask is not None and masked == "as weights":
            values, mask = values * ops.cast(mask, values.dtype), None
        reduced = reduce_weighted_values(
            values,
            sample_weight=self.weights if weights is AS_KERAS else weights,
            mask=mask,
            reduction=reduction or self.loss.reduction,
            dtype=self.loss.dtype,
        )
        return self.share * float(ops.convert_to_numpy(ops.sum(reduced)))


def terms_of(model: Any, target: Any, outputs: Any, weights: Any) -> Iterator[Term]:
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


def averages_narrowly(model: Any, inputs: Any, target: Any, weights: Any) -> bool:
    """Of a compiled model in float64: are there losses whose values for the samples, as they are
    ahead of weights and reduction, are float32 numbers?"""
    outputs = model(inputs, **in_mode(model, False))
    model._compile_loss(target, outputs, weights)  # which finds the loss of each output
    for term in terms_of(model, target, outputs, weights):
        values = ops.convert_to_numpy(term.loss.call(term.target, term.output))
        if values.any() and np.array_equal(values.astype(np.float32), values):
            return True
    return False


def told(term: Term, settings: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """The loss for each sample, told these settings."""
    made: Any = object.__new__(type(term.loss))
    vars(made).update(vars(term.loss))
    made._fn_kwargs = term.kwargs | settings
    call: Callable[[Any, Any], Any] = made.call
    return call


def is_binary(term: Term) -> bool:
    return "binary" in getattr(getattr(term.loss, "fn", None), "__name__", "")


def logits_of(term: Term) -> Any:
    return ops.convert_to_tensor(ops.convert_to_numpy(term.output._keras_logits))


def takes_logits(term: Term) -> bool:
    """Can it be told that it is given logits? Not every loss of a person's own can."""
    return "from_logits" in inspect.signature(getattr(term.loss, "fn", len)).parameters


def finds_logits(term: Term) -> bool:
    return hasattr(term.output, "_keras_logits")


def defaults(term: Term) -> dict[str, float]:
    """Of the numbers that Keras's function takes beside target and output."""
    return {
        name: p.default
        for name, p in inspect.signature(term.loss.fn).parameters.items()
        if isinstance(p.default, int | float) and not isinstance(p.default, bool) and name != "axis"
    }
