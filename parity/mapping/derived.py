"""Layers of a person's own class that comes from one of Keras's and holds the same weights, as a
convolution that standardises its kernel: they go where those of Keras's own class go."""

from dataclasses import replace

from parity.mapping.rules import registry
from parity.records.comparison import Step, Trace

MATRIX = {"kernel", "bias"}
ROLES = {
    **dict.fromkeys(("Dense", "EinsumDense"), MATRIX),
    **dict.fromkeys((f"Conv{n}D" for n in (1, 2, 3)), MATRIX),
    **dict.fromkeys((f"Conv{n}DTranspose" for n in (1, 2, 3)), MATRIX),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), MATRIX),
    "Embedding": {"embeddings"},
}


def known(keras: Trace) -> Trace:
    """The trace in which such layers have Keras's own class, where no rule is for theirs."""
    return replace(keras, steps=tuple(map(_known, keras.steps)))


def _known(step: Step) -> Step:
    weights = [v for v in step.variables if v.kind == "weight"]
    is_plain = bool(weights) and {v.role for v in weights} <= ROLES.get(step.base, set())
    # A square matrix of a person's own may be held either way round.
    is_open = any(len(v.shape) == 2 and v.shape[0] == v.shape[1] for v in weights)
    is_mapped = is_plain and not is_open and step.kind not in registry.RULES
    return replace(step, kind=step.base) if is_mapped else step
