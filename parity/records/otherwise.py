"""What a port's training does otherwise in a diagnosis. Records alone; no framework here."""

from dataclasses import dataclass, field
from typing import Any, Literal

from parity.records.comparison import Array, Setting

Mode = Literal["", "training", "evaluation"]


@dataclass(frozen=True)
class Remade:
    """How a port's optimizers are made otherwise.

    settings: what is as in Keras; kind: a class of parity.semantics, or "torch.optim.AdamW", "" for
    the port's own; added: parameters that none of them moves, which one of them then does;
    undecayed: parameters that do not decay; is_rounded: all settings but learning rates are rounded
    to float32; of: the places of the groups whose optimizers are of that kind, () for all.
    """

    settings: tuple[Setting, ...] = ()
    kind: str = ""
    added: tuple[str, ...] = ()
    undecayed: tuple[str, ...] = ()
    is_rounded: bool = False
    of: tuple[int, ...] = ()


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
class Written:
    """A number that a port's own code computes its loss with.

    function: that is given it, as "mul"; where: a line of the port's; first: the place of the first
    of the numbers that is the same object, as a variable is wherever it is used.
    """

    value: float
    function: str
    where: str = ""
    first: int = 0


UNWEIGHTED = "without weight and pos_weight"  # as an operation of a loss may be


@dataclass(frozen=True)
class Operation:
    """A call of a function in a port's loss, and one thing that may be done in its place.

    given: besides tensors.
    """

    function: str
    otherwise: str
    given: str = ""
    where: str = ""


@dataclass(frozen=True)
class Otherwise:
    """prediction, target: a function of parity/sides/reckoned.py, and its settings, ahead of the
                    loss
    weighed         the loss is the mean of those of single samples, each times its weight
    losses          what functions of torch's own that are losses take or give otherwise: they are
                    reduced to a "mean", or a "sum"; take "whole" labels; or, where they activate
                    what they take, what stands ahead of an activation, "unactivated"
    is_unclipped    the port's own code clips nothing
    term            what is added up to the loss: the n-th is so many times as large
    numbers         that the loss is computed with: those at some places are another, and those at
                    others what is left of it to 1
    operations      that the loss is computed by: what stands at some places is done otherwise
    rates           of learning, of steps 1, 2, ...
    constraints     a parameter, Keras's constraint, and its settings, axes as torch's dimensions
    clipping        of gradients, ahead of an optimizer's step
    accumulated     optimizers make a step every so many batches alone, of their gradients' sum
                    times a factor
    has_gradient    parameters that are given gradients, or none
    is_attached     nothing is cut out of the graph while the module runs
    is_joined       nor while the port's own step does
    is_sparse       the gradient of an embedding keeps every occurrence of a row apart
    complete        a batch for which no optimizer makes a step has one, with gradients so clipped
    is_clear        gradients are zero before each step
    is_kept         gradients that are set to zero between their pass and a step stay as they were
    is_exact        torch's clip_grad_norm_ divides by the norm, and adds nothing to it
    is_full         nothing is computed in a low precision by torch.autocast
    is_unhooked     no hook changes the gradient of a parameter
    is_rated        what is kept of a dropout is scaled as Keras's rate has it
    mode            the module stays in training, or in evaluation mode
    """

    prediction: tuple[str, dict[str, Any]] | None = None
    target: tuple[str, dict[str, Any]] | None = None
    weighed: Array | None = field(default=None, repr=False)
    losses: str = ""
    is_unclipped: bool = False
    term: tuple[int, float] | None = None
    numbers: tuple[tuple[int, ...], float, tuple[int, ...]] | None = None
    operations: tuple[int, ...] = ()
    rates: tuple[float, ...] = ()
    constraints: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    clipping: Clipping | None = None
    accumulated: tuple[int, float] | None = None
    has_gradient: tuple[tuple[str, bool], ...] = ()
    is_attached: bool = False
    is_joined: bool = False
    is_sparse: bool = False
    complete: Clipping | None = None
    is_clear: bool = False
    is_kept: bool = False
    is_exact: bool = False
    is_full: bool = False
    is_unhooked: bool = False
    is_rated: bool = False
    mode: Mode = ""


AS_IT_IS = Otherwise()
