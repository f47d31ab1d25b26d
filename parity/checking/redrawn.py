"""Other weights for both models: of ordinary size everywhere, so that no layer's answer is lost
beside another's."""

from math import prod

import numpy as np

from parity.mapping.own_layers import is_known
from parity.mapping.plan import Plan
from parity.records.comparison import Array, Variable

LARGE = 2**26  # weights: more are not drawn anew, as they are held twice meanwhile
POSITIVE = ("gamma", "scale", "variance")  # in the name of what multiplies, or is divided by
AROUND_ONE, AROUND_ZERO = (0.5, 1.5), (-0.5, 0.5)
LOUD, SCALES = 3, (4.0, 12.0)  # a seed, under which scales are so large that bounds are met
# A seed, under which a scale may be negative: a person's own layer may take its size alone. It is
# small, as what falls under a positive width grows under another.
SIGNED, SMALL = 4, (-0.125, 0.125)
# What sets values anew to an ordinary size, however wide the inputs are.
NORMED = {"LayerNormalization", "GroupNormalization", "RMSNormalization"}
BOUNDED = {"relu6", "ReLU6", "Relu6", "hardtanh", "Hardtanh", "clamp", "clip", "Clip", "minimum"}
RELU = 2.0  # He et al. 2015: the variance of a kernel times its inputs, that keeps a relu's values
RECURRENT = 1.0
# Each of many sums in a row would double what it adds to; what an activation does to values of
# ordinary size is then lost behind it. Under this seed kernels are so small that they stay so.
STEADY, SUMS = 2, 1
SUMMED = {"Add", "add"}


def is_possible(plan: Plan) -> bool:
    """Is every weight moved that has to be, and are there not too many of them?"""
    size = sum(prod(v.shape) for v in plan.keras.variables)
    return bool(plan.ledger.lines) and not plan.ledger.failures and size <= LARGE


def is_needless(plan: Plan) -> bool:
    """Has neither side a weight to draw? Constants, as a window, are no weights."""
    ledger = plan.ledger
    return not (ledger.lines or ledger.keras_left or ledger.failures or unplaced(plan))


def has_bounds(plan: Plan) -> bool:
    """Does a side cut values at a bound which, behind a normalisation, ordinary ones never meet?"""
    kinds = {
        word for s in (*plan.keras.steps, *plan.torch.steps) for word in (s.kind, s.activation)
    }
    is_cut = not BOUNDED.isdisjoint(kinds) or any(
        step.settings.get("max_value") is not None for step in plan.keras.steps
    )
    return is_cut and not NORMED.isdisjoint(step.kind for step in plan.keras.steps)


def own_scales(plan: Plan) -> set[str]:
    """The trained weights of layers of a person's own, which may do with a scale what they like."""
    own = [step for step in plan.keras.steps if not is_known(step)]
    return {v.name for step in own for v in step.variables if v.kind == "weight" and v.trainable}


def unplaced(plan: Plan) -> list[Variable]:
    """The port's parameters that no weight of Keras's goes to."""
    return [v for v in plan.ledger.torch_left if v.kind == "weight" and v.trainable]


def keras(plan: Plan, weights: dict[str, Array], seed: int) -> dict[str, Array]:
    """New values for Keras's weights, but for those of the preprocessing and of generators."""
    apart = {name for name, _ in plan.ledger.set_aside}
    generator = np.random.default_rng(seed)
    joined = [s for s in plan.keras.steps if s.kind in SUMMED and len(s.inputs) > 1]
    sums = len(joined) if seed == STEADY else 0
    share = min(1.0, SUMS / max(1, sums))
    found = {
        name: _drawn(name, array, generator, SCALES if seed == LOUD else AROUND_ONE, share)
        for name, array in weights.items()
        if name not in apart and np.issubdtype(array.dtype, np.floating) and array.size
    }
    own = sorted(own_scales(plan) & {*found}) if seed == SIGNED else []
    return found | {name: _signed(found[name], generator) for name in own}


def _signed(array: Array, generator: np.random.Generator) -> Array:
    return np.asarray(array * generator.choice(SMALL, array.shape), array.dtype)


def torch(weights: dict[str, Array], seed: int) -> dict[str, Array]:
    """New values for the port's own."""
    generator = np.random.default_rng(seed)
    return {
        name: (array + generator.uniform(*AROUND_ZERO, array.shape)).astype(array.dtype)
        for name, array in weights.items()
        if np.issubdtype(array.dtype, np.floating)
    }


def _drawn(
    name: str,
    array: Array,
    generator: np.random.Generator,
    scales: tuple[float, float],
    share: float,
) -> Array:
    """share: of the variance that a kernel has otherwise."""
    role = name.rpartition("/")[2]
    if any(word in role for word in POSITIVE):
        found = generator.uniform(*(AROUND_ONE if "variance" in role else scales), array.shape)
    elif array.ndim < 2 or "bias" in role:
        is_scale = array.min() > 0
        found = generator.uniform(*(AROUND_ONE if is_scale else AROUND_ZERO), array.shape)
        found = found * array.mean() if is_scale else found
    elif "embeddings" in role:
        found = generator.standard_normal(array.shape)
    else:
        gain = RECURRENT if "recurrent" in role else RELU * share
        depth = prod(array.shape[:-2]) if "depthwise" in role else prod(array.shape[:-1])
        found = generator.standard_normal(array.shape) * np.sqrt(gain / depth)
    return np.asarray(found, array.dtype)
