"""Numerics: what rounding does, and where float64 is not float64."""

import numpy as np
from sklearn.datasets import load_digits

from parity.course.laboratory.experiment import Experiment


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


class TrajectoryFloor(Experiment):
    """A whole training, step by step."""

    id = "trajectory-floor"
    keras_does = "Here a float64 model takes 50 steps of SGD at a high learning rate."
    torch_does = "The same weights, batches and steps, in float32 and in float64."
    naive_error = (
        "Training multiplies rounding, and the higher the rate the faster: two faithful "
        "trainings in float32 part long before their end. Weights at the end say nothing about "
        "the port, and whoever compares them looks for a mistake that is not there."
    )
    faithful_line = (
        "compare in float64, or the first steps alone, or the spread of many seeds: "
        "parity lockstep, parity compare --seeds"
    )
    source = (
        "docs.pytorch.org/docs/stable/notes/randomness.html",
        "docs.pytorch.org/docs/stable/notes/numerical_accuracy.html",
    )
    note = (
        "On the jax and torch backends some of Keras's float64 is float32: see float64-mean, "
        "float64-matmul. float64 parts too, only later; `parity lockstep` takes a twin that was "
        "moved by one ULP for its yardstick."
    )
    backends = ("tensorflow",)
    # Even float64's rounding has grown by many orders of magnitude at step 50.
    apart, close = 1e-2, 1e-6

    def given(rng):
        digits = load_digits()
        batches = (digits.data[:256] / 16).reshape(8, 32, 64)
        targets = np.eye(10)[digits.target[:256]].reshape(8, 32, 10)
        first = rng.normal(scale=0.14, size=(64, 32))
        hidden = rng.normal(scale=0.18, size=(2, 32, 32))
        last = rng.normal(scale=0.22, size=(32, 10))
        weights = {"first": first, "hidden": hidden, "last": last}
        return {"batches": batches, "targets": targets} | weights

    def in_keras(keras, batches, targets, first, hidden, last):
        keras.config.set_floatx("float64")
        layers = [keras.layers.Dense(32, activation="tanh", use_bias=False) for _ in range(3)]
        output = keras.layers.Dense(10, use_bias=False)
        model = keras.Sequential([keras.Input((64,)), *layers, output])
        model.set_weights([first, *hidden, last])
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(1.0), loss)
        for step in range(50):
            model.train_on_batch(batches[step % 8], targets[step % 8])
        return layers[0].kernel

    def naive(torch, batches, targets, first, hidden, last):
        """float32"""
        weights = [w.float().requires_grad_() for w in (first, *hidden, last)]
        optimizer = torch.optim.SGD(weights, lr=1.0)
        for step in range(50):
            h = batches[step % 8].float()
            for w in weights[:-1]:
                h = torch.tanh(h @ w)
            loss = torch.nn.functional.cross_entropy(h @ weights[-1], targets[step % 8].float())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return weights[0]

    def faithful(torch, batches, targets, first, hidden, last):
        """float64"""
        weights = [w.clone().requires_grad_() for w in (first, *hidden, last)]
        optimizer = torch.optim.SGD(weights, lr=1.0)
        for step in range(50):
            h = batches[step % 8]
            for w in weights[:-1]:
                h = torch.tanh(h @ w)
            loss = torch.nn.functional.cross_entropy(h @ weights[-1], targets[step % 8])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return weights[0]


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

    given = Float64Matmul.given
    in_keras = Float64Matmul.in_keras

    faithful = Float64Matmul.naive


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
