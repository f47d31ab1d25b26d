"""Training and inference: what layers do in one and not in the other, and who tells them."""

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import values


class FunctionalDropout(Experiment):
    """Dropout as a function, at inference."""

    id = "functional-dropout"
    keras_does = "Dropout does nothing unless it is called with training=True; fit does that."
    torch_does = "F.dropout has training=True as its default, and knows nothing of eval()."
    naive_error = (
        "The port goes on dropping after eval(): its answers are worse, and others at each call. "
        "Losses and accuracies stay plausible."
    )
    faithful_line = "nn.Dropout(0.2), or F.dropout(x, 0.2, self.training)"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html",
        "github.com/pytorch/pytorch/issues/26338",
    )
    apart, close = 0.1, 0.0

    def given(rng):
        return {"x": rng.normal(size=(64, 32)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.Dropout(0.2)(x)

    def naive(torch, x):
        """F.dropout(x, 0.2)"""

        class Net(torch.nn.Module):
            def forward(self, x):
                return torch.nn.functional.dropout(x, 0.2)

        return Net().eval()(x)

    def faithful(torch, x):
        """F.dropout(x, 0.2, self.training)"""

        class Net(torch.nn.Module):
            def forward(self, x):
                return torch.nn.functional.dropout(x, 0.2, self.training)

        return Net().eval()(x)

    def faithful_module(torch, x):
        """nn.Dropout(0.2)"""
        return torch.nn.Dropout(0.2).eval()(x)


class DropoutScaling(Experiment):
    """What dropout does to the values that it keeps."""

    id = "dropout-scaling"
    keras_does = "Kept values are divided by 1 - rate in training. rate is the share dropped."
    torch_does = "nn.Dropout(p) does the same, and p is the share dropped, too."
    faithful_line = "nn.Dropout(0.2)"
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html",)
    note = (
        "The masks themselves cannot be made to agree by a seed: the generators are not the same. "
        "Compare statistics, as here, or hand one mask to both, as `parity lockstep` does."
    )
    measure = staticmethod(values)
    close = 0.003  # a share of 1e6 draws has a standard deviation of 4e-4

    def given(rng):
        import numpy as np

        return {"x": np.ones((1000, 1000), "float32")}

    def in_keras(keras, x):
        """The value of what is kept, and its share."""
        y = keras.layers.Dropout(0.2)(x, training=True)
        kept = keras.ops.cast(y > 0, "float32")
        return {"kept": keras.ops.max(y), "share": keras.ops.mean(kept)}

    def faithful(torch, x):
        """nn.Dropout(0.2)"""
        y = torch.nn.Dropout(0.2).train()(x)
        return {"kept": y.max(), "share": (y > 0).float().mean()}


class SpatialDropout(Experiment):
    """Dropping whole maps."""

    id = "spatial-dropout"
    keras_does = "SpatialDropout2D drops a whole channel of a sample, or none of it."
    torch_does = "nn.Dropout2d does so for axis 1, the channels of (N, C, H, W)."
    naive_error = (
        "nn.Dropout drops single pixels, whose neighbours tell what was there. nn.Dropout2d on "
        "(N, H, W, C), which it cannot tell from (N, C, H, W), drops rows of the image."
    )
    faithful_line = "nn.Dropout2d(0.5), on (N, C, H, W)"
    source = (
        "keras.io/api/layers/regularization_layers/spatial_dropout2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html",
    )
    note = "The figures are the share of maps that are zero throughout."
    measure = staticmethod(values)
    apart = 0.3
    close = 0.05  # a share of 6400 draws has a standard deviation of 0.006

    def given(rng):
        import numpy as np

        return {"x": np.ones((100, 8, 8, 64), "float32")}

    def in_keras(keras, x):
        """The share of maps that are dropped whole."""
        y = keras.layers.SpatialDropout2D(0.5)(x, training=True)
        return keras.ops.mean(keras.ops.max(y, axis=(1, 2)) == 0)

    def naive(torch, x):
        """nn.Dropout(0.5)"""
        y = torch.nn.Dropout(0.5)(x.movedim(-1, 1))
        return (y.amax((2, 3)) == 0).float().mean()

    def naive_layout(torch, x):
        """nn.Dropout2d(0.5), on (N, H, W, C)"""
        y = torch.nn.Dropout2d(0.5)(x).movedim(-1, 1)
        return (y.amax((2, 3)) == 0).float().mean()

    def faithful(torch, x):
        """nn.Dropout2d(0.5)"""
        y = torch.nn.Dropout2d(0.5)(x.movedim(-1, 1))
        return (y.amax((2, 3)) == 0).float().mean()


class TrainFlag(Experiment):
    """A model called without a word about training."""

    id = "train-flag"
    keras_does = "model(x) is inference: moving statistics are used, dropout and noise do nothing."
    torch_does = "A new module is in training mode, and stays in it until eval()."
    naive_error = (
        "Batch normalisation takes the batch's own statistics, so that outputs have mean 0 and "
        "depend on the other samples; and the call changes the moving statistics."
    )
    faithful_line = "net.eval() before every comparison, validation and prediction"
    source = (
        "keras.io/api/layers/normalization_layers/batch_normalization",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
    )
    apart = 0.5

    def given(rng):
        return {"x": rng.normal(5, 1, size=(64, 8)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.BatchNormalization()(x)

    def naive(torch, x):
        """net(x)"""
        net = torch.nn.BatchNorm1d(8, eps=1e-3)
        return net(x)

    def faithful(torch, x):
        """net.eval()(x)"""
        net = torch.nn.BatchNorm1d(8, eps=1e-3)
        return net.eval()(x)


class GaussianNoise(Experiment):
    """Noise at inference."""

    id = "gaussian-noise"
    keras_does = "GaussianNoise adds noise in training alone."
    torch_does = "There is no such layer; randn_like adds noise whenever it is called."
    naive_error = (
        "The line in forward also runs in evaluation: the test loss is that of noisy inputs, and "
        "differs from call to call."
    )
    faithful_line = "x + 0.3 * torch.randn_like(x) if self.training else x"
    source = ("keras.io/api/layers/regularization_layers/gaussian_noise",)
    apart, close = 0.1, 0.0

    def given(rng):
        return {"x": rng.uniform(size=(64, 32)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.GaussianNoise(0.3)(x)

    def naive(torch, x):
        """x + 0.3 * torch.randn_like(x)"""

        class Net(torch.nn.Module):
            def forward(self, x):
                return x + 0.3 * torch.randn_like(x)

        return Net().eval()(x)

    def faithful(torch, x):
        """x + 0.3 * torch.randn_like(x) if self.training else x"""

        class Net(torch.nn.Module):
            def forward(self, x):
                return x + 0.3 * torch.randn_like(x) if self.training else x

        return Net().eval()(x)


class GaussianNoiseUnclipped(Experiment):
    """Noise beyond the range of the image."""

    id = "gaussian-noise-unclipped"
    keras_does = "GaussianNoise(stddev) clips nothing: noisy pixels lie below 0 and above 1."
    torch_does = "What is written: torch.randn_like(x) has a standard deviation of 1."
    naive_error = (
        "The clamp that the denoising example has in its data does not belong to the layer: black "
        "pixels lose half of their noise and become brighter on the average. 0.3 taken for a "
        "variance is another slip."
    )
    faithful_line = "x + 0.3 * torch.randn_like(x)"
    source = (
        "keras.io/api/layers/regularization_layers/gaussian_noise",
        "blog.keras.io/building-autoencoders-in-keras.html",
    )
    note = "Measured on black pixels in training. Where the pipeline clips, the port must, too."
    measure = staticmethod(values)
    apart = 0.08
    close = 0.005  # mean and deviation of 1e5 draws have standard deviations below 1e-3

    def given(rng):
        import numpy as np

        return {"x": np.zeros((100, 1000), "float32")}

    def in_keras(keras, x):
        """Mean and standard deviation of what comes out."""
        y = keras.layers.GaussianNoise(0.3)(x, training=True)
        return {"mean": keras.ops.mean(y), "deviation": keras.ops.std(y)}

    def naive(torch, x):
        """(x + 0.3 * torch.randn_like(x)).clamp(0, 1)"""
        y = (x + 0.3 * torch.randn_like(x)).clamp(0, 1)
        return {"mean": y.mean(), "deviation": y.std()}

    def naive_variance(torch, x):
        """x + 0.3**0.5 * torch.randn_like(x)"""
        y = x + 0.3**0.5 * torch.randn_like(x)
        return {"mean": y.mean(), "deviation": y.std()}

    def faithful(torch, x):
        """x + 0.3 * torch.randn_like(x)"""
        y = x + 0.3 * torch.randn_like(x)
        return {"mean": y.mean(), "deviation": y.std()}
