"""Resizing: which pixels are looked at, and how much each counts."""

from parity.course.laboratory.experiment import Experiment


class UpsamplingMode(Experiment):
    """Upsampling by its defaults."""

    id = "upsampling-mode"
    keras_does = "UpSampling2D(2) repeats pixels (nearest)."
    torch_does = "nn.Upsample(scale_factor=2) does the same."
    naive_error = (
        "Bilinear interpolation is taken, because that is what upsampling usually means: the "
        "shape is right, and edges that the next convolution was trained on are blurred."
    )
    faithful_line = "nn.Upsample(scale_factor=2)"
    source = (
        "keras.io/api/layers/reshaping_layers/up_sampling2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html",
    )
    apart, close = 0.1, 0.0

    def given(rng):
        return {"x": rng.normal(size=(4, 7, 7, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.UpSampling2D(2)(x)

    def naive(torch, x):
        """nn.Upsample(scale_factor=2, mode="bilinear")"""
        up = torch.nn.Upsample(scale_factor=2, mode="bilinear")
        return up(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x):
        """nn.Upsample(scale_factor=2)"""
        up = torch.nn.Upsample(scale_factor=2)
        return up(x.movedim(-1, 1)).movedim(1, -1)


class UpsamplingBilinear(Experiment):
    """Where the corners lie in bilinear upsampling."""

    id = "upsampling-bilinear"
    keras_does = "Pixels are areas: the centres of the new ones lie at halves of the old ones."
    torch_does = (
        'mode="bilinear" does the same (align_corners=False). nn.UpsamplingBilinear2d, and '
        "align_corners=True, stretch the grid so that the corner pixels' centres coincide."
    )
    naive_error = "nn.UpsamplingBilinear2d has the right name and the right shape."
    faithful_line = 'nn.Upsample(scale_factor=2, mode="bilinear")'
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html",
        "docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingBilinear2d.html",
    )
    apart = 0.1

    def given(rng):
        return {"x": rng.normal(size=(4, 7, 7, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.UpSampling2D(2, interpolation="bilinear")(x)

    def naive(torch, x):
        """nn.UpsamplingBilinear2d(scale_factor=2)"""
        up = torch.nn.UpsamplingBilinear2d(scale_factor=2)
        return up(x.movedim(-1, 1)).movedim(1, -1)

    faithful = UpsamplingMode.naive


class ResizeKernels(Experiment):
    """The nearest pixel."""

    id = "resize-kernels"
    keras_does = 'Resizing(interpolation="nearest") takes the pixel under the new pixel\'s centre.'
    torch_does = (
        'mode="nearest" takes the one under its upper left corner, as old programs did; '
        '"nearest-exact" goes by the centre.'
    )
    naive_error = (
        "Where sizes are no multiples of one another, and wherever an image becomes smaller, "
        "other pixels are taken."
    )
    faithful_line = 'F.interpolate(x, size=(10, 10), mode="nearest-exact")'
    source = (
        "keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing",
        "docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html",
        "github.com/onnx/onnx/pull/2057",
    )
    note = "An enlargement by a whole number is the same in both modes."
    apart, close = 0.5, 0.0

    def given(rng):
        return {"x": rng.normal(size=(4, 28, 28, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.Resizing(10, 10, interpolation="nearest")(x)

    def naive(torch, x):
        """F.interpolate(x, size=(10, 10), mode="nearest")"""
        interpolate = torch.nn.functional.interpolate
        return interpolate(x.movedim(-1, 1), size=(10, 10), mode="nearest").movedim(1, -1)

    def faithful(torch, x):
        """F.interpolate(x, size=(10, 10), mode="nearest-exact")"""
        interpolate = torch.nn.functional.interpolate
        return interpolate(x.movedim(-1, 1), size=(10, 10), mode="nearest-exact").movedim(1, -1)


class ResizeAntialias(Experiment):
    """Making images smaller."""

    id = "resize-antialias"
    keras_does = "Resizing interpolates between four pixels and skips the rest (antialias=False)."
    torch_does = (
        "F.interpolate does the same by default. torchvision's Resize does not: it has "
        "antialias=True, and averages over all pixels that a new one covers, as Pillow does."
    )
    naive_error = "Inputs that are smoother than those that the network was trained on."
    faithful_line = (
        'F.interpolate(x, size=(10, 10), mode="bilinear"), or v2.Resize((10, 10), antialias=False)'
    )
    source = (
        "keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing",
        "docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.Resize.html",
    )
    apart = 0.2

    def given(rng):
        return {"x": rng.normal(size=(4, 28, 28, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.Resizing(10, 10)(x)

    def naive(torch, x):
        """v2.Resize((10, 10)), which is F.interpolate with antialias=True"""
        settings = {"size": (10, 10), "mode": "bilinear", "antialias": True}
        return torch.nn.functional.interpolate(x.movedim(-1, 1), **settings).movedim(1, -1)

    def faithful(torch, x):
        """F.interpolate(x, size=(10, 10), mode="bilinear")"""
        settings = {"size": (10, 10), "mode": "bilinear"}
        return torch.nn.functional.interpolate(x.movedim(-1, 1), **settings).movedim(1, -1)


class ResizeBicubic(Experiment):
    """The kernel of bicubic interpolation."""

    id = "resize-bicubic"
    keras_does = "The cubic kernel has a = -0.5; at the border its weights are made to add to 1."
    torch_does = "The kernel has a = -0.75; antialias=True has -0.5, and Keras's border."
    naive_error = "The same name for two kernels, of which torch's is the sharper one."
    faithful_line = 'F.interpolate(x, scale_factor=2, mode="bicubic", antialias=True)'
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html",
        "github.com/pytorch/pytorch/pull/68819",
    )
    note = (
        "For enlargements alone: on a smaller size antialias=True also widens the kernel. Keras's "
        "torch backend has torch's kernel: resize-bicubic-torch-backend."
    )
    backends = ("tensorflow", "jax")
    apart = 0.02

    def given(rng):
        return {"x": rng.normal(size=(4, 8, 8, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.UpSampling2D(2, interpolation="bicubic")(x)

    def naive(torch, x):
        """nn.Upsample(scale_factor=2, mode="bicubic")"""
        up = torch.nn.Upsample(scale_factor=2, mode="bicubic")
        return up(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x):
        """F.interpolate(x, scale_factor=2, mode="bicubic", antialias=True)"""
        interpolate = torch.nn.functional.interpolate
        found = interpolate(x.movedim(-1, 1), scale_factor=2, mode="bicubic", antialias=True)
        return found.movedim(1, -1)


class ResizeBicubicTorchBackend(Experiment):
    """Keras's own bicubic interpolation on its torch backend."""

    id = "resize-bicubic-torch-backend"
    keras_does = "On the torch backend the kernel is torch's, with a = -0.75."
    torch_does = "The kernel has a = -0.75, and -0.5 with antialias=True."
    naive_error = (
        "A port that is right for Keras on tensorflow or jax is not for the same model on this "
        "backend; nor is a model that changes its backend the same."
    )
    faithful_line = 'nn.Upsample(scale_factor=2, mode="bicubic")'
    source = ("docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html",)
    backends = ("torch",)
    apart = 0.02

    given, in_keras = ResizeBicubic.given, ResizeBicubic.in_keras
    naive, faithful = ResizeBicubic.faithful, ResizeBicubic.naive
