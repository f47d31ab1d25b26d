"""The machine: precision of GPUs, compilers, memory, and what can share a process."""

import os
import statistics
import subprocess
import sys

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values
from parity.sides.starting import KEPT
from parity.sides.usage import page_faults


def printed(*statements, environment=None):
    """The whole numbers that a fresh interpreter prints."""
    command = [sys.executable, "-c", "; ".join(statements)]
    own = os.environ | (environment or {})
    done = subprocess.run(command, capture_output=True, check=True, env=own)
    return [int(number) for number in done.stdout.split()]


def faults(compute):
    """How often a call makes the kernel hand out a page of memory: the median of eight."""
    counts = []
    for _ in range(16):  # the first fill what is kept afterwards
        before = page_faults()
        compute()
        counts.append(page_faults() - before)
    return statistics.median(counts[8:])


def torch_flags(*settings):
    """torch's two flags of TF32 in a fresh interpreter, after some settings."""
    flags = ("torch.backends.cuda.matmul.allow_tf32", "torch.backends.cudnn.allow_tf32")
    shown = (f"print(int({flag}))" for flag in flags)
    product, convolution = printed("import torch", *settings, *shown)
    return {"matrix product": product, "convolution": convolution}


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

    def in_keras(keras):
        """May float32 be rounded to TF32 (1) or not (0)?"""
        allowed = "int(tf.config.experimental.tensor_float_32_execution_enabled())"
        (flag,) = printed("import tensorflow as tf", f"print({allowed})")
        return {"matrix product": flag, "convolution": flag}

    def naive(torch):
        """torch's defaults"""
        return torch_flags()

    def faithful(torch):
        """torch.set_float32_matmul_precision("high"), to match TensorFlow's defaults"""
        return torch_flags("torch.set_float32_matmul_precision('high')")


class JitAuto(Experiment):
    """What is compiled unasked, on jax."""

    id = "jit-auto"
    keras_does = (
        'compile(jit_compile="auto") hands the steps of fit, evaluate and predict to XLA where '
        "it can: on jax always, on tensorflow where there is a GPU, on torch never."
    )
    torch_does = "A module runs eagerly until torch.compile is called."
    naive_error = (
        "A compiled program is timed against an eager one, and the difference is taken for the "
        "frameworks'. Fused operations also round otherwise."
    )
    faithful_line = "torch.compile(net); or model.compile(..., jit_compile=False) in Keras"
    source = (
        "keras.io/api/models/model_training_apis",
        "docs.pytorch.org/docs/stable/generated/torch.compile.html",
    )
    note = "The figure is 1 where the model is compiled. Speed, and GPUs, were not measured here."
    backends = ("jax",)
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def in_keras(keras):
        """Is the model compiled by XLA (1) or not (0)?"""
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        model.compile(loss="mse")
        return int(model.jit_compile)

    def naive(torch):
        """net"""
        net = torch.nn.Linear(4, 2)
        return int(isinstance(net, torch._dynamo.OptimizedModule))

    def faithful(torch):
        """torch.compile(net)"""
        net = torch.compile(torch.nn.Linear(4, 2))
        return int(isinstance(net, torch._dynamo.OptimizedModule))


class JitAutoOff(Experiment):
    """What is compiled unasked, on tensorflow and torch without a GPU."""

    id = "jit-auto-off"
    keras_does = (
        'Without a GPU compile(jit_compile="auto") leaves XLA off on tensorflow (its steps are '
        "a graph all the same), and on the torch backend it is always off."
    )
    torch_does = "A module runs eagerly until torch.compile is called."
    faithful_line = "net"
    source = (
        "keras.io/api/models/model_training_apis",
        "keras/src/trainers/trainer.py",
    )
    note = (
        "The figure is 1 where the model is compiled. With a GPU it is 1 on tensorflow, too, by "
        "Keras's source; it was not measured here."
    )
    backends = ("tensorflow", "torch")
    measure = staticmethod(values)
    close = 0.0

    in_keras = JitAuto.in_keras

    faithful = JitAuto.naive


class OneProcessAbort(Experiment):
    """TensorFlow and torch in one process."""

    id = "one-process-abort"
    keras_does = "Keras's tensorflow backend brings TensorFlow, which has an LLVM built in."
    torch_does = (
        "torch's compiler brings Triton, which has another. The first optimizer that is made "
        "imports it, without being asked to compile."
    )
    naive_error = (
        "With TensorFlow first, both LLVMs register the same options, and the second one aborts "
        "the interpreter: a line about LLVM, no exception, and a whole run is lost."
    )
    faithful_line = "import torch._dynamo before tensorflow; better, a process for each"
    source = ("github.com/pytorch/pytorch/issues/90166",)
    note = (
        "The figure is the exit status of a fresh interpreter; -6 is an abort. Triton comes with "
        "torch's CUDA builds on Linux alone. `parity` runs each framework in its own process."
    )
    backends = ("tensorflow",)
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def in_keras(keras):
        """The exit status of the program."""
        return 0  # the status of a program that runs to its end

    def naive(torch):
        """import tensorflow, triton"""
        command = [sys.executable, "-c", "import tensorflow, triton"]
        return subprocess.run(command, check=False, capture_output=True).returncode

    def faithful(torch):
        """import triton, tensorflow"""
        command = [sys.executable, "-c", "import triton, tensorflow"]
        return subprocess.run(command, check=False, capture_output=True).returncode


class FreedMemory(Experiment):
    """Where the memory of a tensor goes when it is freed."""

    id = "freed-memory"
    keras_does = "TensorFlow keeps the memory that a tensor had, for the next one."
    torch_does = (
        "On a CPU torch frees it, and glibc hands blocks of 32 MB and more (smaller ones at "
        "times) back to the kernel, which fills every page with zeros when it is asked again."
    )
    naive_error = (
        "Half of the time in which torch trains a small convolutional model goes into page "
        "faults, and the framework is taken for slow."
    )
    faithful_line = (
        "MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=8589934592 "
        "MALLOC_TOP_PAD_=268435456 python train.py"
    )
    source = ("man7.org/linux/man-pages/man3/mallopt.3.html",)
    note = (
        "Measured on Linux with pages of 4 KB; other systems have other allocators, and on a GPU "
        "torch keeps memory itself. XLA, which Keras's jax backend compiles with, hands its "
        "results back as torch does. `parity compare` trains with memory kept, and times the "
        "matched lane without."
    )
    backends = ("tensorflow",)
    measure = staticmethod(values)
    apart, close = 10.0, 1.0  # a page is 4 KB or 2 MB

    def in_keras(keras):
        """Page faults in a call whose result is 40 MB large."""
        x = keras.ops.ones((400, 28, 28, 32))
        return faults(lambda: keras.ops.relu(x))

    def naive(torch):
        """torch.relu(x)"""
        x = torch.ones(400, 32, 28, 28)
        return faults(lambda: torch.relu(x))

    def faithful(torch):
        """torch.relu(x), in a process that is started with these settings of glibc"""
        own = "from parity.course.laboratory.catalogue.machine import FreedMemory"
        statement = "print(int(FreedMemory.naive(torch)))"
        kept = {name: str(value) for name, value in KEPT.items()}
        return printed("import torch", own, statement, environment=kept)[0]
