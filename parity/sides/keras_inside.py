"""What a layer of a person's own computes on its way: the results of the backend's operations."""

import contextlib
import math
from collections.abc import Callable, Collection, Iterator
from typing import Any

import keras
import numpy as np

from parity.records.comparison import Array

MOST = 2_000  # values that are kept


Note = Callable[[Any], None]


@contextlib.contextmanager
def noted(sizes: Collection[int]) -> Iterator[list[Array]]:
    """The floating values that the backend's operations give while it lasts, as far as they have
    one of these sizes, in the order in which they are computed."""
    found: list[Array] = []

    def note(value: Any) -> None:
        if len(found) < MOST and math.prod(value.shape) in sizes:
            array = np.asarray(keras.ops.convert_to_numpy(value))
            if np.issubdtype(array.dtype, np.floating):
                found.append(array.copy())

    with WAYS[keras.backend.backend()](note):
        yield found


@contextlib.contextmanager
def _on_tensorflow(note: Note) -> Iterator[None]:
    from tensorflow.python.framework import op_callbacks  # loaded with the backend alone

    def noting(
        kind: str, given: Any, attributes: Any, results: Any, name: Any = None, graph: Any = None
    ) -> None:
        if graph is None:  # inside of one nothing has a value yet
            for value in results:
                if value.dtype.is_floating:  # no resource
                    note(value)

    op_callbacks.add_op_callback(noting)
    try:
        yield
    finally:
        op_callbacks.remove_op_callback(noting)


@contextlib.contextmanager
def _on_jax(note: Note) -> Iterator[None]:
    """Without its compiler, jax comes to each of its primitives."""
    import jax
    from jax.extend.core import Primitive

    bind = Primitive.bind

    def noting(primitive: Any, *given: Any, **settings: Any) -> Any:
        results = bind(primitive, *given, **settings)
        for value in jax.tree.leaves(results):
            if isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer):
                note(value)
        return results

    Primitive.bind = noting
    try:
        with jax.disable_jit():
            yield
    finally:
        Primitive.bind = bind


@contextlib.contextmanager
def _on_torch(note: Note) -> Iterator[None]:
    import torch
    from torch.overrides import TorchFunctionMode

    class Noting(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            result = func(*args, **(kwargs or {}))
            if isinstance(result, torch.Tensor):
                with torch._C.DisableTorchFunction():
                    note(result)
            return result

    with Noting():
        yield


WAYS = {"tensorflow": _on_tensorflow, "jax": _on_jax, "torch": _on_torch}
