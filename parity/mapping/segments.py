"""Cut two passes into segments that answer each other: nothing stands outside of one unseen.

Around the steps that were matched stand others: a padding in front of a convolution, a permutation
behind a recurrent layer, a division by 255, an activation that the other side has not. Each is
taken into the segment of a neighbour, and compared with it: values tell whether it belongs there.
"""

from collections.abc import Callable, Iterable, Mapping

from parity.mapping.flow import Flow
from parity.mapping.rules.operations import CONSTANTS, KERAS, TORCH
from parity.records.comparison import Alignment, Match, Step, Trace

PACKING = "pack_padded_sequence"  # for a recurrent layer; its sequences are sorted first
# What prepares the input of the step behind it.
AHEAD = {
    *("pad", "permute", "cast", "identity", "expand_dims", "repeat", "stack"),
    *("not_equal", "masking", PACKING),
}
# What computes with a constant where it takes one value alone.
ARITHMETIC = {"add", "sub", "mul", "div"}
# What only shapes; it goes where it makes the shapes of both sides fit.
SHAPING = {"flatten", "squeeze", "crop", "split", "global_avg_pool"}
RECURRENT = {"RNN", "SimpleRNN", "LSTM", "GRU"}
RANDOM = {"dropout", "spatial_dropout", "alpha_dropout", "gaussian_dropout", "gaussian_noise"}
# Draws that a port writes out; what works on them belongs to them.
DRAWN = {"rand", "rand_like", "randn", "randn_like", "normal", "bernoulli"}


class _Side(Flow):
    """One side's steps, and the segments that each belongs to."""

    def __init__(self, steps: tuple[Step, ...], words: dict[str, str], count: int) -> None:
        """words: a step's kind -> its operation; count: of the segments, numbered from 0."""
        super().__init__(steps)
        self.words = words
        self.owner: dict[str, set[int]] = {}
        self._count = count

    def of(self, name: str) -> set[int]:
        """The segments of a step."""
        return self.owner.get(name, set())

    def inside(self) -> list[list[Step]]:
        """The steps of each segment as it is now. The last gives its result: no other takes it."""
        found: list[list[Step]] = [[] for _ in range(self._count)]
        for step in self.steps:
            for number in self.of(step.name):
                found[number].append(step)
        return found


def segments(
    keras: Trace, torch: Trace, answers: dict[str, list[Step]], inner: Mapping[str, str]
) -> Alignment:
    """Make a segment of each answered Keras layer, and take all other steps into one.

    answers: Keras layer -> the torch steps that answer it; inner: Keras layer -> the one whose
    answer is its own, too.
    """
    mains = [step for step in keras.steps if step.name in answers]
    numbers = {step.name: number for number, step in enumerate(mains)}
    ours = _Side(keras.steps, KERAS, len(mains))
    theirs = _Side(torch.steps, TORCH, len(mains))
    for name, number in numbers.items():
        ours.owner[name] = {number}
        for step in answers[name]:
            theirs.owner.setdefault(step.name, set()).add(number)
    ours.owner.update({name: {numbers[last]} for name, last in inner.items()})
    _fill_between(theirs)
    _absorb(theirs, [step.shape for step in mains], torch.results)
    answering = theirs.inside()
    _absorb(ours, [steps[-1].shape for steps in answering], keras.results, is_last=True)
    if torch.error:
        _leave_unreached(ours, {*numbers, *inner})
    matches = tuple(
        Match(main, tuple(steps), tuple(around))
        for main, steps, around in zip(mains, answering, ours.inside(), strict=True)
    )
    answered = {*numbers, *inner}
    living = theirs.living(_ends(torch.results))
    asked = {step.name for steps in answers.values() for step in steps}
    idle = [
        f"Keras's {s.name} ({s.kind})"
        for s in keras.steps
        if s.name not in numbers and _draws(s, ours)
    ]
    idle += [
        f"torch's {_title(s)}" for s in torch.steps if s.name not in asked and _draws(s, theirs)
    ]
    return Alignment(
        matches,
        training_left=tuple(idle),
        keras_left=tuple(
            f"{s.name} ({s.kind})" for s in keras.steps if _is_left(s, ours, answered)
        ),
        torch_left=tuple(
            _title(s)
            for s in torch.steps
            if s.name not in theirs.owner and (s.variables or s.name in living or torch.error)
        ),
    )


def _leave_unreached(side: _Side, answered: set[str]) -> None:
    """The port breaks off: of the layers from the first one on whose weights nothing of the port
    answers, none belongs to what was run in front of them."""
    owning = {s.name for s in side.steps if s.name not in answered and _owns(s)}
    for name in _reached(side.steps, owning, side.producers) - answered:
        side.owner.pop(name, None)


def _is_left(step: Step, side: _Side, answered: set[str]) -> bool:
    """A layer in no segment, or one with weights that none answers."""
    if step.name not in side.owner:
        return True
    return step.name not in answered and _owns(step)


def _owns(step: Step) -> bool:
    return step.kind not in CONSTANTS and any(v.kind == "weight" for v in step.variables)


def _draws(step: Step, side: _Side) -> bool:
    return side.words.get(step.kind) in RANDOM and step.settings.get("p", 1) != 0


def _title(step: Step) -> str:
    return f"{step.name} ({step.kind})" if step.path else step.name


def _ends(results: tuple[str, ...]) -> set[str]:
    return {name.partition(":")[0] for name in results}


def _fill_between(side: _Side) -> None:
    """Steps on a way from one step of a segment to another belong to it: to several, where what one
    layer gives is parted to answer them."""
    answering = set(side.owner)
    places = {step.name: place for place, step in enumerate(side.steps)}
    for number, inside in enumerate(side.inside()):
        if len(inside) < 2:
            continue
        names = {step.name for step in inside}
        span = side.steps[places[inside[0].name] : places[inside[-1].name] + 1]
        behind = _reached(span, names, side.producers)
        ahead = _reached(
            reversed(span), names, lambda step: {taker.name for taker in side.consumers(step)}
        )
        for name in (behind & ahead) - answering:
            side.owner.setdefault(name, set()).add(number)


def _reached(
    steps: Iterable[Step], names: set[str], neighbours: Callable[[Step], set[str]]
) -> set[str]:
    """These names, and the steps that lead there from neighbour to neighbour, each after those
    that it is a neighbour of."""
    found = set(names)
    for step in steps:
        if not found.isdisjoint(neighbours(step)):
            found.add(step.name)
    return found


def _absorb(
    side: _Side,
    shapes: list[tuple[int, ...]],
    results: tuple[str, ...],
    is_last: bool = False,
) -> None:
    """Take every step in no segment into that of what it works on, or of what it prepares.

    shapes: of each segment's result on the other side; results: what the whole pass gives; is_last:
    are the segments of the other side whole?
    """
    ends = _ends(results)
    inside = side.inside()
    for number, tail in _tails(side, inside, shapes).items():
        for name in _closed(side, inside[number], tail, ends):
            side.owner[name] = {number}
    for step in reversed(side.steps):
        if step.name not in side.owner:
            _join(side, step, {n for c in side.consumers(step) for n in side.of(c.name)})
    living, settled = side.living(ends), side.inside()
    left = [step for step in side.steps if step.name not in side.owner and step.name in living]
    for step in left:  # what is left hangs behind several segments: with the last of them
        owners = {n for name in side.producers(step) for n in side.of(name)}
        _join(side, step, {max(owners)} if owners else set())
    if is_last:
        _hand_on(side, left, settled, shapes)


def _hand_on(
    side: _Side, left: list[Step], settled: list[list[Step]], shapes: list[tuple[int, ...]]
) -> None:
    """What was hung behind a segment that the other side ends without it belongs to where it is
    taken: a branch that the other side has not.

    settled: the segments without these steps.
    """
    hung = {number: step for step in left for number in side.of(step.name)}
    ending = {
        number
        for number, step in hung.items()
        if settled[number][-1].shape == shapes[number] != step.shape
    }
    for step in reversed(left):
        takers = {n for c in side.consumers(step) for n in side.of(c.name)}
        own = side.of(step.name)
        if takers and own <= ending and min(takers) > max(own, default=min(takers)):
            side.owner[step.name] = {min(takers)}


def _join(side: _Side, step: Step, numbers: set[int]) -> None:
    if numbers:
        side.owner[step.name] = numbers


def _tails(
    side: _Side, inside: list[list[Step]], shapes: list[tuple[int, ...]]
) -> dict[int, list[Step]]:
    """The steps behind each segment that work on its one result, in order: those that rather
    prepare another's input stand out."""
    fed = [
        {n for step in steps for name in side.producers(step) for n in side.of(name)} - {number}
        for number, steps in enumerate(inside)
    ]
    drawing = {n for n, steps in enumerate(inside) if any(s.kind in DRAWN for s in steps)}
    unfed = _from_inputs(side)
    behind: dict[str, int] = {}
    tails: dict[int, list[Step]] = {}
    for step in side.steps:
        if step.name in side.owner:
            for number in side.of(step.name):  # from what stands behind another segment, too
                sources = (behind.get(name, number) for name in side.producers(step))
                fed[number].update({*sources} - {number})
            continue
        numbers = _worked_on(side, step, behind, unfed)
        # A step behind a segment may also take from those that the segment takes from.
        numbers -= {other for number in numbers for other in fed[number]}
        numbers = numbers & drawing or numbers
        if len(numbers) != 1:
            continue
        (number,) = numbers
        if number in drawing or not _looks_ahead(side, step, shapes[number]):
            behind[step.name] = number
            tails.setdefault(number, []).append(step)
    return tails


def _worked_on(side: _Side, step: Step, behind: dict[str, int], unfed: set[str]) -> set[int]:
    """The segments whose results a step takes; none if it takes what prepares another's input."""
    numbers: set[int] = set()
    for name in side.producers(step):
        if name in behind:
            numbers.add(behind[name])
        elif name in side.owner:
            numbers |= side.owner[name]
        elif name not in unfed:
            return set()
    return numbers


def _from_inputs(side: _Side) -> set[str]:
    """The steps that come from the model's inputs alone, past no segment; and those inputs."""
    found = {""}
    for step in side.steps:
        if step.name not in side.owner and side.producers(step) <= found:
            found.add(step.name)
    return found


def _closed(side: _Side, inside: list[Step], tail: list[Step], ends: set[str]) -> list[str]:
    """As many of the steps behind a segment as leave it a single result: nothing in it but the
    last is taken elsewhere."""
    names = [step.name for step in tail]
    places = dict.fromkeys((step.name for step in inside), -1)
    places |= {name: place for place, name in enumerate(names)}
    elsewhere = len(names)

    def last_taken(step: Step) -> int:
        """The place in the tail where a value is taken last."""
        if step.name in ends:
            return elsewhere
        return max((places.get(c.name, elsewhere) for c in side.consumers(step)), default=-1)

    count = 0
    wanted = max(map(last_taken, inside))
    for place, step in enumerate(tail):
        if wanted <= place:
            count = place + 1
        # What nobody takes is no way to a step behind it.
        wanted = max(wanted, last_taken(step) if side.consumers(step) else elsewhere)
    return names[:count]


def _looks_ahead(side: _Side, step: Step, wanted: tuple[int, ...]) -> bool:
    """Does a step rather shape what the next one takes? wanted: the result's shape over there."""
    operation = side.words.get(step.kind, step.kind)
    consumers = side.consumers(step)
    if not consumers:
        return False
    if operation == "permute" and any(_is_behind(side, consumer) for consumer in consumers):
        return False
    if operation == "stack" and _is_of_loop(side, step):
        return False
    if operation in AHEAD or all(consumer.kind == PACKING for consumer in consumers):
        return True
    if step.kind == "flip":  # in front of a recurrent layer it turns the sequence
        return all(consumer.kind in RECURRENT for consumer in consumers)
    # Weights of another width are no part of this layer: those of query, key and value, say.
    is_shaping = (operation in SHAPING and operation != "crop") or bool(step.variables)
    return is_shaping and sorted(step.shape) != sorted(wanted)


def _is_of_loop(side: _Side, step: Step) -> bool:
    """Does it join the steps of a loop to a sequence? Not a model's input to another value."""
    producers = side.producers(step)
    return len(producers) > 1 and "" not in producers


def _is_behind(side: _Side, step: Step) -> bool:
    """Does a step compute with a constant, as of positions, what it works on? That is no
    preparation: it belongs to where its value comes from, however that is laid out."""
    is_alone = len(side.producers(step)) == 1
    return step.name not in side.owner and step.kind in ARITHMETIC and is_alone
