"""Both sides in this process, for live objects: a notebook's or a test's own.

TensorFlow and torch live in one process as long as nobody imports Triton after TensorFlow: that
aborts the interpreter. torch's optimizers import it with torch's compiler, where it is installed.
"""

import contextlib
import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, Generic

from parity.sides.calls import Call, OfKeras, OfTorch, P, S_co, Side, T
from parity.sides.process import guard
from parity.sides.verbs import Stepping, SteppingInKeras, SteppingInTorch


class Local(Generic[S_co]):
    """A side in this process, with a worker's `call`."""

    def __init__(self, framework: str, backend: str) -> None:
        self.framework = framework
        self.backend = backend
        module = importlib.import_module(f"parity.sides.{framework}_steps")
        self._side = getattr(module, f"{framework.capitalize()}Steps")()

    def call(self, verb: Callable[Concatenate[S_co, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb. Raises ParityError in one line."""
        own: Callable[..., T] = getattr(self._side, verb.__name__)
        return guard(own, args, kwargs, self._side.name)


class LocalSides:
    """A Keras side and a torch side, one after the other."""

    def __init__(self, keras: Side[SteppingInKeras], torch: Side[SteppingInTorch]) -> None:
        self.keras = keras
        self.torch = torch

    def with_keras(self, keras: Side[SteppingInKeras]) -> "LocalSides":
        """The same torch side beside another Keras side."""
        return LocalSides(keras, self.torch)

    def both(
        self, verb: Callable[Concatenate[Stepping, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[T, T]:
        """Run a verb on both sides with the same arguments."""
        return self.keras.call(verb, *args, **kwargs), self.torch.call(verb, *args, **kwargs)

    def each(
        self, keras: Call[SteppingInKeras, OfKeras], torch: Call[SteppingInTorch, OfTorch]
    ) -> tuple[OfKeras, OfTorch]:
        """Run a verb on each side."""
        ours = self.keras.call(keras.verb, *keras.args, **keras.kwargs)
        return ours, self.torch.call(torch.verb, *torch.args, **torch.kwargs)


def without_triton() -> None:
    """Load torch's compiler so that it does without Triton, where TensorFlow came first."""
    triton = "triton"
    if "tensorflow" not in sys.modules or "torch._dynamo" in sys.modules or triton in sys.modules:
        return
    sys.modules[triton] = None  # type: ignore[assignment]
    try:
        importlib.import_module("torch._dynamo")
    finally:
        del sys.modules[triton]


@contextlib.contextmanager
def in_this_process() -> Iterator[LocalSides]:
    """Both sides; global settings of the frameworks come back as they were."""
    keras = sys.modules["keras"]
    with _keras_as_it_was(), torch_in_this_process() as torch:
        yield LocalSides(Local[SteppingInKeras]("keras", keras.backend.backend()), torch)


@contextlib.contextmanager
def torch_in_this_process() -> Iterator[Side[SteppingInTorch]]:
    """The torch side; torch's global settings come back as they were."""
    torch: Any = importlib.import_module("torch")
    tf32 = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    on_cuda = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    try:
        # A layer may draw at inference, too.
        with torch.random.fork_rng(on_cuda), _warnings_raise_nothing():
            yield Local[SteppingInTorch]("torch", "torch")
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = tf32


@contextlib.contextmanager
def _keras_as_it_was() -> Iterator[None]:
    keras = sys.modules["keras"]
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    jax = sys.modules.get("jax") if keras.backend.backend() == "jax" else None
    wide = jax.config.jax_enable_x64 if jax else None
    precision = jax.config.jax_default_matmul_precision if jax else None
    tf = sys.modules.get("tensorflow") if keras.backend.backend() == "tensorflow" else None
    of_tf = tf.config.experimental if tf else None
    narrow = of_tf.tensor_float_32_execution_enabled() if of_tf else None
    try:
        yield
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)
        if of_tf:
            of_tf.enable_tensor_float_32_execution(narrow)
        if jax:
            jax.config.update("jax_enable_x64", wide)
            jax.config.update("jax_default_matmul_precision", precision)


@contextlib.contextmanager
def _warnings_raise_nothing() -> Iterator[None]:
    """Where warnings are errors, as in many tests, those of the frameworks would end a check."""
    with warnings.catch_warnings():
        if any(action == "error" for action, *_ in warnings.filters):
            warnings.simplefilter("ignore")
        yield
