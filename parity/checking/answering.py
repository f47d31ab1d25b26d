"""Which of the port's values answers each of Keras's."""

from parity.gates.sources import LEAVES
from parity.mapping import states
from parity.mapping.plan import Plan
from parity.mapping.rules.operations import TORCH


def values(plan: Plan) -> dict[str, str]:
    """The port's value for each of Keras's: the model's inputs, and what segments give."""
    matches = [match for match in plan.alignment.matches if match.torch]
    names = {name: name for name in plan.shown.layouts}
    for match in matches:
        names |= {ours[0]: leaf for leaf, ours in states.parts(match).items() if len(ours) == 1}
        names |= {ours: leaf for leaf, ours in states.of_cell(match).items()}
        names[match.keras_steps[-1].name] = match.theirs
        if TORCH.get(match.torch[-1].kind) == "split":
            own, theirs = match.keras_steps[-1].name, match.torch[-1].name
            names |= {f"{own}:{leaf}": f"{theirs}:{leaf}" for leaf in range(1, LEAVES)}
    return names
