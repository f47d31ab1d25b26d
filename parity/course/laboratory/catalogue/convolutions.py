"""Convolutions: kernels in another layout, and outputs that are cut at another side."""

from parity.course.laboratory.experiment import Experiment


class ConvKernelLayout(Experiment):
    """The kernel of a two-dimensional convolution."""

    id = "conv-kernel-layout"
    keras_does = "Conv2D keeps its kernel as (height, width, in, out)."
    torch_does = "nn.Conv2d keeps its weight as (out, in, height, width)."
    naive_error = (
        "Turning the axes round, as for a Dense layer, gives (out, in, width, height): it fits "
        "every square kernel, and exchanges height and width. Where there are as many channels "
        "in as out these may be exchanged as silently."
    )
    faithful_line = "conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))"
    source = (
        "keras.io/api/layers/convolution_layers/convolution2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
        "henrysky.github.io/blog/2023-10-23-keras-torch",
    )
    note = "Both frameworks slide the kernel as it is (cross-correlation): it is not turned."
    apart = 0.5

    def given(rng):
        x = rng.normal(size=(4, 8, 8, 6)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(3, 3, 6, 6)).astype("float32")}

    def in_keras(keras, x, kernel):
        conv = keras.layers.Conv2D(6, 3, use_bias=False)
        conv.build(x.shape)
        conv.set_weights([kernel])
        return conv(x)

    def naive(torch, x, kernel):
        """kernel.permute(3, 2, 1, 0)"""
        conv = torch.nn.Conv2d(6, 6, 3, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 1, 0))
        return conv(x.movedim(-1, 1)).movedim(1, -1)

    def naive_channels(torch, x, kernel):
        """kernel.permute(2, 3, 0, 1)"""
        conv = torch.nn.Conv2d(6, 6, 3, bias=False)
        conv.weight.data.copy_(kernel.permute(2, 3, 0, 1))
        return conv(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x, kernel):
        """kernel.permute(3, 2, 0, 1)"""
        conv = torch.nn.Conv2d(6, 6, 3, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        return conv(x.movedim(-1, 1)).movedim(1, -1)


class ConvKernelRanks(Experiment):
    """Kernels of one and of three dimensions."""

    id = "conv-kernel-ranks"
    keras_does = "Conv1D: (length, in, out). Conv3D: (depth, height, width, in, out)."
    torch_does = "nn.Conv1d: (out, in, length). nn.Conv3d: (out, in, depth, height, width)."
    naive_error = (
        "kernel.T is right in one dimension and wrong in all others, where it turns the axes of "
        "space round with the channels."
    )
    faithful_line = "kernel.movedim((-1, -2), (0, 1)), for any number of dimensions"
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Conv3d.html",
    )
    apart = 0.5

    def given(rng):
        found = {
            "x1": rng.normal(size=(2, 7, 3)),
            "kernel1": rng.normal(size=(3, 3, 4)),
            "x3": rng.normal(size=(2, 5, 5, 5, 3)),
            "kernel3": rng.normal(size=(3, 3, 3, 3, 4)),
        }
        return {name: array.astype("float32") for name, array in found.items()}

    def in_keras(keras, x1, kernel1, x3, kernel3):
        return {"1D": keras.ops.conv(x1, kernel1), "3D": keras.ops.conv(x3, kernel3)}

    def naive(torch, x1, kernel1, x3, kernel3):
        """kernel.permute(*reversed(range(kernel.ndim)))"""
        one, three = torch.nn.functional.conv1d, torch.nn.functional.conv3d
        return {
            "1D": one(x1.movedim(-1, 1), kernel1.permute(2, 1, 0)).movedim(1, -1),
            "3D": three(x3.movedim(-1, 1), kernel3.permute(4, 3, 2, 1, 0)).movedim(1, -1),
        }

    def faithful(torch, x1, kernel1, x3, kernel3):
        """kernel.movedim((-1, -2), (0, 1))"""
        one, three = torch.nn.functional.conv1d, torch.nn.functional.conv3d
        moved1, moved3 = (kernel.movedim((-1, -2), (0, 1)) for kernel in (kernel1, kernel3))
        return {
            "1D": one(x1.movedim(-1, 1), moved1).movedim(1, -1),
            "3D": three(x3.movedim(-1, 1), moved3).movedim(1, -1),
        }


class ConvGroups(Experiment):
    """Grouped convolutions."""

    id = "conv-groups"
    keras_does = "Conv2D(groups=2) has a kernel (height, width, in / 2, out), groups one by one."
    torch_does = "nn.Conv2d(groups=2) has (out, in / 2, height, width), in the same order."
    faithful_line = "conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))"
    source = (
        "keras.io/api/layers/convolution_layers/convolution2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
    )

    def given(rng):
        x = rng.normal(size=(4, 8, 8, 4)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(3, 3, 2, 6)).astype("float32")}

    def in_keras(keras, x, kernel):
        conv = keras.layers.Conv2D(6, 3, groups=2, use_bias=False)
        conv.build(x.shape)
        conv.set_weights([kernel])
        return conv(x)

    def faithful(torch, x, kernel):
        """kernel.permute(3, 2, 0, 1)"""
        conv = torch.nn.Conv2d(4, 6, 3, groups=2, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        return conv(x.movedim(-1, 1)).movedim(1, -1)


class ConvTransposeKernel(Experiment):
    """The kernel of a transposed convolution."""

    id = "convtranspose-kernel"
    keras_does = "Conv2DTranspose keeps its kernel as (height, width, out, in)."
    torch_does = "nn.ConvTranspose2d keeps its weight as (in, out, height, width)."
    naive_error = (
        "Both exchange their channels against Conv2D, so that one permutation serves for both "
        "layers; who knows of one exchange alone permutes once more than needed, which fits where "
        "there are as many channels in as out."
    )
    faithful_line = "conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))"
    source = (
        "keras.io/api/layers/convolution_layers/convolution2d_transpose",
        "docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html",
    )
    note = "The kernel is not to be turned by 180 degrees, either."
    apart = 0.5

    def given(rng):
        x = rng.normal(size=(4, 7, 7, 3)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(2, 2, 3, 3)).astype("float32")}

    def in_keras(keras, x, kernel):
        conv = keras.layers.Conv2DTranspose(3, 2, strides=2, use_bias=False)
        conv.build(x.shape)
        conv.set_weights([kernel])
        return conv(x)

    def naive(torch, x, kernel):
        """kernel.permute(2, 3, 0, 1)"""
        conv = torch.nn.ConvTranspose2d(3, 3, 2, stride=2, bias=False)
        conv.weight.data.copy_(kernel.permute(2, 3, 0, 1))
        return conv(x.movedim(-1, 1)).movedim(1, -1)

    def naive_turned(torch, x, kernel):
        """kernel.permute(3, 2, 0, 1).flip(2, 3)"""
        conv = torch.nn.ConvTranspose2d(3, 3, 2, stride=2, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1).flip(2, 3))
        return conv(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x, kernel):
        """kernel.permute(3, 2, 0, 1)"""
        conv = torch.nn.ConvTranspose2d(3, 3, 2, stride=2, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        return conv(x.movedim(-1, 1)).movedim(1, -1)


class ConvTransposeSame(Experiment):
    """A transposed convolution under "same"."""

    id = "convtranspose-same"
    keras_does = (
        "Conv2DTranspose makes n * s of n: what the kernel writes beyond is cut off, "
        "(k - s) // 2 of it in front and the rest behind. For k = 3 and s = 2 all is cut behind."
    )
    torch_does = "padding=1 cuts off one row in front and one behind; output_padding adds behind."
    naive_error = (
        "padding=1, output_padding=1 is what is usually written to double a size: the shape is "
        "right, and the image shifted by a pixel."
    )
    faithful_line = "nn.ConvTranspose2d(2, 4, 3, stride=2)(x)[:, :, :-1, :-1]"
    source = (
        "keras.io/api/layers/convolution_layers/convolution2d_transpose",
        "docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html",
        "github.com/keras-team/keras/pull/22876",
    )
    note = (
        "Kernels of 2 (padding=0) and of 4 (padding=1) are cut evenly: there torch is the same. "
        "Until 2026 Keras's own torch backend had the shift of the naive port."
    )
    apart = 0.5

    def given(rng):
        x = rng.normal(size=(4, 7, 7, 2)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(3, 3, 4, 2)).astype("float32")}

    def in_keras(keras, x, kernel):
        conv = keras.layers.Conv2DTranspose(4, 3, strides=2, padding="same", use_bias=False)
        conv.build(x.shape)
        conv.set_weights([kernel])
        return conv(x)

    def naive(torch, x, kernel):
        """nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1)"""
        settings = {"stride": 2, "padding": 1, "output_padding": 1}
        conv = torch.nn.ConvTranspose2d(2, 4, 3, **settings, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        return conv(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x, kernel):
        """nn.ConvTranspose2d(2, 4, 3, stride=2)(x)[:, :, :-1, :-1]"""
        conv = torch.nn.ConvTranspose2d(2, 4, 3, stride=2, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        return conv(x.movedim(-1, 1))[:, :, :-1, :-1].movedim(1, -1)
