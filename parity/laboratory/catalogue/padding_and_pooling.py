"""Padding and pooling: where windows begin, and what is seen beyond the border."""

from parity.laboratory.experiment import Experiment


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
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html",)
    apart, close = 0.1, 0.0

    def given(rng):
        return {"x": rng.normal(size=(4, 7, 7, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.MaxPooling2D(2, padding="same")(x)

    def naive(torch, x):
        """nn.MaxPool2d(2)"""
        pool = torch.nn.MaxPool2d(2)
        return pool(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)

    def naive_padding(torch, x):
        """nn.MaxPool2d(2, padding=1)"""
        pool = torch.nn.MaxPool2d(2, padding=1)
        return pool(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)

    def faithful(torch, x):
        """nn.MaxPool2d(2, ceil_mode=True)"""
        pool = torch.nn.MaxPool2d(2, ceil_mode=True)
        return pool(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
