"""Numerics: what rounding does, which precision is meant, and what shares a process."""

import subprocess
import sys

from parity.laboratory.experiment import Experiment
from parity.laboratory.measure import values


class CpuNumerics(Experiment):
    """The same sums in float32."""

    id = "cpu-numerics"
    keras_does = "TensorFlow sums in the order of oneDNN's and Eigen's kernels, jax of XLA's."
    torch_does = "torch sums in the order of its own kernels, oneDNN's and the BLAS's."
    faithful_line = "assert_close(rtol=1e-5) for a layer, or multiples of measured noise; not =="
    source = (
        "docs.pytorch.org/docs/stable/notes/numerical_accuracy.html",
        "github.com/uxlfoundation/oneDNN",
    )
    note = (
        "Results agree to float32's rounding and are not equal, and change with the number of "
        "threads, the processor and oneDNN's switch (TF_ENABLE_ONEDNN_OPTS)."
    )
    close = 1e-6

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {
            "x": normal(64, 784),
            "kernel": normal(784, 100),
            "image": normal(4, 14, 14, 32),
            "filters": normal(5, 5, 32, 16),
        }

    def in_keras(keras, x, kernel, image, filters):
        return {
            "product": keras.ops.matmul(x, kernel),
            "convolution": keras.ops.conv(image, filters, padding="valid"),
        }

    def faithful(torch, x, kernel, image, filters):
        """x @ kernel, F.conv2d"""
        convolution = torch.nn.functional.conv2d(
            image.permute(0, 3, 1, 2), filters.permute(3, 2, 0, 1)
        )
        return {"product": x @ kernel, "convolution": convolution.permute(0, 2, 3, 1)}


class Float64Matmul(Experiment):
    """A product in float64 on Keras's torch backend."""

    id = "float64-matmul"
    keras_does = (
        "On the torch backend keras.ops.matmul rounds two float64 arrays to float32, and so does "
        "a Dense layer of a float64 model: the type of the result follows jax's rules, which "
        "know 32 bits by default."
    )
    torch_does = "float64 times float64 is float64."
    naive_error = (
        "A port in float64 differs from its reference by float32's rounding, and the port is "
        "searched for a mistake that is not in it."
    )
    faithful_line = "(x.float() @ kernel.float()).double()"
    source = (
        "github.com/keras-team/keras/issues/23704",
        "keras/src/backend/torch/numpy.py",
    )
    note = "On the tensorflow and jax backends the product stays in float64; see float64-mean."
    backends = ("torch",)
    apart, close = 1e-9, 1e-12

    def given(rng):
        return {"x": rng.normal(size=(8, 20)), "kernel": rng.normal(size=(20, 5))}

    def in_keras(keras, x, kernel):
        layer = keras.layers.Dense(5, use_bias=False, dtype="float64")
        layer.build(x.shape)
        layer.set_weights([kernel])
        return layer(x)

    def naive(torch, x, kernel):
        """x @ kernel in float64"""
        return x @ kernel

    def faithful(torch, x, kernel):
        """x.float() @ kernel.float()"""
        return (x.float() @ kernel.float()).double()


class Float64MatmulElsewhere(Experiment):
    """A product in float64 on Keras's tensorflow and jax backends."""

    id = "float64-matmul-elsewhere"
    keras_does = "A Dense layer of a float64 model computes in float64."
    torch_does = "float64 times float64 is float64."
    faithful_line = "x @ kernel"
    source = ("keras/src/backend/tensorflow/numpy.py", "keras/src/backend/jax/numpy.py")
    note = "jax knows float64 only with jax_enable_x64, which is set here."
    backends = ("tensorflow", "jax")
    close = 1e-14

    def given(rng):
        return {"x": rng.normal(size=(8, 20)), "kernel": rng.normal(size=(20, 5))}

    def in_keras(keras, x, kernel):
        layer = keras.layers.Dense(5, use_bias=False, dtype="float64")
        layer.build(x.shape)
        layer.set_weights([kernel])
        return layer(x)

    def faithful(torch, x, kernel):
        """x @ kernel in float64"""
        return x @ kernel


class Float64Mean(Experiment):
    """A mean in float64 on Keras's jax backend."""

    id = "float64-mean"
    keras_does = (
        "On the jax backend keras.ops.mean computes in float32 and hands back the type that came "
        "in: float64 in name. Losses that average over the last axis do so through it."
    )
    torch_does = "The mean of float64 values is computed in float64."
    naive_error = (
        "The loss of a float64 training differs by float32's rounding, though all arrays are "
        "float64; gradients follow."
    )
    faithful_line = "x.float().mean(dim=-1).double()"
    source = ("github.com/keras-team/keras/pull/18534", "keras/src/backend/jax/numpy.py")
    note = (
        "Where a compiled step holds the mean, XLA may leave the rounding out or keep it, by its "
        "own estimate of the work: --xla_allow_excess_precision=false, set here, keeps it."
    )
    backends = ("jax",)
    apart, close = 1e-9, 1e-12

    def given(rng):
        return {"x": rng.uniform(size=(64, 2))}

    def in_keras(keras, x):
        return keras.ops.mean(x, axis=-1)

    def naive(torch, x):
        """x.mean(dim=-1)"""
        return x.mean(dim=-1)

    def faithful(torch, x):
        """x.float().mean(dim=-1).double()"""
        return x.float().mean(dim=-1).double()


class Tf32(Experiment):
    """TF32 on GPUs: which operations may round their inputs to ten bits."""

    id = "tf32"
    keras_does = "TensorFlow allows TF32 for matrix products and for convolutions."
    torch_does = "torch allows it for convolutions and forbids it for matrix products."
    naive_error = (
        "On a GPU since Ampere the reference's dense layers round to ten bits of mantissa, the "
        "port's do not, and the difference is taken for the port's."
    )
    faithful_line = (
        "off in both: tf.config.experimental.enable_tensor_float_32_execution(False), "
        "torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False"
    )
    source = (
        "tensorflow.org/api_docs/python/tf/config/experimental/enable_tensor_float_32_execution",
        "docs.pytorch.org/docs/stable/notes/cuda.html",
    )
    note = (
        "Read are the flags of a fresh interpreter, 1 where TF32 is allowed. The effect on a GPU "
        "was not measured here; on a CPU there is none. `parity` turns all of them off."
    )
    backends = ("tensorflow",)
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def given(rng):
        return {}

    def in_keras(keras):
        code = (
            "import tensorflow as tf; "
            "print(int(tf.config.experimental.tensor_float_32_execution_enabled()))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        allowed = int(done.stdout)  # one flag for both
        return {"matrix product": allowed, "convolution": allowed}

    def naive(torch):
        """torch's defaults"""
        code = (
            "import torch; "
            "print(int(torch.backends.cuda.matmul.allow_tf32), "
            "int(torch.backends.cudnn.allow_tf32))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        product, convolution = map(int, done.stdout.split())
        return {"matrix product": product, "convolution": convolution}

    def faithful(torch):
        """torch.set_float32_matmul_precision("high"), to match TensorFlow's defaults"""
        code = (
            "import torch; "
            "torch.set_float32_matmul_precision('high'); "
            "print(int(torch.backends.cuda.matmul.allow_tf32), "
            "int(torch.backends.cudnn.allow_tf32))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        product, convolution = map(int, done.stdout.split())
        return {"matrix product": product, "convolution": convolution}
