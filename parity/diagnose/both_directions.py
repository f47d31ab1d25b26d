"""The two halves of a Bidirectional layer, and how a port puts them together."""

from collections.abc import Iterator

from parity.diagnose import reading
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.places import RESHAPES
from parity.diagnose.shapes import JOINS
from parity.records.interventions import Change


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    if reading.layer(case).kind == "Bidirectional":
        yield from _mixed(case)
        yield from _exchanged(case)
        yield from _unturned(case)


def _mixed(case: Case) -> Iterator[Hypothesis]:
    """torch's last states are (directions, samples, units): no view makes samples of them."""
    layers = {step.name for step in reading.of(case, reading.RECURRENT)}
    for step in reading.of(case, RESHAPES):
        owner, _, leaf = step.inputs[0].partition(":")
        if leaf and owner in layers and len(step.shape) == 2:
            yield Hypothesis(
                "rnn-state",
                "the states of both directions are read into samples, though directions come first",
                "y = h.transpose(0, 1).reshape(len(x), -1)",
                (Change(step.name, "input", "permute", {"dims": (1, 0, 2)}),),
            )


def _exchanged(case: Case) -> Iterator[Hypothesis]:
    for step in reading.of(case, JOINS):
        if len(step.inputs) == 2:
            dim = step.settings.get("dim", 0)
            yield Hypothesis(
                "merge-order",
                "Keras joins the half that runs forwards first, the port the other",
                f"torch.cat([forwards, backwards], {dim})",
                (Change(step.name, "call", "concatenate", {"dim": dim, "order": (1, 0)}),),
            )


def _unturned(case: Case) -> Iterator[Hypothesis]:
    """A layer that reads a sequence from its end gives its steps in that order."""
    flips = {step.name for step in reading.of(case, ("flip",))}
    turned = {step.inputs[0] for step in reading.of(case, ("flip",)) if step.inputs}
    for step in reading.of(case, reading.RECURRENT):
        if flips.intersection(step.inputs) and step.name not in turned:
            time = 1 if step.settings.get("batch_first") else 0
            yield Hypothesis(
                "bidirectional-flip",
                f"{step.name} gives its steps from the last one on, Keras turns them back",
                f"y = y[0].flip({time}), y[1]",
                (Change(step.name, "output", "flip", {"dims": (time,)}),),
            )
