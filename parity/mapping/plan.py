"""How the two models of a pair stand to each other, before any value is compared."""

from dataclasses import dataclass, field, replace

from parity.errors import ModelError
from parity.mapping import activation_layouts
from parity.mapping import ledger as transfer
from parity.mapping.align import align
from parity.mapping.layout_moves import by_rank
from parity.mapping.overrides import NONE, Wishes
from parity.mapping.rules import registry
from parity.records.comparison import Alignment, Array, Dtype, Layout, Ledger, Match, Pair, Trace
from parity.sides.process import Sides
from parity.sides.walking import in_training

DTYPES: tuple[Dtype, ...] = ("float64", "float32")

Inputs = dict[str, Array]  # by name, in the order in which a model takes them


@dataclass(frozen=True)
class Plan:
    pair: Pair
    alignment: Alignment
    keras: Trace
    torch: Trace
    fits: dict[str, list[Layout]]  # of each Keras value that a segment gives; "" is the input
    ledger: Ledger
    inputs: dict[str, str] = field(default_factory=dict)  # torch's name of an input -> Keras's

    @property
    def layouts(self) -> dict[str, Layout]:
        return {name: found[0] for name, found in self.fits.items()}


def key(pair: Pair, dtype: Dtype) -> str:
    """The name that a side holds this pair's model under."""
    return f"{pair.name} {dtype}"


def movable(plan: Plan) -> Plan:
    """The same plan up to the first layer whose weights have no place in the port."""
    placed = {line.keras.name for line in plan.ledger.lines}
    matches = list(plan.alignment.matches)
    fits = [
        all(v.name in placed or v.kind != "weight" for s in match.keras_steps for v in s.variables)
        for match in matches
    ]
    end = fits.index(False) if False in fits else len(matches)
    left = (*plan.alignment.keras_left, *(match.keras.name for match in matches[end:]))
    alignment = replace(plan.alignment, matches=tuple(matches[:end]), keras_left=left)
    return replace(plan, alignment=alignment, ledger=replace(plan.ledger, failures=(), unknown=()))


def build(pair: Pair, sides: Sides, dtype: Dtype, seed: int) -> None:
    """Build both models anew, under key(pair, dtype)."""
    name = key(pair, dtype)
    port = (name, pair.torch, dtype, seed, pair.data)
    sides.both("build", (name, pair.keras, dtype, seed), port)


def draw_up(pair: Pair, sides: Sides, images: Array, seed: int = 0) -> Plan:
    """Build both models in both dtypes, write their passes down, and plan the comparison.

    images: uint8 (N, 28, 28). The models stay held by the sides under key(pair, dtype).
    """
    for dtype in DTYPES:
        build(pair, sides, dtype, seed)
    narrow = key(pair, "float32")
    keras, torch = sides.both("prepared", (narrow, images), (narrow, images))
    layout = {"": by_rank(keras.ndim)}
    return compare(pair, sides, narrow, {"0": keras}, {"0": torch}, layout)


def compare(
    pair: Pair,
    sides: Sides,
    held: str,
    keras_inputs: Inputs,
    torch_inputs: Inputs,
    inputs: dict[str, Layout],
    wishes: Wishes = NONE,
    training: bool = False,
) -> Plan:
    """Write down the passes of the models held under `held`, align them, and draw up the ledger.

    inputs: the layout of each input, by Keras's name of the value: "" for the first, ":1", ...
    training: the passes in training mode, of which the sides keep a walk of their own.
    """
    whole = tuple(
        kind for rules in registry.RULES.values() for rule in rules for kind in rule.torch
    )
    keras, torch = sides.both(
        "present", (held, keras_inputs, training), (held, torch_inputs, whole, training)
    )
    walk = in_training(held) if training else held
    alignment = align(keras, torch, wishes.layers)

    def measure(match: Match, ours: Array, theirs: Array) -> tuple[Array, Array]:
        found = []
        for side, steps, values in (
            (sides.keras, match.keras_steps, ours),
            (sides.torch, match.torch, theirs),
        ):
            names = [step.name for step in steps]
            feeds = dict.fromkeys(activation_layouts.outside(steps), values)
            found.append(side.call("alone", walk, names, feeds, names[-1], "float64"))
        return found[0], found[1]

    shapes = {step.name: step.shape for step in keras.steps}
    shapes |= dict(zip(inputs, (array.shape for array in keras_inputs.values()), strict=True))
    try:
        fits = activation_layouts.relate(alignment, inputs, shapes, measure, set(keras.results))
    except ValueError as error:
        raise ModelError(f"{pair.name}: {error}") from error
    ledger = transfer.plan(alignment, keras, torch, fits, wishes)
    return Plan(pair, alignment, keras, torch, fits, ledger, {name: name for name in inputs})
