"""Tell what each operation of one of Keras's backends gives, as it is run."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

Note = Callable[[Any], None]  # is given each value


@contextlib.contextmanager
def on_tensorflow(note: Note) -> Iterator[None]:
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
def on_jax(note: Note) -> Iterator[None]:
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
def on_torch(note: Note) -> Iterator[None]:
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


WAYS = {"tensorflow": on_tensorflow, "jax": on_jax, "torch": on_torch}
