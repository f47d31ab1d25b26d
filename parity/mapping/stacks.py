"""Recurrent layers that a port computes in one, as nn.LSTM(num_layers=2) does two of Keras's."""

import re

from parity.records.comparison import Match, Step, Trace, Variable

RECURRENT = {"SimpleRNN", "LSTM", "GRU", "Bidirectional", "RNN"}
BETWEEN = {"Dropout", "SpatialDropout1D"}

Answers = dict[str, list[Step]]


def joined(keras: Trace, answers: Answers) -> tuple[Answers, dict[str, str]]:
    """The answers, with the last layer of each stack in place of the one of it that was answered;
    and for each layer before it the last one's name."""
    found, inner = dict(answers), {}
    for name, steps in answers.items():
        count = max((int(s.settings.get("num_layers", 1)) for s in steps), default=1)
        stack = _stack(keras, name, count, set(answers) - {name}) if count > 1 else []
        if len(stack) == count:
            del found[name]
            found[stack[-1]] = steps
            inner.update(dict.fromkeys(stack[:-1], stack[-1]))
    return found, inner


def _stack(keras: Trace, name: str, count: int, taken: set[str]) -> list[str]:
    """So many recurrent layers of one kind, one behind the other, with this one among them."""
    kind = keras.step(name).kind
    before: dict[str, str] = {}  # recurrent layer -> the one that it works on
    source: dict[str, str] = {}  # any layer -> the recurrent one whose values come in
    for step in keras.steps:
        taken_from = step.inputs[0].partition(":")[0] if step.inputs else ""
        origin = source.get(taken_from)
        if step.kind == kind and kind in RECURRENT and step.name not in taken:
            source[step.name] = step.name
            if origin is not None:
                before[step.name] = origin
        elif step.kind in BETWEEN and origin is not None:
            source[step.name] = origin
    chain = [name]
    while chain[0] in before:
        chain.insert(0, before[chain[0]])
    behind = {one: other for other, one in before.items()}
    while chain[-1] in behind:
        chain.append(behind[chain[-1]])
    return chain[:count]


def own(layer: Step, match: Match, tensors: dict[str, Variable]) -> dict[str, Variable]:
    """Of a stack's tensors, by role, those that belong to this layer of it."""
    layers = [step for step in match.keras_steps if step.kind == layer.kind]
    if layer.kind not in RECURRENT or len(layers) < 2:
        return tensors
    role = re.compile(rf".*_l{layers.index(layer)}(_reverse)?")
    return {name: variable for name, variable in tensors.items() if role.fullmatch(name)}
