"""Open the two models of a pair, and plan how they are compared."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from parity.checking import arrangements, inputs, probe
from parity.checking.arrangements import Arrangement, is_turned
from parity.checking.options import DEFAULT, Options
from parity.checking.probe import Probe
from parity.mapping import plan as planning
from parity.mapping.layout_moves import by_rank
from parity.mapping.plan import DTYPES, Plan, Shown, key
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Array, Dtype
from parity.records.inputs import InputSpec
from parity.records.pair import Pair
from parity.sides.calls import TwoSides
from parity.sides.verbs import InKeras, InTorch, Models

MOST = 64  # arrangements of the inputs that are tried: each is a pass
HUGE = float(np.sqrt(np.finfo(np.float32).max))  # what other inputs may well drive to infinity


def draw_up(
    pair: Pair,
    sides: TwoSides,
    options: Options = DEFAULT,
    samples: Probe | None = None,
    budget: Budget = UNLIMITED,
) -> Plan:
    """Open both models and plan the comparison. They stay held by the sides under key(pair, dtype).

    samples: what the twin files prepare their inputs from; none are needed without a recipe.
    Raises ModelError where a model cannot be found, or Keras's cannot be run.
    """
    opened(pair, sides, options)
    best: Plan | None = None
    if _is_prepared(pair, options, samples):
        wanted = {}
    else:
        wanted = (specs if options.inputs is not None else drawable)(pair, sides, options)
    for one in _every(pair, sides, options, samples, wanted):
        if best is None:
            drawn = sides.keras.call(InKeras.drawn, key(pair, "float32"), one.shown.keras)
            sides.torch.call(InTorch.draw_as, key(pair, "float32"), drawn)
        plan = planning.compare(pair, sides, one.shown, options.overrides)
        if not (plan.torch.error or plan.torch.short):
            return plan
        if best is None or len(plan.torch.steps) > len(best.torch.steps):
            best = plan
        if budget.is_spent:
            break
    assert best is not None
    return best


def others(
    plan: Plan, sides: TwoSides, options: Options, samples: Probe | None, budget: Budget
) -> Iterator[Plan]:
    """The plans under the other arrangements of the inputs that the outputs may choose."""
    # Keras is not asked again, which may hold other weights by now.
    wanted = inputs.signed_as(specs(plan.pair, sides, options), plan.shown.keras)
    for one in _every(plan.pair, sides, options, samples, wanted):
        if budget.is_spent:
            return
        if one.is_open and not _is_same(one.shown, plan.shown):
            found = planning.compare(plan.pair, sides, one.shown, options.overrides)
            moved = zip(one.shown.layouts, one.shown.torch.values(), strict=True)
            axes = {value: array.ndim for value, array in moved}
            turned = all(is_turned(found.torch, x, axes[x]) for x in one.turned)
            if not (found.torch.error or found.torch.short) and turned:
                yield found


def _is_same(one: Shown, other: Shown) -> bool:
    return one.layouts == other.layouts and [*one.torch] == [*other.torch]


def specs(pair: Pair, sides: TwoSides, options: Options) -> dict[str, InputSpec]:
    """What Keras's model takes, as far as it or a person says."""
    found = sides.keras.call(InKeras.input_specs, key(pair, "float32"), options.shape)
    return inputs.bounded(found, options.overrides)


def drawable(pair: Pair, sides: TwoSides, options: Options) -> dict[str, InputSpec]:
    """What inputs can be drawn of: numbers that Keras's model answers with numbers, if it does."""
    found = specs(pair, sides, options)
    positive = {name: replace(spec, is_positive=True) for name, spec in found.items()}
    small = {name: replace(spec, is_unit=True) for name, spec in found.items()}
    for wanted in (found, positive, small) if found else ():
        if _has_numbers(wanted, pair, sides, options):
            return wanted
    return found


def _has_numbers(
    wanted: dict[str, InputSpec], pair: Pair, sides: TwoSides, options: Options
) -> bool:
    given = inputs.draw(wanted, options.seed)
    (found,) = sides.keras.call(Models.answer, key(pair, "float32"), given, "float32")
    values = [part.value for part in found.parts if part.value is not None]
    return all(np.all(np.abs(value) < HUGE) for value in values if value.dtype.kind == "f")


def opened(pair: Pair, sides: TwoSides, options: Options) -> None:
    """Open both models: in both dtypes and with the same weights where they are to be trained."""
    first, *others = _dtypes(pair)
    weights = options.keras_weights, options.torch_weights
    planning.open_models(pair, sides, first, options.seed, *weights)
    for dtype in others:
        if pair.has_twin_files:
            planning.open_models(pair, sides, dtype, options.seed, *weights)
        else:
            sides.both(Models.share, key(pair, first), key(pair, dtype), dtype)
    if pair.has_twin_files and not options.keras_weights:
        wide = sides.keras.call(Models.weights, key(pair, "float64"))
        narrow = {name: cast(array, "float32") for name, array in wide.items()}
        sides.keras.call(Models.assign, key(pair, "float32"), narrow)


def close(pair: Pair, sides: TwoSides) -> None:
    """Let the models go."""
    for dtype in _dtypes(pair):
        sides.both(Models.close, key(pair, dtype))


@contextlib.contextmanager
def probing_weights(pair: Pair, sides: TwoSides, options: Options) -> Iterator[None]:
    """Give constant weights of the Keras model other values for a while: in a bias of zeros, as a
    new model has it, mistakes hide."""
    if options.is_loaded:
        yield
        return
    names = [key(pair, dtype) for dtype in _dtypes(pair)]
    constant = {name: sides.keras.call(InKeras.constant_weights, name) for name in names}
    for name, weights in constant.items():
        sides.keras.call(Models.assign, name, probe.weights(weights, options.seed))
    try:
        yield
    finally:
        for name, weights in constant.items():
            sides.keras.call(Models.assign, name, weights)


def cast(array: Array, dtype: Dtype) -> Array:
    """Floats in this dtype; everything else as it is."""
    return array.astype(dtype) if np.issubdtype(array.dtype, np.floating) else array


def _dtypes(pair: Pair) -> tuple[Dtype, ...]:
    """A walk runs the float32 model in both; what is trained is a model of either dtype."""
    return DTYPES if pair.recipe is not None else ("float32",)


def _is_prepared(pair: Pair, options: Options, samples: Probe | None) -> bool:
    """Do twin files prepare the inputs?"""
    return pair.has_twin_files and options.inputs is None and samples is not None


def _every(
    pair: Pair,
    sides: TwoSides,
    options: Options,
    samples: Probe | None,
    wanted: dict[str, InputSpec],
) -> Iterator[Arrangement]:
    """What the models may be run on, the likeliest first. wanted: what is drawn where none are
    given."""
    if samples is not None and _is_prepared(pair, options, samples):
        job = (key(pair, "float32"), samples.raw)
        keras, torch = sides.both(Models.prepared, *job)
        yield Arrangement(Shown({"0": keras}, {"0": torch}, {"": by_rank(keras.ndim)}))
        return
    given = inputs.arrays(wanted, options)
    below = {name: x.below for name, x in wanted.items() if x.below is not None}
    items = [wanted[name].is_item if name in wanted else not name.isdecimal() for name in given]
    trace = sides.keras.call(InKeras.present, key(pair, "float32"), given)
    takes = sides.torch.call(InTorch.arguments, key(pair, "float32"))
    found = arrangements.every(given, below, trace, takes, options.overrides, not all(items))
    yield from itertools.islice(found, MOST)
