"""Padding: how much of it, and at which sides."""

from parity.course.laboratory.experiment import Experiment


class ConvSameStride(Experiment):
    """A convolution with a stride under "same"."""

    id = "conv-same-stride"
    keras_does = (
        "Of an even size a kernel of 3 with stride 2 needs one more row and column; Keras puts "
        "it below and to the right: (0, 1)."
    )
    torch_does = (
        'padding="same" is refused with a stride; padding=1 pads all four sides, and the last '
        "row and column of it are not used."
    )
    naive_error = (
        "padding=k // 2 gives the right shape, from windows that begin a pixel earlier. For odd "
        "sizes it is right, so that the port may pass on one image and fail on another."
    )
    faithful_line = "F.pad(x, (0, 1, 0, 1)), then nn.Conv2d(8, 4, 3, stride=2)"
    source = (
        "keras.io/api/layers/convolution_layers/convolution2d",
        "github.com/pytorch/pytorch/issues/67551",
        "github.com/pytorch/pytorch/issues/3867",
    )
    note = (
        "In general total = max((ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0) for size n, "
        "kernel k, stride s and dilation d: total // 2 before, the rest after."
    )
    apart = 0.5

    def given(rng):
        x = rng.normal(size=(4, 28, 28, 2)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(3, 3, 2, 4)).astype("float32")}

    def in_keras(keras, x, kernel):
        conv = keras.layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)
        conv.build(x.shape)
        conv.set_weights([kernel])
        return conv(x)

    def naive(torch, x, kernel):
        """nn.Conv2d(2, 4, 3, stride=2, padding=1)"""
        conv = torch.nn.Conv2d(2, 4, 3, stride=2, padding=1, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        return conv(x.movedim(-1, 1)).movedim(1, -1)

    def naive_same(torch, x, kernel):
        """nn.Conv2d(2, 4, 3, stride=2, padding="same")"""
        conv = torch.nn.Conv2d(2, 4, 3, stride=2, padding="same", bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        return conv(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x, kernel):
        """F.pad(x, (0, 1, 0, 1)), then nn.Conv2d(2, 4, 3, stride=2)"""
        conv = torch.nn.Conv2d(2, 4, 3, stride=2, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        padded = torch.nn.functional.pad(x.movedim(-1, 1), (0, 1, 0, 1))
        return conv(padded).movedim(1, -1)


class ConvSameEven(Experiment):
    """Even kernels and dilation under "same", without a stride."""

    id = "conv-same-even"
    keras_does = "What is left over when the padding is halved comes after: (1, 2) for 4."
    torch_does = 'padding="same" does the same, dilation included.'
    naive_error = (
        "padding=k // 2 of an even kernel gives a row and a column too many. Cutting off the last "
        "ones mends the shape, and leaves the windows a pixel too early."
    )
    faithful_line = 'nn.Conv2d(2, 4, 4, padding="same")'
    source = (
        "docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
        "github.com/pytorch/pytorch/pull/45667",
    )
    apart = 0.5

    def given(rng):
        x = rng.normal(size=(4, 9, 9, 2)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(4, 4, 2, 4)).astype("float32")}

    def in_keras(keras, x, kernel):
        plain = keras.ops.conv(x, kernel, padding="same")
        dilated = keras.ops.conv(x, kernel, padding="same", dilation_rate=3)
        return {"plain": plain, "dilated": dilated}

    def naive(torch, x, kernel):
        """padding=k // 2"""
        conv, weight = torch.nn.functional.conv2d, kernel.permute(3, 2, 0, 1)
        plain = conv(x.movedim(-1, 1), weight, padding=2)
        dilated = conv(x.movedim(-1, 1), weight, padding=5, dilation=3)
        return {"plain": plain.movedim(1, -1), "dilated": dilated.movedim(1, -1)}

    def naive_cropped(torch, x, kernel):
        """padding=k // 2, without the last row and column"""
        conv, weight = torch.nn.functional.conv2d, kernel.permute(3, 2, 0, 1)
        plain = conv(x.movedim(-1, 1), weight, padding=2)[:, :, :-1, :-1]
        dilated = conv(x.movedim(-1, 1), weight, padding=5, dilation=3)[:, :, :-1, :-1]
        return {"plain": plain.movedim(1, -1), "dilated": dilated.movedim(1, -1)}

    def faithful(torch, x, kernel):
        """padding="same" """
        conv, weight = torch.nn.functional.conv2d, kernel.permute(3, 2, 0, 1)
        plain = conv(x.movedim(-1, 1), weight, padding="same")
        dilated = conv(x.movedim(-1, 1), weight, padding="same", dilation=3)
        return {"plain": plain.movedim(1, -1), "dilated": dilated.movedim(1, -1)}


class BlogValidConv(Experiment):
    """The one convolution without padding in the well-known auto-encoder."""

    id = "blog-valid-conv"
    keras_does = (
        'Conv2D has padding="valid" by default. The decoder of the Keras tutorial leaves it so '
        "in one layer of seven: 16 becomes 14, and 14 is upsampled to 28."
    )
    torch_does = "nn.Conv2d has padding=0, which is the same."
    naive_error = (
        "Every convolution is given the padding of its neighbours, and the output is 32 x 32. To "
        "resize it to 28 x 28 hides that, and moves every pixel."
    )
    faithful_line = "nn.Conv2d(8, 16, 3), with no padding, in this layer"
    source = ("blog.keras.io/building-autoencoders-in-keras.html",)
    apart = 0.2

    def given(rng):
        x = rng.normal(size=(2, 16, 16, 8)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(3, 3, 8, 16)).astype("float32")}

    def in_keras(keras, x, kernel):
        conv = keras.layers.Conv2D(16, 3, use_bias=False)
        conv.build(x.shape)
        conv.set_weights([kernel])
        return keras.layers.UpSampling2D(2)(conv(x))

    def naive(torch, x, kernel):
        """nn.Conv2d(8, 16, 3, padding=1)"""
        conv = torch.nn.Conv2d(8, 16, 3, padding=1, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        up = torch.nn.Upsample(scale_factor=2)
        return up(conv(x.movedim(-1, 1))).movedim(1, -1)

    def naive_resized(torch, x, kernel):
        """padding=1, and nn.Upsample(size=28)"""
        conv = torch.nn.Conv2d(8, 16, 3, padding=1, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        up = torch.nn.Upsample(size=28)
        return up(conv(x.movedim(-1, 1))).movedim(1, -1)

    def faithful(torch, x, kernel):
        """nn.Conv2d(8, 16, 3)"""
        conv = torch.nn.Conv2d(8, 16, 3, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1))
        up = torch.nn.Upsample(scale_factor=2)
        return up(conv(x.movedim(-1, 1))).movedim(1, -1)


class CausalPadding(Experiment):
    """A convolution that sees the past alone."""

    id = "causal-padding"
    keras_does = 'Conv1D(padding="causal") pads (kernel - 1) * dilation zeros in front.'
    torch_does = "There is no such padding; every other pads at both ends."
    naive_error = (
        '"same" has the right length, and each output sees the future. A model that forecasts '
        "is then good in training and useless afterwards."
    )
    faithful_line = "F.pad(x, ((k - 1) * d, 0)), then nn.Conv1d(3, 4, k, dilation=d)"
    source = (
        "keras.io/api/layers/convolution_layers/convolution1d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html",
    )
    apart = 0.5

    def given(rng):
        x = rng.normal(size=(4, 12, 3)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(3, 3, 4)).astype("float32")}

    def in_keras(keras, x, kernel):
        conv = keras.layers.Conv1D(4, 3, padding="causal", dilation_rate=2, use_bias=False)
        conv.build(x.shape)
        conv.set_weights([kernel])
        return conv(x)

    def naive(torch, x, kernel):
        """padding="same" """
        conv, weight = torch.nn.functional.conv1d, kernel.permute(2, 1, 0)
        return conv(x.mT, weight, dilation=2, padding="same").mT

    def faithful(torch, x, kernel):
        """F.pad(x, ((k - 1) * d, 0))"""
        conv, weight = torch.nn.functional.conv1d, kernel.permute(2, 1, 0)
        return conv(torch.nn.functional.pad(x.mT, (4, 0)), weight, dilation=2).mT

    def faithful_cropped(torch, x, kernel):
        """padding=(k - 1) * d, without the last as many"""
        conv, weight = torch.nn.functional.conv1d, kernel.permute(2, 1, 0)
        return conv(x.mT, weight, dilation=2, padding=4)[:, :, :-4].mT


class ZeroPaddingOrder(Experiment):
    """The order of the sides in padding."""

    id = "zeropadding-order"
    keras_does = "ZeroPadding2D takes ((top, bottom), (left, right))."
    torch_does = "F.pad and nn.ZeroPad2d take (left, right, top, bottom): the last axis first."
    naive_error = (
        "The numbers in Keras's order pad the other axis. Where both axes get as much, as here, "
        "the shape is right and the image shifted. On (N, H, W, C) F.pad's last axis is the "
        "channels."
    )
    faithful_line = "F.pad(x, (left, right, top, bottom))"
    source = (
        "keras.io/api/layers/reshaping_layers/zero_padding2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html",
    )
    apart, close = 0.5, 0.0

    def given(rng):
        return {"x": rng.normal(size=(4, 6, 6, 3)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.ZeroPadding2D(((2, 1), (0, 3)))(x)

    def naive(torch, x):
        """F.pad(x, (2, 1, 0, 3))"""
        return torch.nn.functional.pad(x.movedim(-1, 1), (2, 1, 0, 3)).movedim(1, -1)

    def naive_layout(torch, x):
        """F.pad(x, (0, 3, 2, 1)), on (N, H, W, C)"""
        return torch.nn.functional.pad(x, (0, 3, 2, 1))

    def faithful(torch, x):
        """F.pad(x, (0, 3, 2, 1))"""
        return torch.nn.functional.pad(x.movedim(-1, 1), (0, 3, 2, 1)).movedim(1, -1)
