"""Operations on arrays: along which axis, and what a name means."""

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values


class AxisDefaults(Experiment):
    """The axis of a softmax that names none."""

    id = "axis-defaults"
    keras_does = "Softmax runs over the last axis."
    torch_does = (
        "nn.Softmax() warns and guesses: axis 0 for arrays of 0, 1 and 3 axes, axis 1 for others."
    )
    naive_error = (
        "For sequences (batch, time, class) the guess is the batch: each sample's output depends "
        "on the others. dim=1, right for (batch, class), is the time here."
    )
    faithful_line = "nn.Softmax(dim=-1)"
    source = (
        "keras.io/api/layers/activation_layers/softmax",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html",
    )
    apart = 0.2

    def given(rng):
        return {"x": rng.normal(size=(8, 6, 4)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.Softmax()(x)

    def naive(torch, x):
        """nn.Softmax()"""
        return torch.nn.Softmax()(x)

    def naive_classes(torch, x):
        """nn.Softmax(dim=1)"""
        return torch.nn.Softmax(dim=1)(x)

    def faithful(torch, x):
        """nn.Softmax(dim=-1)"""
        return torch.nn.Softmax(dim=-1)(x)


class SoftmaxOnMaps(Experiment):
    """A softmax over the channels of a map."""

    id = "softmax-on-maps"
    keras_does = "Softmax over the last axis of (N, H, W, C): the classes of each pixel add to 1."
    torch_does = "The channels of (N, C, H, W) are axis 1; the last axis is the width."
    naive_error = 'dim=-1 is copied from Keras\'s "last axis": each row of pixels adds to 1.'
    faithful_line = "x.softmax(dim=1)"
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html",)
    apart = 0.2

    def given(rng):
        return {"x": rng.normal(size=(4, 6, 6, 5)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.Softmax()(x)

    def naive(torch, x):
        """x.softmax(dim=-1)"""
        return x.movedim(-1, 1).softmax(dim=-1).movedim(1, -1)

    def faithful(torch, x):
        """x.softmax(dim=1)"""
        return x.movedim(-1, 1).softmax(dim=1).movedim(1, -1)


class ConcatenateAxis(Experiment):
    """The axis along which tensors are joined."""

    id = "concatenate-axis"
    keras_does = "Concatenate joins along the last axis: the channels of (N, H, W, C)."
    torch_does = "torch.cat joins along axis 0, the batch. The channels of (N, C, H, W) are axis 1."
    naive_error = (
        "Without dim the batch is twice as long; with dim=-1 maps stand side by side. Both are "
        "noticed by the next layer that has weights, and not by a global pooling."
    )
    faithful_line = "torch.cat([a, b], dim=1)"
    source = (
        "keras.io/api/layers/merging_layers/concatenate",
        "docs.pytorch.org/docs/stable/generated/torch.cat.html",
    )
    apart, close = 0.2, 0.0

    def given(rng):
        a, b = rng.normal(size=(2, 4, 6, 6, 3)).astype("float32")
        return {"a": a, "b": b}

    def in_keras(keras, a, b):
        return keras.layers.Concatenate()([a, b])

    def naive(torch, a, b):
        """torch.cat([a, b])"""
        return torch.cat([a.movedim(-1, 1), b.movedim(-1, 1)]).movedim(1, -1)

    def naive_last(torch, a, b):
        """torch.cat([a, b], dim=-1)"""
        return torch.cat([a.movedim(-1, 1), b.movedim(-1, 1)], dim=-1).movedim(1, -1)

    def faithful(torch, a, b):
        """torch.cat([a, b], dim=1)"""
        return torch.cat([a.movedim(-1, 1), b.movedim(-1, 1)], dim=1).movedim(1, -1)


class RepeatIsTile(Experiment):
    """Repeating values."""

    id = "repeat-is-tile"
    keras_does = "ops.repeat, as NumPy's, repeats each value: a b becomes a a b b."
    torch_does = "Tensor.repeat repeats the whole, as NumPy's tile does: a b becomes a b a b."
    naive_error = "The same name and the same shape, with the values at other places."
    faithful_line = "x.repeat_interleave(2, dim=1)"
    source = (
        "keras.io/api/ops/numpy",
        "docs.pytorch.org/docs/stable/generated/torch.Tensor.repeat.html",
    )
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def given(rng):
        import numpy as np

        return {"x": np.array([[1.0, 2.0, 3.0]], "float32")}

    def in_keras(keras, x):
        """The values in their order."""
        return keras.ops.repeat(x, 2, axis=1)

    def naive(torch, x):
        """x.repeat(1, 2)"""
        return x.repeat(1, 2)

    def faithful(torch, x):
        """x.repeat_interleave(2, dim=1)"""
        return x.repeat_interleave(2, dim=1)


class MedianEven(Experiment):
    """The median of an even number of values."""

    id = "median-even"
    keras_does = "ops.median is the mean of the two values in the middle."
    torch_does = "torch.median is the lower one of the two."
    naive_error = "Every median of an even number of values comes out too small."
    faithful_line = "torch.quantile(x, 0.5)"
    source = ("docs.pytorch.org/docs/stable/generated/torch.median.html",)
    measure = staticmethod(values)
    apart, close = 1.0, 0.0

    def given(rng):
        import numpy as np

        return {"x": np.array([1.0, 2.0, 4.0, 8.0], "float32")}

    def in_keras(keras, x):
        """The median."""
        return keras.ops.median(x)

    def naive(torch, x):
        """x.median()"""
        return x.median()

    def faithful(torch, x):
        """torch.quantile(x, 0.5)"""
        return torch.quantile(x, 0.5)
