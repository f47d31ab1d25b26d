"""Pooling: where windows begin, and what is seen beyond the border."""

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import cases, values


class MaxPoolSameOdd(Experiment):
    """Max pooling an odd size under "same"."""

    id = "maxpool-same-odd"
    keras_does = (
        'MaxPooling2D(2, padding="same") makes 4 of 7: a row and a column of minus infinity are '
        "added below and to the right."
    )
    torch_does = "MaxPool2d(2) makes 3 of 7: the last row and column are dropped."
    naive_error = (
        "The map is a row and a column smaller, and everything behind it is, too. padding=1 "
        "restores the size, and shifts every window."
    )
    faithful_line = "nn.MaxPool2d(2, ceil_mode=True)"
    source = (
        "keras.io/api/layers/pooling_layers/max_pooling2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html",
    )
    note = (
        "Of even sizes all three are the same but padding=1: a port that was tried on 28 x 28 "
        "breaks at its third pooling, where 7 is met."
    )
    apart, close = 0.1, 0.0

    def given(rng):
        return {"x": rng.normal(size=(4, 7, 7, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.MaxPooling2D(2, padding="same")(x)

    def naive(torch, x):
        """nn.MaxPool2d(2)"""
        pool = torch.nn.MaxPool2d(2)
        return pool(x.movedim(-1, 1)).movedim(1, -1)

    def naive_padding(torch, x):
        """nn.MaxPool2d(2, padding=1)"""
        pool = torch.nn.MaxPool2d(2, padding=1)
        return pool(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x):
        """nn.MaxPool2d(2, ceil_mode=True)"""
        pool = torch.nn.MaxPool2d(2, ceil_mode=True)
        return pool(x.movedim(-1, 1)).movedim(1, -1)


class MaxPoolSameStride(Experiment):
    """Max pooling with windows that overlap, under "same"."""

    id = "maxpool-same-stride"
    keras_does = (
        'MaxPooling2D(3, strides=2, padding="same") of an even size pads below and to the right '
        "alone, with minus infinity."
    )
    torch_does = "padding=1 pads at all four sides, with minus infinity, too."
    naive_error = (
        "nn.MaxPool2d(3, 2, padding=1), as ResNets have it, gives the right shape from windows "
        "that begin a pixel earlier. F.pad without a value pads with zeros, which are greater "
        "than negative values."
    )
    faithful_line = "F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-inf), 3, 2), or ceil_mode=True"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html",
        "github.com/keras-team/keras/issues/13841",
    )
    note = "Behind a ReLU zeros do no harm. Of odd sizes padding=1 is right."
    apart, close = 0.03, 0.0

    def given(rng):
        return {"x": rng.normal(-1, 1, size=(4, 8, 8, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.MaxPooling2D(3, strides=2, padding="same")(x)

    def naive(torch, x):
        """nn.MaxPool2d(3, stride=2, padding=1)"""
        pool = torch.nn.MaxPool2d(3, stride=2, padding=1)
        return pool(x.movedim(-1, 1)).movedim(1, -1)

    def naive_zeros(torch, x):
        """F.pad(x, (0, 1, 0, 1))"""
        maps = torch.nn.functional.pad(x.movedim(-1, 1), (0, 1, 0, 1))
        return torch.nn.MaxPool2d(3, stride=2)(maps).movedim(1, -1)

    def faithful(torch, x):
        """F.pad(x, (0, 1, 0, 1), value=-inf)"""
        maps = torch.nn.functional.pad(x.movedim(-1, 1), (0, 1, 0, 1), value=-torch.inf)
        return torch.nn.MaxPool2d(3, stride=2)(maps).movedim(1, -1)

    def faithful_ceil(torch, x):
        """nn.MaxPool2d(3, stride=2, ceil_mode=True)"""
        pool = torch.nn.MaxPool2d(3, stride=2, ceil_mode=True)
        return pool(x.movedim(-1, 1)).movedim(1, -1)


class MaxPoolSameGeneral(Experiment):
    """Max pooling of any size, window and stride under "same"."""

    id = "maxpool-same-general"
    keras_does = (
        "Of n values with window k and stride s it makes ceil(n / s), padding "
        "max((ceil(n / s) - 1) * s + k - n, 0) with minus infinity: half of it before, rounded "
        "down, the rest after."
    )
    torch_does = "padding pads both ends alike; ceil_mode lets the last window reach beyond."
    naive_error = (
        "ceil_mode=True, which is right for a window of 2 and a stride of 2, is taken for the "
        "rule, or padding=k // 2 is."
    )
    faithful_line = "F.pad(x, (total // 2, total - total // 2), value=-inf), then the pooling"
    source = (
        "tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2",
        "github.com/keras-team/keras/issues/13841",
    )
    note = "Counted over sizes of 6 to 9, windows of 2 to 4 and strides of 1 to 3."
    measure = staticmethod(cases)
    apart, close = 0.2, 0.0

    def given(rng):
        """By size, window and stride: inputs (2, size, 3)."""
        from itertools import product

        shapes = product((6, 7, 8, 9), (2, 3, 4), (1, 2, 3))
        return {f"{n} {k} {s}": rng.normal(size=(2, n, 3)).astype("float32") for n, k, s in shapes}

    def in_keras(keras, **inputs):
        def pool(x, k, s):
            return keras.layers.MaxPooling1D(k, s, padding="same")(x)

        return {case: pool(x, *map(int, case.split()[1:])) for case, x in inputs.items()}

    def naive(torch, **inputs):
        """nn.MaxPool1d(k, s, ceil_mode=True)"""

        def pool(x, k, s):
            return torch.nn.MaxPool1d(k, s, ceil_mode=True)(x.mT).mT

        return {case: pool(x, *map(int, case.split()[1:])) for case, x in inputs.items()}

    def naive_half(torch, **inputs):
        """nn.MaxPool1d(k, s, padding=k // 2)"""

        def pool(x, k, s):
            return torch.nn.MaxPool1d(k, s, padding=k // 2)(x.mT).mT

        return {case: pool(x, *map(int, case.split()[1:])) for case, x in inputs.items()}

    def faithful(torch, **inputs):
        """F.pad(x, (total // 2, total - total // 2), value=-inf)"""

        def pool(x, k, s):
            n = x.shape[1]
            total = max((-(-n // s) - 1) * s + k - n, 0)
            sides = (total // 2, total - total // 2)
            padded = torch.nn.functional.pad(x.mT, sides, value=-torch.inf)
            return torch.nn.MaxPool1d(k, s)(padded).mT

        return {case: pool(x, *map(int, case.split()[1:])) for case, x in inputs.items()}


class AvgPoolSame(Experiment):
    """Average pooling at the border."""

    id = "avgpool-same"
    keras_does = '"same" averages over those values of a window that lie in the image.'
    torch_does = "nn.AvgPool2d counts the zeros of its padding (count_include_pad=True)."
    naive_error = "Values at the border are too small, by a third at edges and more at corners."
    faithful_line = "nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)"
    source = (
        "keras.io/api/layers/pooling_layers/average_pooling2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html",
    )
    note = "The pooling of Inception's blocks. The smaller the map, the more of it is border."
    apart = 0.1

    def given(rng):
        return {"x": rng.uniform(size=(4, 7, 7, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.AveragePooling2D(3, strides=1, padding="same")(x)

    def naive(torch, x):
        """nn.AvgPool2d(3, stride=1, padding=1)"""
        pool = torch.nn.AvgPool2d(3, stride=1, padding=1)
        return pool(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x):
        """nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)"""
        pool = torch.nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        return pool(x.movedim(-1, 1)).movedim(1, -1)


class AvgPoolSameUneven(Experiment):
    """Average pooling where the padding is uneven."""

    id = "avgpool-same-uneven"
    keras_does = (
        'AveragePooling2D(3, strides=2, padding="same") of an even size pads below and to the '
        "right alone, and does not count what it pads."
    )
    torch_does = "padding pads all sides alike; what F.pad has added is counted as any value."
    naive_error = "The windows are shifted, or the border is too small."
    faithful_line = "pool(F.pad(x, sides)) / pool(F.pad(torch.ones_like(x), sides))"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html",
        "github.com/keras-team/keras/pull/23233",
    )
    note = (
        "ceil_mode=True is right where nothing is padded in front, as here. Keras's torch backend "
        "has another average: avgpool-same-torch-backend."
    )
    backends = ("tensorflow", "jax")
    apart = 0.05

    def given(rng):
        return {"x": rng.uniform(size=(4, 8, 8, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.AveragePooling2D(3, strides=2, padding="same")(x)

    def naive(torch, x):
        """nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)"""
        pool = torch.nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        return pool(x.movedim(-1, 1)).movedim(1, -1)

    def naive_zeros(torch, x):
        """pool(F.pad(x, (0, 1, 0, 1)))"""
        maps = torch.nn.functional.pad(x.movedim(-1, 1), (0, 1, 0, 1))
        return torch.nn.AvgPool2d(3, stride=2)(maps).movedim(1, -1)

    def faithful(torch, x):
        """pool(F.pad(x, sides)) / pool(F.pad(torch.ones_like(x), sides))"""
        pad, pool = torch.nn.functional.pad, torch.nn.AvgPool2d(3, stride=2)
        maps, sides = x.movedim(-1, 1), (0, 1, 0, 1)
        found = pool(pad(maps, sides)) / pool(pad(torch.ones_like(maps), sides))
        return found.movedim(1, -1)

    def faithful_ceil(torch, x):
        """nn.AvgPool2d(3, stride=2, ceil_mode=True)"""
        pool = torch.nn.AvgPool2d(3, stride=2, ceil_mode=True)
        return pool(x.movedim(-1, 1)).movedim(1, -1)


class AvgPoolSameTorchBackend(Experiment):
    """Keras's own average pooling on its torch backend."""

    id = "avgpool-same-torch-backend"
    keras_does = (
        "On the torch backend uneven padding repeats the last value and counts it; on the others "
        "padding is not counted."
    )
    torch_does = "What is written."
    naive_error = (
        "A port that is right for Keras on tensorflow is not for the same model on this backend, "
        "and a model trained on one backend is another on the next."
    )
    faithful_line = 'pool(F.pad(x, sides, mode="replicate"))'
    source = ("github.com/keras-team/keras/pull/23233",)
    note = "So in Keras 3.15.1. The pull request, merged since, makes it as on the other backends."
    backends = ("torch",)
    measure = staticmethod(values)
    apart = 1.0

    def given(rng):
        import numpy as np

        return {"x": np.array([[[10.0], [20.0]]], "float32")}

    def in_keras(keras, x):
        """The last average."""
        return keras.layers.AveragePooling1D(3, strides=2, padding="same")(x)

    def naive(torch, x):
        """the average without the padding"""
        return torch.nn.AvgPool1d(3, stride=2, ceil_mode=True)(x.mT).mT

    def faithful(torch, x):
        """pool(F.pad(x, (0, 1), mode="replicate"))"""
        padded = torch.nn.functional.pad(x.mT, (0, 1), mode="replicate")
        return torch.nn.AvgPool1d(3, stride=2)(padded).mT


class PoolingValid(Experiment):
    """Pooling without padding."""

    id = "pooling-valid"
    keras_does = "Windows that would reach beyond the end are left out. Strides are pool_size."
    torch_does = "The same: ceil_mode=False, and stride is kernel_size."
    faithful_line = "nn.MaxPool2d(2), nn.AvgPool2d(2), as they are"
    source = (
        "keras.io/api/layers/pooling_layers/max_pooling2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html",
    )

    def given(rng):
        return {"x": rng.normal(size=(4, 9, 8, 3)).astype("float32")}

    def in_keras(keras, x):
        return {
            "max": keras.layers.MaxPooling2D(2)(x),
            "max, stride 2": keras.layers.MaxPooling2D(3, strides=2)(x),
            "average": keras.layers.AveragePooling2D(2)(x),
        }

    def faithful(torch, x):
        """nn.MaxPool2d(2), nn.AvgPool2d(2)"""
        maps = x.movedim(-1, 1)
        return {
            "max": torch.nn.MaxPool2d(2)(maps).movedim(1, -1),
            "max, stride 2": torch.nn.MaxPool2d(3, stride=2)(maps).movedim(1, -1),
            "average": torch.nn.AvgPool2d(2)(maps).movedim(1, -1),
        }
