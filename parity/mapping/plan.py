"""How the two models of a pair stand to each other, before any value is compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from types import MappingProxyType

import numpy as np

from parity.errors import ModelError, meant
from parity.mapping import activation_layouts, derived, origins, returning
from parity.mapping.flow import outside
from parity.mapping.ledger import draw_up
from parity.mapping.origins import Kinds
from parity.mapping.overrides import NONE, MappingOverrides
from parity.mapping.rules import registry
from parity.records.comparison import Alignment, Array, Dtype, Layout, Ledger, Match, Trace
from parity.records.interventions import Change
from parity.records.pair import Pair
from parity.sides.calls import TwoSides, ask
from parity.sides.verbs import InKeras, InTorch, Walks
from parity.sides.walking import in_training

DTYPES: tuple[Dtype, ...] = ("float64", "float32")
NO_NAMES: Mapping[str, str] = MappingProxyType({})

Inputs = dict[str, Array]  # by name, in the order in which a model takes them
Fits = Mapping[str, Sequence[Layout]]  # of each Keras value that a segment gives; "" is the input


@dataclass(frozen=True)
class Shown:
    """What both models are run on.

    torch: under the names that say how the port takes them (parity/sides/torch_calling.py).
    layouts: of each input, by Keras's name of the value: "" for the first, ":1", ...
    below: by Keras's names, of the inputs in which there are indices: for each element of a sample
    how many whole numbers it may be, 0 for what is no index.
    """

    keras: Inputs
    torch: Inputs
    layouts: dict[str, Layout]
    below: Mapping[str, Array] = field(default_factory=dict)

    def moves(self, name: str) -> Array:
        """Which elements of a sample of this input are numbers, that may be a little larger: an
        index may not, nor what is no float."""
        array = self.keras[name]
        if not np.issubdtype(array.dtype, np.floating):
            return np.zeros(array.shape[1:], bool)
        below = self.below.get(name)
        if below is None or below.shape != array.shape[1:]:
            return np.ones(array.shape[1:], bool)
        return np.equal(below, 0)

    def as_torch(self, keras: Inputs) -> Inputs:
        """Other inputs, as the port takes them."""
        return as_torch(keras, self.torch, list(self.layouts.values()))


def as_torch(keras: Inputs, names: Iterable[str], layouts: Sequence[Layout]) -> Inputs:
    """Keras's inputs under the port's names, in its layouts; indices as torch has them, of 64 bits.

    Raises ModelError where a layout of a person's own does not fit.
    """
    found: Inputs = {}
    for name, array, layout in zip(names, keras.values(), layouts, strict=True):
        try:
            moved = layout.to_torch(array)
        except (ValueError, IndexError) as error:
            raise ModelError(f"mapping: an input {array.shape} has no {layout.name}") from error
        found[name] = moved.astype(np.int64) if moved.dtype == np.int32 else moved
    return found


@dataclass(frozen=True)
class Plan:
    """held: the name under which the sides hold the passes; fits: the layouts that shapes allow,
    and that values have yet to choose from."""

    pair: Pair
    held: str
    alignment: Alignment
    keras: Trace
    torch: Trace
    fits: Fits
    ledger: Ledger
    shown: Shown
    overrides: MappingOverrides = NONE

    @property
    def layouts_of_inputs(self) -> list[Layout]:
        """In the order in which the models take them."""
        found = self.layouts
        return [found[name] for name in self.shown.layouts]

    @property
    def layouts(self) -> dict[str, Layout]:
        return {name: found[0] for name, found in self.fits.items()}


def key(pair: Pair, dtype: Dtype) -> str:
    """The name that a side holds this pair's model under."""
    return f"{pair.name} {dtype}"


def open_models(
    pair: Pair,
    sides: TwoSides,
    dtype: Dtype,
    seed: int = 0,
    keras_weights: str = "",
    torch_weights: str = "",
) -> None:
    """Open both models anew, under key(pair, dtype), their weights drawn with `seed` where they
    are built here, or read from files."""
    name, data = key(pair, dtype), pair.recipe.data if pair.recipe else ""
    sides.each(
        ask(InKeras.open, name, pair.keras, dtype, seed, keras_weights),
        ask(InTorch.open, name, pair.torch, dtype, seed, torch_weights, data),
    )


def whole() -> tuple[str, ...]:
    """The classes of torch's that rules answer for, which are a step each."""
    return tuple(kind for rules in registry.RULES.values() for rule in rules for kind in rule.torch)


def whole_in(plan: Plan) -> tuple[str, ...]:
    """Those among them that the port's pass has."""
    return tuple(
        sorted({step.kind for step in plan.torch.steps if step.path}.intersection(whole()))
    )


def compare(
    pair: Pair,
    sides: TwoSides,
    shown: Shown,
    overrides: MappingOverrides = NONE,
    training: bool = False,
    changes: Sequence[Change] = (),
    chosen: Fits = activation_layouts.NOTHING,
    is_plain: bool = False,
) -> Plan:
    """Write down the passes of the float32 models, align them, and draw up the ledger.

    training: the passes in training mode, of which the sides keep a walk of their own. changes:
    what the port does otherwise in them, by the names that its steps have without. chosen and
    is_plain: as of `activation_layouts.relate`. Raises ModelError where Keras's model cannot be
    run, or an override names nothing.
    """
    held = key(pair, "float32")
    keras, torch = sides.each(
        ask(InKeras.present, held, shown.keras, training),
        ask(InTorch.present, held, shown.torch, whole(), training, changes),
    )
    keras = derived.known(keras) if overrides.by_base else keras
    if not training:  # in training mode there are other steps
        _require_known(overrides, keras, torch, shown)
    walk = in_training(held) if training else held
    torch, alignment = _aligned(keras, torch, overrides, origins.kinds(_given(shown)))
    plan = Plan(pair, walk, alignment, keras, torch, {}, Ledger(()), shown, overrides)
    return related(plan, sides, chosen, is_plain)


def _given(shown: Shown) -> dict[str, tuple[int, ...]]:
    """The shapes of Keras's inputs, by the names of the values."""
    return dict(zip(shown.layouts, (x.shape for x in shown.keras.values()), strict=True))


def related(
    plan: Plan,
    sides: TwoSides,
    chosen: Fits = activation_layouts.NOTHING,
    is_plain: bool = False,
    walked: Mapping[str, str] = NO_NAMES,
) -> Plan:
    """The plan of these passes with the layouts that shapes allow, and its ledger. walked: by a
    value's name in these passes, what Keras's walk takes in its place."""
    alignment, keras, shown = plan.alignment, plan.keras, plan.shown

    def measure(match: Match, ours: Array, theirs: Array) -> tuple[Array, Array]:
        found = []
        for side, steps, values in (
            (sides.keras, match.keras_steps, ours),
            (sides.torch, match.torch, theirs),
        ):
            names = [step.name for step in steps]
            taken = outside(steps)
            feeds = dict.fromkeys((*taken, *(walked[n] for n in taken if n in walked)), values)
            found.append(side.call(Walks.alone, plan.held, names, feeds, names[-1], "float64"))
        return found[0], found[1]

    shapes = {step.name: step.shape for step in keras.steps} | _given(shown)
    results = set(keras.results)
    try:
        fits = activation_layouts.relate(
            *(alignment, shown.layouts, shapes, measure, results, chosen, is_plain)
        )
    except ValueError as error:
        raise ModelError(f"{plan.pair.name}: {error}") from error
    ledger = draw_up(alignment, keras, plan.torch, fits, plan.overrides)
    return replace(plan, fits=fits, ledger=ledger)


def _require_known(overrides: MappingOverrides, keras: Trace, torch: Trace, shown: Shown) -> None:
    """Raise ModelError where a person maps an input, a layer or a step that is not there."""
    ours = [step.name for step in keras.steps]
    theirs = [name for step in torch.with_dead().steps for name in (step.name, step.path) if name]
    answers = [name for names in overrides.layers.values() for name in names]
    for what, mapped, there in (
        ("input", overrides.inputs, [*shown.keras, *map(str, range(len(shown.keras)))]),
        ("Keras layer", overrides.layers, ours),
        ("torch module or step", () if torch.error else answers, theirs),
    ):
        for name in mapped:
            if name not in there:
                known = ", ".join(dict.fromkeys(there)) or "none"
                raise ModelError(
                    f"mapping: no {what} {name!r}{meant(name, there)}; there are {known}"
                )


def _aligned(
    keras: Trace, torch: Trace, overrides: MappingOverrides, inputs: Kinds
) -> tuple[Trace, Alignment]:
    """Steps that no result depends on take part only where they answer what nothing else does, or
    what else had to be answered by steps with fewer weights, or more."""
    found = returning.aligned(keras, torch, overrides.layers, inputs)
    if not torch.dead or not (found.keras_left or _misfits(found)):
        return torch, found
    every = torch.with_dead()
    again = returning.aligned(keras, every, overrides.layers, inputs)
    left, left_again = len(found.keras_left), len(again.keras_left)
    fewer = left_again < left or (left_again == left and _misfits(again) < _misfits(found))
    return (every, again) if fewer else (torch, found)


def _misfits(alignment: Alignment) -> int:
    """Layers whose weights are not as many as those of the steps that answer them."""
    sizes = (
        [
            sum(prod(v.shape) for step in steps for v in step.variables if v.kind == "weight")
            for steps in both
        ]
        for both in ((match.keras_steps, match.torch) for match in alignment.matches)
    )
    return sum(ours != theirs for ours, theirs in sizes)


def trained(plan: Plan, sides: TwoSides, changes: Sequence[Change] = ()) -> Plan:
    """The plan of the same models in training mode. Raises ModelError as `compare` does."""
    return compare(plan.pair, sides, plan.shown, plan.overrides, training=True, changes=changes)


def chosen(plan: Plan, fits: Fits) -> Plan:
    """The plan with the layouts that values chose."""
    return replace(plan, fits=fits)
