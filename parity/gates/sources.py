"""Which of Keras's values is fed in the place of each that a segment of the port's takes."""

from collections.abc import Sequence

from parity.mapping import states
from parity.mapping.flow import outside
from parity.mapping.plan import Plan
from parity.records.comparison import Match

LEAVES = 8  # results of one step


class Sources:
    """made: for each state of a recurrent module the Keras values that it is made of."""

    def __init__(self, plan: Plan, matches: Sequence[Match]) -> None:
        self._answers = _answers(plan, matches)
        self._layers = {step.name: step for match in matches for step in match.keras_steps}
        self.made: dict[str, tuple[str, ...]] = {}
        # What Keras takes in a segment of which the port's part does not.
        self._elsewhere: set[str] = set()
        for match in matches:
            self.made |= states.parts(match)
            mine = {self._answers.get(name) for name in outside(match.torch)}
            self._elsewhere.update(name for name in outside(match.keras_steps) if name not in mine)

    def of(self, match: Match) -> dict[str, str]:
        """For each value that the torch steps take from elsewhere, the Keras value to feed.

        It is what that value answers, where the Keras segment takes that too; what is left on both
        sides goes by position. Where torch takes more than Keras (all the parts of a concatenation
        that Keras made piece by piece), each part is what it answers; so is what it takes beside
        all that Keras does, where Keras takes it in another segment than the port.
        """
        answers = self._answers
        theirs, ours = outside(match.torch), outside(match.keras_steps)
        found = {name: answers[name] for name in theirs if answers.get(name) in ours}
        for name in theirs:
            own = [part for part in self.made.get(name, ()) if part in ours]
            found |= dict.fromkeys([name], own[0]) if own else {}
        left = [name for name in ours if name not in found.values()]
        free = [name for name in theirs if name not in found]
        if len(free) > len(left) > 0 and all(name in answers for name in free):
            found |= {name: answers[name] for name in free}
        for name in theirs:
            if name not in found and (left or ours):
                beside = {answers.get(name, "")} & self._elsewhere
                found[name] = left.pop(0) if left else next(iter(beside), ours[-1])
        return {name: found[name] for name in theirs if name in found}

    def laid_as(self, theirs: str, ours: str) -> str:
        """The Keras value whose layout the torch steps expect: that of what they take in their own
        pass, where it is of the same shape."""
        usual = self._answers.get(theirs, ours)
        one, other = (self._layers.get(name.partition(":")[0]) for name in (usual, ours))
        return usual if one and other and one.shape == other.shape else ours

    def crossed(self, taken: dict[str, str]) -> tuple[tuple[str, str], ...]:
        """(what torch takes, what Keras takes), in Keras's names, where these are two values."""
        known = {value: mine for value, mine in taken.items() if value in self._answers}
        return tuple(
            (self._answers[value], mine)
            for value, mine in known.items()
            if states.same(self._layers, mine) not in self.made.get(value, (self._answers[value],))
        )


def _answers(plan: Plan, matches: Sequence[Match]) -> dict[str, str]:
    """torch value -> the Keras value that it answers."""
    answers = {name: name for name in plan.shown.layouts}
    for match in matches:
        theirs, mine = match.torch[-1].name, match.keras_steps[-1].name
        answers[theirs] = mine
        for leaf in range(1, LEAVES):  # the states of a recurrent layer, the parts of what is split
            answers[f"{theirs}:{leaf}"] = f"{mine}:{leaf}"
        answers |= states.of_cell(match)
    return answers
