"""Depthwise and separable convolutions: kernels, biases and first weights."""

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import times


class DepthwiseSeparable(Experiment):
    """The kernel of a depthwise convolution."""

    id = "depthwise-separable"
    keras_does = (
        "DepthwiseConv2D keeps its kernel as (height, width, in, multiplier); its outputs are "
        "all multiples of the first input, then of the second."
    )
    torch_does = "nn.Conv2d(groups=in) keeps (in * multiplier, 1, height, width), in that order."
    naive_error = (
        "The permutation of Conv2D puts the multiplier before the channels; after a reshape it "
        "fits, and each channel meets another's kernel."
    )
    faithful_line = "kernel.permute(2, 3, 0, 1).reshape(-1, 1, kh, kw)"
    source = (
        "keras.io/api/layers/convolution_layers/depthwise_convolution2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
    )
    note = "With a multiplier of 1, as in MobileNets, both orders are the same."
    apart = 0.5

    def given(rng):
        x = rng.normal(size=(4, 8, 8, 3)).astype("float32")
        return {"x": x, "kernel": rng.normal(size=(3, 3, 3, 2)).astype("float32")}

    def in_keras(keras, x, kernel):
        conv = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)
        conv.build(x.shape)
        conv.set_weights([kernel])
        return conv(x)

    def naive(torch, x, kernel):
        """kernel.permute(3, 2, 0, 1).reshape(-1, 1, 3, 3)"""
        conv = torch.nn.Conv2d(3, 6, 3, groups=3, bias=False)
        conv.weight.data.copy_(kernel.permute(3, 2, 0, 1).reshape(-1, 1, 3, 3))
        return conv(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x, kernel):
        """kernel.permute(2, 3, 0, 1).reshape(-1, 1, 3, 3)"""
        conv = torch.nn.Conv2d(3, 6, 3, groups=3, bias=False)
        conv.weight.data.copy_(kernel.permute(2, 3, 0, 1).reshape(-1, 1, 3, 3))
        return conv(x.movedim(-1, 1)).movedim(1, -1)


class SeparableBias(Experiment):
    """The biases of a separable convolution."""

    id = "separable-bias"
    keras_does = "SeparableConv2D has one bias, behind the pointwise convolution."
    torch_does = "It is written as two nn.Conv2d, each of which has a bias unless told otherwise."
    naive_error = (
        "Transferred weights leave the first one as it was drawn, and it is not zero: torch draws "
        "biases, too. The second convolution spreads it over all outputs."
    )
    faithful_line = "nn.Conv2d(in, in, 3, groups=in, bias=False), then nn.Conv2d(in, out, 1)"
    source = (
        "keras.io/api/layers/convolution_layers/separable_convolution2d",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
    )
    apart = 0.02

    def given(rng):
        found = {
            "x": rng.normal(size=(4, 8, 8, 3)),
            "depthwise": rng.normal(size=(3, 3, 3, 1)) / 3,
            "pointwise": rng.normal(size=(1, 1, 3, 4)),
            "bias": rng.normal(size=4),
        }
        return {name: array.astype("float32") for name, array in found.items()}

    def in_keras(keras, x, depthwise, pointwise, bias):
        conv = keras.layers.SeparableConv2D(4, 3)
        conv.build(x.shape)
        conv.set_weights([depthwise, pointwise, bias])
        return conv(x)

    def naive(torch, x, depthwise, pointwise, bias):
        """nn.Conv2d(3, 3, 3, groups=3), then nn.Conv2d(3, 4, 1)"""
        first, second = torch.nn.Conv2d(3, 3, 3, groups=3), torch.nn.Conv2d(3, 4, 1)
        first.weight.data.copy_(depthwise.permute(2, 3, 0, 1))
        second.weight.data.copy_(pointwise.permute(3, 2, 0, 1))
        second.bias.data.copy_(bias)
        return second(first(x.movedim(-1, 1))).movedim(1, -1)

    def faithful(torch, x, depthwise, pointwise, bias):
        """nn.Conv2d(3, 3, 3, groups=3, bias=False), then nn.Conv2d(3, 4, 1)"""
        first, second = torch.nn.Conv2d(3, 3, 3, groups=3, bias=False), torch.nn.Conv2d(3, 4, 1)
        first.weight.data.copy_(depthwise.permute(2, 3, 0, 1))
        second.weight.data.copy_(pointwise.permute(3, 2, 0, 1))
        second.bias.data.copy_(bias)
        return second(first(x.movedim(-1, 1))).movedim(1, -1)


class DepthwiseInit(Experiment):
    """How large the first weights of a depthwise convolution are."""

    id = "depthwise-init"
    keras_does = (
        "Fan-in is counted from the kernel's shape (height, width, in, multiplier): height * "
        "width * in, though each output sees one channel alone."
    )
    torch_does = "Fan-in is counted from (in, 1, height, width): height * width."
    naive_error = (
        "He's initialisation by the same name has weights that are larger by the square root of "
        "the number of channels."
    )
    faithful_line = "trunc_normal_(w, std=s, a=-2 * s, b=2 * s), s = sqrt(2 / (9 * in)) / 0.8796"
    source = (
        "keras.io/api/layers/initializers",
        "docs.pytorch.org/docs/stable/nn.init.html",
    )
    note = "The figures are standard deviations, of a kernel of 3 x 3 on 512 channels."
    measure = staticmethod(times)
    apart = 10.0
    close = 0.05  # a deviation of 4608 draws has a standard deviation of 1 %

    def in_keras(keras):
        """The standard deviation of the kernel."""
        conv = keras.layers.DepthwiseConv2D(3, depthwise_initializer="he_normal")
        conv.build((None, 8, 8, 512))
        return keras.ops.std(conv.kernel)

    def naive(torch):
        """nn.init.kaiming_normal_(conv.weight)"""
        conv = torch.nn.Conv2d(512, 512, 3, groups=512)
        torch.nn.init.kaiming_normal_(conv.weight)
        return conv.weight.std()

    def faithful(torch):
        """nn.init.trunc_normal_, with Keras's fan-in"""
        conv = torch.nn.Conv2d(512, 512, 3, groups=512)
        s = (2 / (9 * 512)) ** 0.5 / 0.8796
        torch.nn.init.trunc_normal_(conv.weight, std=s, a=-2 * s, b=2 * s)
        return conv.weight.std()
