"""Both sides in this process, for live objects: a notebook's or a test's own.

TensorFlow and torch live in one process as long as nobody imports Triton after TensorFlow, which
torch's optimizers and compiler do; so nothing here trains.
"""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from typing import Any

from parity.sides.process import guard


class Local:
    """A side in this process, with a worker's `call`."""

    def __init__(self, framework: str, backend: str) -> None:
        self.framework = framework
        self.backend = backend
        module = importlib.import_module(f"parity.sides.{framework}_models")
        self._side = getattr(module, f"{framework.capitalize()}Models")()

    def call(self, verb: str, *args: Any) -> Any:
        """Run a verb. Raises ParityError in one line."""
        return guard(getattr(self._side, verb), args, self._side.name)


class LocalSides:
    """A Keras side and a torch side, one after the other."""

    def __init__(self) -> None:
        import keras

        self.keras = Local("keras", keras.backend.backend())
        self.torch = Local("torch", "torch")

    def both(self, verb: str, keras: tuple[Any, ...], torch: tuple[Any, ...]) -> tuple[Any, Any]:
        """Run a verb on both sides."""
        return self.keras.call(verb, *keras), self.torch.call(verb, *torch)


@contextlib.contextmanager
def in_this_process() -> Iterator[LocalSides]:
    """Both sides; global settings of the frameworks come back as they were."""
    keras, torch = sys.modules["keras"], sys.modules["torch"]
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    tf32 = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    jax = sys.modules.get("jax") if keras.backend.backend() == "jax" else None
    wide = jax.config.jax_enable_x64 if jax else None
    on_cuda = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    generators = torch.random.fork_rng(on_cuda)
    precision = jax.config.jax_default_matmul_precision if jax else None
    try:
        with generators:  # a layer may draw at inference, too
            yield LocalSides()
    finally:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = tf32
        if jax:
            jax.config.update("jax_enable_x64", wide)
            jax.config.update("jax_default_matmul_precision", precision)
