"""Layers without weights of which no operation is known, as a rotary embedding of a person's own,
or the sampling of a variational auto-encoder: the port's steps that stand in the same place are
taken for what answers them.

The place is between the answers of what the layer takes from and of what takes its result, which
may be the model's own; or, as a port may turn axes first that Keras turns behind such a layer,
behind the answer of that turn.
"""

from collections.abc import Callable, Mapping

from parity.mapping.flow import Flow
from parity.mapping.rules import registry
from parity.mapping.rules.operations import KERAS, TORCH
from parity.records.comparison import Step, Trace

Answers = dict[str, list[Step]]


def answered(
    keras: Trace,
    torch: Trace,
    answers: Answers,
    inner: dict[str, str],
    is_equal: Callable[[Step, Step], bool],
) -> tuple[Answers, dict[str, str]]:
    """The answers with those of such layers; and for each layer whose answer is another's, too, its
    name. is_equal: do two steps compute the same?"""
    own = [step for step in keras.steps if step.name not in {**answers, **inner} and _is_own(step)]
    if not own:
        return answers, inner
    ours, theirs = Flow(keras.steps), Flow(torch.steps)
    found, inside = _led(ours, theirs, answers, is_equal), dict(inner)
    ends = dict(zip(keras.results, torch.results, strict=False))
    for step in own:
        _put_forward(step, ours, theirs, found)
        place = _place(step, ours, theirs, found, ends)
        if place is not None:
            name, steps = place
            found[name] = steps
            if name != step.name:
                inside[step.name] = name
    return found, inside


def is_known(step: Step) -> bool:
    """Is it known what operation this layer of Keras's is?"""
    return step.kind in KERAS or step.kind in registry.RULES or step.kind == "Activation"


def _is_own(step: Step) -> bool:
    has_weights = any(variable.kind == "weight" for variable in step.variables)
    return not is_known(step) and not has_weights


def _led(
    ours: Flow, theirs: Flow, answers: Answers, is_equal: Callable[[Step, Step], bool]
) -> Answers:
    """The answers without those that compute something else and that what Keras takes there does
    not lead to: they are likelier a part of what is looked for."""
    ahead = {step.name: theirs.living({step.name}) for step in theirs.steps}

    def stays(step: Step, steps: list[Step]) -> bool:
        if len(steps) > 1 or step.variables or is_equal(step, steps[0]):
            return True
        sources = [answers[name][-1].name for name in _sources(step, ours, answers)]
        return all(name in ahead[steps[0].name] for name in sources)

    steps = {step.name: step for step in ours.steps}
    return {name: each for name, each in answers.items() if stays(steps[name], each)}


def _sources(step: Step, ours: Flow, answers: Answers) -> set[str]:
    """The nearest answered steps that one takes from, past those without an answer."""
    named = {one.name: one for one in ours.steps}
    found, waiting = set[str](), [step]
    while waiting:
        for name in ours.producers(waiting.pop()) - {""}:
            if name in answers:
                found.add(name)
            else:
                waiting.append(named[name])
    return found


def _place(
    step: Step, ours: Flow, theirs: Flow, answers: Answers, ends: Mapping[str, str]
) -> tuple[str, list[Step]] | None:
    """The steps that answer a layer, under its own name or that of the turn behind it. ends: what
    the port returns where Keras's model returns a step's result."""
    sources, takers = ours.producers(step), ours.consumers(step)
    if not sources or not sources <= answers.keys():
        return None
    given = {answers[name][-1].name for name in sources}
    # What nothing else takes of Keras's, nothing else may take of the port's.
    named = {one.name: one for one in ours.steps}
    only = (name for name in sources if ours.consumers(named[name]) == [step])
    alone = {answers[name][-1].name for name in only}
    if not takers and step.name in ends:
        between = _between(given, alone, {ends[step.name]}, theirs, answers)
        return (step.name, between) if between else None
    if len(takers) != 1 or takers[0].name not in answers:
        return None
    (taker,) = takers
    between = _between(given, alone, _taken(answers[taker.name], theirs), theirs, answers)
    if between:
        return step.name, between
    turn, behind = answers[taker.name], ours.consumers(taker)
    is_turn = KERAS.get(taker.kind) == "permute" and TORCH.get(turn[-1].kind) == "permute"
    if not is_turn or len(behind) != 1:
        return None
    last = _next(behind[0], ours, answers)
    turned = {turn[-1].name}
    wanted = _taken(answers[last.name], theirs) if last else set()
    between = _between(turned, turned, wanted, theirs, answers)
    return (taker.name, [*turn, *between]) if between else None


def _put_forward(step: Step, ours: Flow, theirs: Flow, answers: Answers) -> None:
    """What such a layer takes from is answered by the first of the steps that may: one behind it,
    of the same kind of operation, may be the port's own way to do what the layer does."""
    sources = [*ours.producers(step)]
    steps = answers.get(sources[0], []) if len(sources) == 1 else []
    if len(steps) != 1 or steps[0].variables:
        return
    used = {one.name for several in answers.values() for one in several}
    ahead = theirs.living({steps[0].name}) - used
    word = TORCH.get(steps[0].kind)
    alike = (
        one for one in theirs.steps
        if one.name in ahead and TORCH.get(one.kind) == word and one.shape == steps[0].shape
    )  # fmt: skip
    answers[sources[0]] = [next(alike, steps[0])]


def _next(step: Step, ours: Flow, answers: Answers) -> Step | None:
    """A step, or the next behind it that has an answer."""
    while step.name not in answers:
        takers = ours.consumers(step)
        if len(takers) != 1:
            return None
        (step,) = takers
    return step


def _between(
    given: set[str], alone: set[str], wanted: set[str], theirs: Flow, answers: Answers
) -> list[Step]:
    """All that is made of these values alone, and answers nothing, up to one that is wanted: none
    where others take more than that one, or what is to be taken here alone."""
    used = {step.name for steps in answers.values() for step in steps}
    names = set(given)
    found = []
    for step in theirs.steps:
        fed = theirs.producers(step)
        if fed and fed <= names and step.name not in used:
            names.add(step.name)
            found.append(step)
    last = next((step for step in reversed(found) if step.name in wanted), None)
    reached = theirs.living({last.name}) if last else set()
    kept = [step for step in found if step.name in reached]
    inside = {step.name for step in kept}
    taken = {n for step in theirs.steps for n in theirs.producers(step) if step.name not in inside}
    is_closed = not alone & taken and inside & taken <= ({last.name} if last else set())
    return kept if is_closed else []


def _taken(takers: list[Step], theirs: Flow) -> set[str]:
    """What these steps take."""
    return {name for step in takers for name in theirs.producers(step)}
