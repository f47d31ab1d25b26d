"""Cut two passes into segments that answer each other: nothing stands outside of one unseen.

Around the steps that were matched stand others: a padding in front of a convolution, a permutation
behind a recurrent layer, a division by 255, an activation that the other side has not. Each is
taken into the segment of a neighbour, and compared with it: values tell whether it belongs there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from parity.mapping.rules.operations import CONSTANTS, KERAS, TORCH
from parity.records.comparison import Alignment, Match, Step, Trace

PACKING = "pack_padded_sequence"  # for a recurrent layer; its sequences are sorted first
# What prepares the input of the step behind it.
AHEAD = {
    *("pad", "permute", "cast", "identity", "expand_dims", "repeat", "stack"),
    *("not_equal", "masking", PACKING),
}
# What only shapes; it goes where it makes the shapes of both sides fit.
SHAPING = {"flatten", "squeeze", "crop", "split", "global_avg_pool"}
RECURRENT = {"RNN", "SimpleRNN", "LSTM", "GRU"}
RANDOM = {"dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"}
# Draws that a port writes out; what works on them belongs to them.
DRAWN = {"rand", "rand_like", "randn", "randn_like", "normal", "bernoulli"}


@dataclass
class _Side:
    """One side's steps, and the number of the segment that each belongs to."""

    steps: tuple[Step, ...]
    words: dict[str, str]  # a step's kind -> its operation
    owner: dict[str, set[int]]

    def consumers(self, name: str) -> list[Step]:
        return [step for step in self.steps if name in (x.partition(":")[0] for x in step.inputs)]

    def last(self, segment: int) -> Step:
        """The step that gives a segment's result: no other of the segment takes it."""
        inside = [step for step in self.steps if segment in self.owner.get(step.name, ())]
        return inside[-1]


def segments(keras: Trace, torch: Trace, answers: dict[str, list[Step]]) -> Alignment:
    """Make a segment of each answered Keras layer, and take all other steps into one.

    answers: Keras layer -> the torch steps that answer it.
    """
    mains = [step for step in keras.steps if step.name in answers]
    numbers = {step.name: number for number, step in enumerate(mains)}
    ours = _Side(keras.steps, KERAS, {name: {number} for name, number in numbers.items()})
    theirs = _Side(torch.steps, TORCH, {})
    for name, number in numbers.items():
        for step in answers[name]:
            theirs.owner.setdefault(step.name, set()).add(number)
    _fill_between(theirs, len(mains))
    shapes = {number: step.shape for number, step in enumerate(mains)}
    _absorb(theirs, shapes, torch.results)
    _absorb(ours, {n: theirs.last(n).shape for n in range(len(mains))}, keras.results)
    dead = {step.name for step in torch.steps} - _living(
        theirs, {name.partition(":")[0] for name in torch.results}
    )
    matches = tuple(
        Match(
            main,
            _inside(theirs, number),
            _inside(ours, number),
        )
        for number, main in enumerate(mains)
    )
    answering = {step.name for steps in answers.values() for step in steps}
    idle = [
        f"Keras's {s.name} ({s.kind})"
        for s in keras.steps
        if s.name not in numbers and _draws(s, ours)
    ]
    idle += [
        f"torch's {_title(s)}" for s in torch.steps if s.name not in answering and _draws(s, theirs)
    ]
    return Alignment(
        matches,
        training_left=tuple(idle),
        keras_left=tuple(f"{s.name} ({s.kind})" for s in keras.steps if _is_left(s, ours, numbers)),
        torch_left=tuple(
            _title(s)
            for s in torch.steps
            if s.name not in theirs.owner and (s.variables or s.name not in dead or torch.error)
        ),
    )


def _is_left(step: Step, side: _Side, mains: dict[str, int]) -> bool:
    """A layer in no segment, or one with weights that none answers."""
    if step.name not in side.owner:
        return True
    owns = step.kind not in CONSTANTS and any(v.kind == "weight" for v in step.variables)
    return step.name not in mains and owns


def _draws(step: Step, side: _Side) -> bool:
    return side.words.get(step.kind) in RANDOM and step.settings.get("p", 1) != 0


def _title(step: Step) -> str:
    return f"{step.name} ({step.kind})" if step.path else step.name


def _inside(side: _Side, number: int) -> tuple[Step, ...]:
    return tuple(step for step in side.steps if number in side.owner.get(step.name, ()))


def _fill_between(side: _Side, count: int) -> None:
    """Steps on a way from one step of a segment to another belong to it."""
    for number in range(count):
        inside = {step.name for step in _inside(side, number)}
        if len(inside) < 2:
            continue
        above = _reach(side, inside, forward=True)
        below = _reach(side, inside, forward=False)
        for name in (above & below) - set(side.owner):
            side.owner[name] = {number}


def _reach(side: _Side, names: set[str], forward: bool) -> set[str]:
    """All steps behind (or before) these, along the data."""
    found: set[str] = set()
    for step in side.steps if forward else reversed(side.steps):
        if forward:
            touches = {x.partition(":")[0] for x in step.inputs}
        else:
            touches = {consumer.name for consumer in side.consumers(step.name)}
        if touches & (names | found):
            found.add(step.name)
    return found


def _absorb(side: _Side, shapes: dict[int, tuple[int, ...]], results: tuple[str, ...]) -> None:
    """Take every step in no segment into that of what it works on, or of what it prepares.

    shapes: of each segment's result on the other side; results: what the whole pass gives.
    """
    ends = {name.partition(":")[0] for name in results}
    tails: dict[int, list[str]] = {}
    for step in side.steps:
        if step.name not in side.owner:
            number = _tail_of(side, step, tails, shapes)
            if number is not None:
                tails.setdefault(number, []).append(step.name)
    for number, names in tails.items():
        side.owner.update({name: {number} for name in _longest_tail(side, number, names, ends)})
    for step in reversed(side.steps):
        if step.name not in side.owner:
            _join(side, step, {n for c in side.consumers(step.name) for n in _of(side, c)})
    for step in side.steps:  # what is left hangs behind several segments: with the last of them
        if step.name not in side.owner:
            owners = {n for name in _producers(step) for n in side.owner.get(name, ())}
            _join(side, step, {max(owners)} if owners and step.name in _living(side, ends) else ())


def _tail_of(
    side: _Side,
    step: Step,
    tails: dict[int, list[str]],
    shapes: dict[int, tuple[int, ...]],
) -> int | None:
    """The one segment whose result this step works on; None if it rather prepares another's."""
    of = {name: number for number, names in tails.items() for name in names}
    numbers: set[int] = set()
    for name in _producers(step):
        if name in of:
            numbers.add(of[name])
        elif name in side.owner:
            numbers |= side.owner[name]
        elif name and not _is_from_inputs(side, name):
            return None
    numbers -= {other for n in numbers for other in _feeding(side, n) if other != n}
    drawn = {n for n in numbers if any(s.kind in DRAWN for s in _inside(side, n))}
    if len(drawn or numbers) != 1:
        return None
    (number,) = drawn or numbers
    return None if not drawn and _looks_ahead(side, step, shapes[number]) else number


def _feeding(side: _Side, number: int) -> set[int]:
    """The segments that this one takes from: a step behind it may take from them as well."""
    names = {name for step in _inside(side, number) for name in _producers(step)}
    return {n for name in names for n in side.owner.get(name, ())}


def _longest_tail(side: _Side, number: int, names: list[str], ends: set[str]) -> set[str]:
    """As many of these steps behind a segment as leave it a single result."""
    base = {step.name for step in _inside(side, number)}
    by_name = {step.name: step for step in side.steps}
    for last in reversed(names):
        taken, waiting = set(), [last]
        while waiting:
            name = waiting.pop()
            if name in names and name not in taken:
                taken.add(name)
                waiting.extend(_producers(by_name[name]))
        if _exits(side, base | taken, ends) <= {last}:
            return taken
    return set()


def _exits(side: _Side, inside: set[str], ends: set[str]) -> set[str]:
    """The steps of a segment whose values are taken elsewhere."""
    return {
        name
        for name in inside
        if name in ends or any(c.name not in inside for c in side.consumers(name))
    }


def _is_from_inputs(side: _Side, name: str) -> bool:
    """Does this free step come from the model's inputs alone, past no segment?"""
    if name == "":
        return False
    if name in side.owner:
        return False
    step = next(s for s in side.steps if s.name == name)
    return all(p == "" or _is_from_inputs(side, p) for p in _producers(step))


def _living(side: _Side, ends: set[str]) -> set[str]:
    """The steps that the results depend on."""
    found: set[str] = set(ends)
    for step in reversed(side.steps):
        if step.name in found:
            found.update(_producers(step))
    return found


def _producers(step: Step) -> set[str]:
    return {name.partition(":")[0] for name in step.inputs}


def _join(side: _Side, step: Step, found: Iterable[int]) -> None:
    segment = set(found)
    if segment:
        side.owner[step.name] = segment


def _of(side: _Side, step: Step) -> set[int]:
    return side.owner.get(step.name, set())


def _looks_ahead(side: _Side, step: Step, wanted: tuple[int, ...]) -> bool:
    """Does a step rather shape what the next one takes? wanted: the result's shape over there."""
    operation = side.words.get(step.kind, step.kind)
    consumers = side.consumers(step.name)
    if not consumers:
        return False
    if operation in AHEAD or all(consumer.kind == PACKING for consumer in consumers):
        return True
    if step.kind == "flip":  # in front of a recurrent layer it turns the sequence
        return all(consumer.kind in RECURRENT for consumer in consumers)
    return operation in SHAPING and sorted(step.shape) != sorted(wanted) and operation != "crop"
