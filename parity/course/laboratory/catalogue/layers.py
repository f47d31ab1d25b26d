"""Layers: the same name, and another layout or definition."""

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import classified


class DenseKernelTranspose(Experiment):
    """The kernel of a Dense layer."""

    id = "dense-kernel-transpose"
    keras_does = "Dense keeps its kernel as (inputs, units) and computes x @ kernel + bias."
    torch_does = "nn.Linear keeps its weight as (units, inputs) and computes x @ weight.T + bias."
    naive_error = (
        "Where a layer has as many units as inputs, as here, the kernel fits as it is: nothing is "
        "said, and every output is another. A kernel that is not square does not fit."
    )
    faithful_line = "linear.weight.data.copy_(kernel.T)"
    source = (
        "keras.io/api/layers/core_layers/dense",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
    )
    measure = staticmethod(classified)
    apart = 0.5

    def given(rng):
        """Digits, and a hidden layer of 64 units. The output layer has learnt from the latter."""
        from sklearn.datasets import load_digits
        from sklearn.linear_model import RidgeClassifier

        x, labels = load_digits(return_X_y=True)
        x, kernel = x / 16, rng.normal(size=(64, 64)) / 8
        learnt = RidgeClassifier().fit((x @ kernel).clip(0), labels)
        found = {"x": x, "kernel": kernel, "top": learnt.coef_.T, "bias": learnt.intercept_}
        return {name: array.astype("float32") for name, array in found.items()}

    def in_keras(keras, x, kernel, top, bias):
        hidden = keras.layers.Dense(64, activation="relu", use_bias=False)
        model = keras.Sequential([hidden, keras.layers.Dense(10)])
        model.build(x.shape)
        model.set_weights([kernel, top, bias])
        return model(x)

    def naive(torch, x, kernel, top, bias):
        """linear.weight.data.copy_(kernel)"""
        linear = torch.nn.Linear(64, 64, bias=False)
        linear.weight.data.copy_(kernel)
        return linear(x).relu() @ top + bias

    def faithful(torch, x, kernel, top, bias):
        """linear.weight.data.copy_(kernel.T)"""
        linear = torch.nn.Linear(64, 64, bias=False)
        linear.weight.data.copy_(kernel.T)
        return linear(x).relu() @ top + bias


class FlattenOrder(Experiment):
    """The order in which Flatten reads an image."""

    id = "flatten-order"
    keras_does = (
        "Flatten reads (height, width, channel): all channels of the first pixel come first. It "
        "does so on every backend."
    )
    torch_does = "x.flatten(1) of (N, C, H, W) reads the whole first channel, then the second."
    naive_error = (
        "As many features either way, so the kernel of the Dense layer behind fits, and meets "
        "each feature with the weights of another."
    )
    faithful_line = "x.permute(0, 2, 3, 1).flatten(1)"
    source = (
        "keras.io/api/layers/reshaping_layers/flatten",
        "docs.pytorch.org/docs/stable/generated/torch.flatten.html",
    )
    note = (
        "With one channel, or maps of one pixel, both orders are the same. Moving the kernel "
        "once, and not the maps at every step, is as good."
    )
    measure = staticmethod(classified)
    apart = 0.3

    def given(rng):
        """Digits and their slopes as maps (N, 8, 8, 3), and a Dense layer that has learnt them."""
        import numpy as np
        from sklearn.datasets import load_digits
        from sklearn.linear_model import RidgeClassifier

        digits = load_digits()
        images = digits.images / 16
        maps = np.stack([images, *np.gradient(images, axis=(1, 2))], axis=-1)
        learnt = RidgeClassifier().fit(maps.reshape(len(maps), -1), digits.target)
        found = {"maps": maps, "kernel": learnt.coef_.T, "bias": learnt.intercept_}
        return {name: array.astype("float32") for name, array in found.items()}

    def in_keras(keras, maps, kernel, bias):
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
        model.build(maps.shape)
        model.set_weights([kernel, bias])
        return model(maps)

    def naive(torch, maps, kernel, bias):
        """x.flatten(1)"""
        x = maps.permute(0, 3, 1, 2)  # (N, C, H, W), as torch's convolutions give it
        return x.flatten(1) @ kernel + bias

    def faithful(torch, maps, kernel, bias):
        """x.permute(0, 2, 3, 1).flatten(1)"""
        x = maps.permute(0, 3, 1, 2)
        return x.permute(0, 2, 3, 1).flatten(1) @ kernel + bias

    def faithful_kernel(torch, maps, kernel, bias):
        """the kernel's rows in torch's order"""
        x = maps.permute(0, 3, 1, 2)
        rows = kernel.view(8, 8, 3, 10).permute(2, 0, 1, 3).flatten(0, 2)
        return x.flatten(1) @ rows + bias


class ReshapeOrder(Experiment):
    """The order in which Reshape fills an image."""

    id = "reshape-order"
    keras_does = "Reshape((4, 4, 3)) fills the channels of the first pixel first."
    torch_does = "x.view(N, 3, 4, 4) fills the whole first channel first."
    naive_error = (
        "A decoder's Dense layer hands its units to other places: the shape is right, the image "
        "is scrambled. Training from scratch hides it, transferred weights do not survive it."
    )
    faithful_line = "x.view(N, H, W, C).permute(0, 3, 1, 2)"
    source = ("keras.io/api/layers/reshaping_layers/reshape",)
    apart = 0.5

    def given(rng):
        return {"x": rng.normal(size=(8, 48)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.Reshape((4, 4, 3))(x)

    def naive(torch, x):
        """x.view(-1, 3, 4, 4)"""
        maps = x.view(-1, 3, 4, 4)
        return maps.permute(0, 2, 3, 1)

    def faithful(torch, x):
        """x.view(-1, 4, 4, 3).permute(0, 3, 1, 2)"""
        maps = x.view(-1, 4, 4, 3).permute(0, 3, 1, 2)
        return maps.permute(0, 2, 3, 1)


class DenseOnMaps(Experiment):
    """A Dense layer on maps."""

    id = "dense-on-maps"
    keras_does = "Dense multiplies the last axis: on (N, H, W, C) it mixes each pixel's channels."
    torch_does = "nn.Linear multiplies the last axis, too: on (N, C, H, W) that is the width."
    naive_error = "Where there are as many columns as channels it runs, and mixes columns."
    faithful_line = "nn.Conv2d(C, units, 1), with weight kernel.T[:, :, None, None]"
    source = (
        "keras.io/api/layers/core_layers/dense",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
    )
    apart = 0.5

    def given(rng):
        x = rng.normal(size=(4, 6, 6, 6)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(6, 6)).astype("float32")}

    def in_keras(keras, x, kernel):
        dense = keras.layers.Dense(6, use_bias=False)
        dense.build(x.shape)
        dense.set_weights([kernel])
        return dense(x)

    def naive(torch, x, kernel):
        """nn.Linear(6, 6) on (N, C, H, W)"""
        linear = torch.nn.Linear(6, 6, bias=False)
        linear.weight.data.copy_(kernel.T)
        return linear(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x, kernel):
        """nn.Conv2d(6, 6, 1)"""
        conv = torch.nn.Conv2d(6, 6, 1, bias=False)
        conv.weight.data.copy_(kernel.T[:, :, None, None])
        return conv(x.movedim(-1, 1)).movedim(1, -1)


class NormalizationAdapt(Experiment):
    """Standardising features by their mean and deviation."""

    id = "normalization-adapt"
    keras_does = (
        "Normalization.adapt takes the variance over N; a deviation of zero counts as 1e-7, so "
        "that a constant feature becomes 0."
    )
    torch_does = "Tensor.std divides by N - 1, and 0 / 0 is NaN."
    naive_error = (
        "Pixels in the corners of the digits are always black: their deviation is zero and all "
        "that is computed from them NaN. With an epsilon the divisor N - 1 remains, which shows in "
        "small samples."
    )
    faithful_line = "(x - x.mean(0)) / x.std(0, correction=0).clamp(min=1e-7)"
    source = (
        "keras.io/api/layers/preprocessing_layers/numerical/normalization",
        "docs.pytorch.org/docs/stable/generated/torch.std.html",
    )
    apart = 0.003

    def given(rng):
        from sklearn.datasets import load_digits

        return {"x": load_digits().data[:64].astype("float32")}

    def in_keras(keras, x):
        layer = keras.layers.Normalization()
        layer.adapt(x)
        return layer(x)

    def naive(torch, x):
        """(x - x.mean(0)) / x.std(0)"""
        return (x - x.mean(0)) / x.std(0)

    def naive_epsilon(torch, x):
        """(x - x.mean(0)) / (x.std(0) + 1e-7)"""
        return (x - x.mean(0)) / (x.std(0) + 1e-7)

    def faithful(torch, x):
        """(x - x.mean(0)) / x.std(0, correction=0).clamp(min=1e-7)"""
        return (x - x.mean(0)) / x.std(0, correction=0).clamp(min=1e-7)
