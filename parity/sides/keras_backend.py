"""What differs between Keras's backends outside the models: environment, devices, precision."""

import os
import sys
from typing import Any

from parity.errors import SideError
from parity.sides import usage

BACKENDS = ("tensorflow", "jax", "torch")

# A user's own flags come after these, and win.
XLA_FLAGS = (
    # Keras averages float64 losses in float32 on jax. XLA drops that rounding from large sums and
    # keeps it in small ones, by its own estimate of the work; this way it always rounds.
    "--xla_allow_excess_precision=false",
    # At its default of 3, LLVM needs 216 s for the float64 gradient of conv_transpose_ae on a CPU
    # with AVX-512, and 2 s at 2; the code is as fast.
    "--xla_backend_optimization_level=2",
)


class _NoTensorFlow:
    """Lets nobody import TensorFlow, once Keras is there.

    A None in sys.modules did so until then; but in use Keras takes the mere entry for the module.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "tensorflow":
            raise ModuleNotFoundError("No module named 'tensorflow'", name=name)


def prepare_environment(backend: str, device: str, threads: int = 0) -> None:
    """Set what is read only once, at the first `import keras`. Call it before that import.

    threads: of one operation; 0 leaves it to the framework.
    """
    flags: tuple[str, ...] = XLA_FLAGS
    if threads:
        count = str(threads)
        os.environ.update(OMP_NUM_THREADS=count, MKL_NUM_THREADS=count)
        os.environ.update(TF_NUM_INTRAOP_THREADS=count, TF_NUM_INTEROP_THREADS=count)
        if threads == 1:
            flags = (*flags, "--xla_cpu_multi_thread_eigen=false")
    os.environ["KERAS_BACKEND"] = backend
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_FORCE_GPU_ALLOW_GROWTH="true")
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    os.environ["XLA_FLAGS"] = " ".join((*flags, os.environ.get("XLA_FLAGS", ""))).strip()
    if device == "cpu":
        os.environ.update(JAX_PLATFORMS="cpu", KERAS_TORCH_DEVICE="cpu")
        if backend == "tensorflow":
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if backend != "tensorflow":
        # Keras imports TensorFlow where it finds it, whatever its backend. That costs seconds,
        # and with torch in one process it can abort the interpreter.
        sys.modules["tensorflow"] = None  # type: ignore[assignment]


def configure(device: str) -> str:
    """Turn on float64, turn off TF32, and name the device in use: "cpu" or a GPU's name.

    Raises SideError where a CUDA device is asked for and there is none.
    """
    import keras

    if "tensorflow" in sys.modules and sys.modules["tensorflow"] is None:
        sys.meta_path.insert(0, _NoTensorFlow())
        del sys.modules["tensorflow"]
    found = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]()
    if device == "cuda" and found == "cpu":
        raise SideError(
            f"keras side ({keras.backend.backend()}): no CUDA device was found; use --device cpu"
        )
    return found


def threads() -> int:
    """Of one operation on the CPU."""
    return int(os.environ.get("OMP_NUM_THREADS", "0")) or usage.cores()


def device_peak() -> int | None:
    """Peak bytes on the GPU, as the backend counts them; None on a CPU."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        found = tf.config.list_physical_devices("GPU")
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"]) if found else None
    if backend == "jax":
        import jax

        device = jax.devices()[0]
        statistics = device.memory_stats() if device.platform != "cpu" else None
        return int(statistics["peak_bytes_in_use"]) if statistics else None
    import torch

    return torch.cuda.max_memory_allocated() if _torch() != "cpu" else None


def versions() -> dict[str, Any]:
    import keras

    backend = keras.backend.backend()
    return {f"keras_on_{backend}": sys.modules[backend].__version__}


def _tensorflow() -> str:
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)
    tf.get_logger().setLevel("ERROR")  # it warns that a model after a model is traced anew
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "cpu"
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "gpu"))


def _jax() -> str:
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "highest")
    device = jax.devices()[0]
    return "cpu" if device.platform == "cpu" else str(device.device_kind)


def _torch() -> str:
    import torch
    from keras.src.backend.torch.core import get_device

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return "cpu" if get_device() == "cpu" else torch.cuda.get_device_name()


def called(operation: Any, *args: Any, **kwargs: Any) -> Any:
    """What an operation gives. TensorFlow has kernels for a CPU in XLA that it has not without,
    such as a float64 convolution with its channels first."""
    from parity.sides import keras_kernels, keras_loops  # they import keras

    try:
        with keras_loops.compiled(), keras_kernels.uncompiled():
            return operation(*args, **kwargs)
    except Exception as error:
        if type(error).__name__ != "UnimplementedError":
            raise
        import tensorflow as tf

        return tf.function(operation, jit_compile=True)(*args, **kwargs)
