"""What is answered to a prediction: every choice, right or wrong, explains itself."""

import re

from parity.course.exercises.exercise import Exercise, keras_model
from parity.errors import ParityError, meant
from parity.language import gettext as _

NONE = "none"  # in the place of a layer: no one layer is to blame
NAME = re.compile(r'[(,] ?name="(\w+)"')

# In the order in which they ring.
RINGING = (
    *("data", "structure", "weights", "forward", "output"),
    *("loss", "gradients", "optimizer", "lockstep"),
)


def asks(gate: str) -> str:
    """The question that a gate puts to a port; "" of one that is not known here."""
    questions = {
        "data": _("Do both files make the same inputs and targets of the same images?"),
        "structure": _(
            "Does every layer have a counterpart, with the same output shape and as many weights?"
        ),
        "weights": _("Does the ledger come out even, and does every tensor come back bit for bit?"),
        "forward": _("Given the same weights and inputs, does every layer give the same values?"),
        "output": _(
            "Run whole and plain, on several draws of inputs and weights, do both return the "
            "same? This one decides."
        ),
        "loss": _(
            "Given the same predictions, ordinary and extreme ones, is the loss the same, and "
            "Keras's accuracy?"
        ),
        "gradients": _(
            "One batch in training mode with the same dropout masks and noise: is the gradient of "
            "every weight the same?"
        ),
        "optimizer": _(
            "Ten steps on the same gradients, from tiny to large: are the updates the same, and "
            "the optimizer's running averages, its slots?"
        ),
        "lockstep": _("Some real training steps, one after the other: do the two stay together?"),
    }
    return questions.get(gate, "")


def of_gate(exercise: Exercise, gate: str) -> str:
    """Is it the one that rings first? And if not, why not."""
    if gate == exercise.gate:
        return _("The gate is right.")
    question = asks(gate)
    if RINGING.index(gate) < RINGING.index(exercise.gate):
        told = _("The gate {gate} asks: {question} It finds nothing wrong with this port.")
    else:
        told = _("The gate {gate} asks: {question} But another rings before it.")
    return told.format(gate=gate, question=question)


def of_layer(exercise: Exercise, layer: str) -> str:
    """Is it the one at which that gate rings? layer: "" for none. And if not, why not."""
    if layer == exercise.layer:
        return _("The layer is right.") if layer else _("Right: no one layer is to blame.")
    if not layer:
        return _("There is one layer at which it begins.")
    if not exercise.layer:
        return _("{layer} does nothing wrong: what differs is no matter of one layer.").format(
            layer=layer
        )
    return _("{layer} agrees, or only hands on what begins at another layer.").format(layer=layer)


def of_prediction(exercise: Exercise, gate: str, layer: str) -> tuple[bool, list[str]]:
    """Is all of it right, and what is to be said. layer: Keras's name of one, or NONE.

    Raises ParityError for a gate or a layer that there is not.
    """
    _known("gate", gate, RINGING)
    _known("layer", layer, (*NAME.findall(keras_model(exercise)), NONE))
    at = "" if layer == NONE else layer
    is_right = (gate, at) == (exercise.gate, exercise.layer)
    return is_right, [of_gate(exercise, gate), of_layer(exercise, at)]


def _known(what: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        there = ", ".join(known)
        raise ParityError(f"no {what} {name!r}{meant(name, known)}; there are {there}")
