"""Open the two models of a pair, and plan how they are compared."""

import contextlib
import itertools
from collections.abc import Iterator

import numpy as np

from parity.checking import inputs, probe
from parity.checking.options import DEFAULT, Options
from parity.checking.probe import Probe
from parity.errors import ModelError
from parity.mapping import plan as planning
from parity.mapping.layout_moves import AS_IT_IS, CHANNELS, CHANNELS_BEHIND_TIME, by_rank
from parity.mapping.plan import DTYPES, Inputs, Plan, Shown, key
from parity.mapping.rules.operations import TORCH
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Array, Dtype, Layout, Trace
from parity.records.pair import Pair
from parity.sides.calls import TwoSides
from parity.sides.verbs import InKeras, Models

CONVOLUTIONAL = (
    *("Conv", "MaxPool", "AveragePool", "ZeroPadding", "UpSampling", "Depthwise"),
    *("Separable", "Cropping", "GlobalMax", "GlobalAverage", "Spatial"),
)

MOST = 64  # arrangements of the inputs that are tried: each is a pass


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
    for shown in _shown(pair, sides, options, samples):
        plan = planning.compare(pair, sides, shown, options.overrides)
        if not plan.torch.error:
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
    """The plans under other arrangements: those in which the port is shown Keras's own inputs in
    place of channels first, and turns them by itself."""
    likeliest = plan.shown.layouts
    for shown in _shown(plan.pair, sides, options, samples):
        if budget.is_spent:
            return
        changed = [name for name, x in shown.layouts.items() if x is not likeliest[name]]
        if changed and all(shown.layouts[name] is AS_IT_IS for name in changed):
            found = planning.compare(plan.pair, sides, shown, options.overrides)
            if not found.torch.error and all(_is_turned(found.torch, name) for name in changed):
                yield found


def _is_turned(trace: Trace, name: str) -> bool:
    """Are the axes of this input of the port exchanged, before anything else is done to it?"""
    takers = [step for step in trace.steps if name in step.inputs]
    return bool(takers) and all(TORCH.get(step.kind) == "permute" for step in takers)


def opened(pair: Pair, sides: TwoSides, options: Options) -> None:
    """Open both models: in both dtypes and with the same weights where they are to be trained."""
    for dtype in _dtypes(pair):
        planning.open_models(
            pair, sides, dtype, options.seed, options.keras_weights, options.torch_weights
        )
    if pair.recipe is not None and not options.keras_weights:
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


def _shown(pair: Pair, sides: TwoSides, options: Options, samples: Probe | None) -> Iterator[Shown]:
    """What the models may be run on, the likeliest first."""
    if pair.recipe is not None and options.inputs is None and samples is not None:
        job = (key(pair, "float32"), samples.raw)
        keras, torch = sides.both(Models.prepared, *job)
        yield Shown({"0": keras}, {"0": torch}, {"": by_rank(keras.ndim)})
        return
    given = _inputs(pair, sides, options)
    names = [f":{n}" if n else "" for n in range(len(given))]
    for layouts in _arrangements(pair, sides, options, given):
        moved = {
            name: layout.to_torch(array)
            for (name, array), layout in zip(given.items(), layouts, strict=True)
        }
        yield Shown(given, moved, dict(zip(names, layouts, strict=True)))


def _inputs(pair: Pair, sides: TwoSides, options: Options) -> Inputs:
    wanted, vocabulary = sides.keras.call(InKeras.input_spec, key(pair, "float32"))
    if options.inputs is None:
        return inputs.draw(wanted, vocabulary, options.shape, options.seed)
    found = dict(options.inputs)
    if set(wanted) - set(found) and len(wanted) == len(found):
        found = dict(zip(wanted, found.values(), strict=True))  # by position
    narrow = {n: a.astype("float32") if a.dtype == np.float64 else a for n, a in found.items()}
    missing = [name for name in wanted if name not in narrow]
    if missing:
        raise ModelError(f"no input {', '.join(map(repr, missing))}; got {', '.join(narrow)}")
    if not all(name.isdecimal() for name in narrow):  # as Keras takes a dictionary apart
        return dict(sorted(narrow.items()))
    return narrow


def _arrangements(
    pair: Pair, sides: TwoSides, options: Options, given: Inputs
) -> Iterator[tuple[Layout, ...]]:
    """In which layouts the torch module may take the inputs, the likeliest first."""
    trace: Trace = sides.keras.call(InKeras.present, key(pair, "float32"), given)
    choices = []
    for number, (name, array) in enumerate(given.items()):
        override = options.overrides.inputs.get(name)
        if override is not None:
            choices.append([CHANNELS if override == "channels_first" else AS_IT_IS])
        elif array.ndim < 3 or not np.issubdtype(array.dtype, np.floating):
            choices.append([AS_IT_IS])
        elif array.ndim > 4:
            choices.append([CHANNELS, CHANNELS_BEHIND_TIME, AS_IT_IS])
        elif array.ndim > 3 or _is_convolved(trace, f":{number}" if number else ""):
            choices.append([CHANNELS, AS_IT_IS])
        else:
            choices.append([AS_IT_IS, CHANNELS])
    yield from itertools.islice(itertools.product(*choices), MOST)


def _is_convolved(trace: Trace, name: str) -> bool:
    """Does the first layer that takes this input work on channels?"""
    first = next((step for step in trace.steps if name in step.inputs), None)
    return first is not None and first.kind.startswith(CONVOLUTIONAL)
