"""A Keras model under the mixed policy of a low precision, while it and its variables stay."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from parity.records.comparison import LowPrecision


@contextlib.contextmanager
def mixed(model: Any, dtype: LowPrecision) -> Iterator[None]:
    """Let a float32 model compute as one that was built under `mixed_bfloat16` or `mixed_float16`.

    What was given a policy of its own, as the last softmax often is, keeps it: the others share
    the policy object of the model. Where none does, as in a model that was read from a file, it is
    not known which were given one, and all of float32 are changed.
    """
    layers = list(model._flatten_layers())
    kept = [(layer, layer.dtype_policy) for layer in layers]
    inside = [policy for layer, policy in kept if not isinstance(layer, keras.Model)]
    shared = [policy for policy in inside if policy is model.dtype_policy] or inside
    low = keras.DTypePolicy(f"mixed_{dtype}")
    try:
        for layer, policy in kept:
            is_shared = isinstance(layer, keras.Model) or any(policy is x for x in shared)
            if policy.name == "float32" and is_shared:
                layer.dtype_policy = low
        yield
    finally:
        for layer, policy in kept:
            if layer.dtype_policy is not policy:
                layer.dtype_policy = policy
