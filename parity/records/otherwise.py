"""What a port's training does otherwise in a diagnosis. Records alone; no framework here."""

from dataclasses import dataclass, field
from typing import Any

from parity.records.comparison import Array, Setting


@dataclass(frozen=True)
class Remade:
    """How a port's optimizers are made otherwise.

    settings: what is as in Keras; kind: a class of parity.semantics, or "torch.optim.AdamW", "" for
    the port's own; added: parameters that none of them moves, which one of them then does;
    undecayed: parameters that do not decay.
    """

    settings: tuple[Setting, ...] = ()
    kind: str = ""
    added: tuple[str, ...] = ()
    undecayed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clipping:
    """What is done to gradients in front of an optimizer's step, in the place of what a port does.

    how: "clipnorm", "global_clipnorm" or "clipvalue", as Keras's optimizers have them, "" for
    nothing; groups: the parameters whose gradients are one in Keras, as both biases of a GRU.
    """

    how: str = ""
    limit: float = 0.0
    groups: tuple[tuple[str, ...], ...] = ()


NOT_CLIPPED = Clipping()


@dataclass(frozen=True)
class Otherwise:
    """prediction, target: a function of parity/sides/reckoned.py, and its settings, ahead of the
                    loss
    weighed         the loss is the mean of those of single samples, each times its weight
    losses          what functions of torch's own that are losses take or give otherwise: they are
                    reduced to a "mean", or a "sum"; take "whole" labels; or, where they activate
                    what they take, what stands ahead of an activation, "unactivated"
    term            what is added up to the loss: the n-th is so many times as large
    rates           of learning, of steps 1, 2, ...
    constraints     a parameter, Keras's constraint, and its settings, axes as torch's dimensions
    clipping        of gradients, ahead of an optimizer's step
    accumulated     optimizers make a step every so many batches alone, of their gradients' sum
                    times a factor
    has_gradient    parameters that are given gradients, or none
    is_attached     nothing is cut out of the graph while the module runs
    is_sparse       the gradient of an embedding keeps every occurrence of a row apart
    complete        a batch for which no optimizer makes a step has one, with gradients so clipped
    is_clear        gradients are zero before each step
    is_training     the module stays in training mode
    """

    prediction: tuple[str, dict[str, Any]] | None = None
    target: tuple[str, dict[str, Any]] | None = None
    weighed: Array | None = field(default=None, repr=False)
    losses: str = ""
    term: tuple[int, float] | None = None
    rates: tuple[float, ...] = ()
    constraints: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    clipping: Clipping | None = None
    accumulated: tuple[int, float] | None = None
    has_gradient: tuple[tuple[str, bool], ...] = ()
    is_attached: bool = False
    is_sparse: bool = False
    complete: Clipping | None = None
    is_clear: bool = False
    is_training: bool = False


AS_IT_IS = Otherwise()
