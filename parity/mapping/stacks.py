"""Recurrent layers that a port computes in one, as nn.LSTM(num_layers=2) does two of Keras's; and
those that it computes in many steps, as a loop over nn.LSTMCell does."""

import re
from collections.abc import Sequence

from parity.mapping.rules.recurrent import CELLS
from parity.records.comparison import Match, Step, Trace, Variable

RECURRENT = {"SimpleRNN", "LSTM", "GRU", "Bidirectional", "RNN"}
BETWEEN = {"Dropout", "SpatialDropout1D"}
JOINING = ("stack", "cat", "concat", "concatenate")
LENGTHENING = ("unsqueeze", "getitem", "view", "reshape")  # of a step, before all are joined

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


def stepped(torch: Trace, answers: Answers) -> Answers:
    """The answers, with all calls of a cell that is stepped through time, and what joins the steps
    to a sequence, in place of the one call that was found."""
    found = dict(answers)
    used = {step.name for steps in answers.values() for step in steps}
    for name, steps in answers.items():
        (first, *others) = steps
        calls = [s for s in torch.steps if s.path == first.path and s.kind == first.kind]
        is_free = not others and not (used & {s.name for s in calls} - {first.name})
        if first.kind in CELLS and len(calls) > 1 and is_free:
            found[name] = [*calls, *_joining(torch, [step.name for step in calls])]
    return found


def _joining(torch: Trace, calls: Sequence[str]) -> list[Step]:
    """What makes a sequence of the steps that these calls give, if that is done."""
    of = {name: name for name in calls}
    for step in torch.steps:
        fed = {of.get(name.partition(":")[0], "") for name in step.inputs}
        if step.kind in JOINING and fed - {""} == {*calls}:
            return [step]
        if step.kind in LENGTHENING and len(fed) == 1:
            of[step.name] = fed.pop()
    return []


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
