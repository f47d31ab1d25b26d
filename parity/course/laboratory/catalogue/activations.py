"""Activations: mostly the same functions, with other constants."""

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import largest, times, values


class LeakyReluSlope(Experiment):
    """The slope of a leaky ReLU, as a layer."""

    id = "leaky-relu-slope"
    keras_does = "LeakyReLU() has a slope of 0.3 for negative values."
    torch_does = "nn.LeakyReLU() has a slope of 0.01."
    naive_error = "Negative values come out thirty times too small."
    faithful_line = "nn.LeakyReLU(0.3)"
    source = (
        "keras.io/api/layers/activation_layers/leaky_relu",
        "docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html",
    )
    measure = staticmethod(values)
    apart, close = 0.2, 1e-7

    def given(rng):
        import numpy as np

        return {"x": np.array([-1.0, 1.0], "float32")}

    def in_keras(keras, x):
        """The value at -1."""
        return keras.layers.LeakyReLU()(x)

    def naive(torch, x):
        """nn.LeakyReLU()"""
        return torch.nn.LeakyReLU()(x)

    def faithful(torch, x):
        """nn.LeakyReLU(0.3)"""
        return torch.nn.LeakyReLU(0.3)(x)


class LeakyReluString(Experiment):
    """The slope of a leaky ReLU, by its name."""

    id = "leaky-relu-string"
    keras_does = (
        'activation="leaky_relu" has a slope of 0.2, as keras.ops.leaky_relu has. The layer '
        "LeakyReLU has 0.3."
    )
    torch_does = "F.leaky_relu has a slope of 0.01."
    naive_error = "Neither torch's default nor that of Keras's layer is right."
    faithful_line = "F.leaky_relu(x, 0.2)"
    source = (
        "keras.io/api/layers/activations",
        "docs.pytorch.org/docs/stable/generated/torch.nn.functional.leaky_relu.html",
    )
    measure = staticmethod(values)
    apart, close = 0.05, 1e-7

    def given(rng):
        import numpy as np

        return {"x": np.array([-1.0, 1.0], "float32")}

    def in_keras(keras, x):
        """The value at -1."""
        return keras.layers.Activation("leaky_relu")(x)

    def naive(torch, x):
        """F.leaky_relu(x)"""
        return torch.nn.functional.leaky_relu(x)

    def naive_layer(torch, x):
        """F.leaky_relu(x, 0.3)"""
        return torch.nn.functional.leaky_relu(x, 0.3)

    def faithful(torch, x):
        """F.leaky_relu(x, 0.2)"""
        return torch.nn.functional.leaky_relu(x, 0.2)


class PreluShape(Experiment):
    """How many slopes a PReLU has."""

    id = "prelu-shape"
    keras_does = (
        "PReLU learns a slope for every element: height x width x channels of them on a map. "
        "shared_axes=[1, 2] makes it one a channel."
    )
    torch_does = "nn.PReLU() learns one slope, nn.PReLU(C) one a channel."
    naive_error = "A model with far fewer weights, which trains well, and is another."
    faithful_line = "PReLU(shared_axes=[1, 2]) is nn.PReLU(C); without, a parameter (C, H, W)"
    source = (
        "keras.io/api/layers/activation_layers/prelu",
        "docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html",
    )
    note = "The figures are numbers of slopes, for maps of 28 x 28 x 16."
    measure = staticmethod(times)
    apart, close = 100.0, 0.0

    def given(rng):
        import numpy as np

        return {"x": np.zeros((1, 28, 28, 16), "float32")}

    def in_keras(keras, x):
        """The number of slopes."""
        layer = keras.layers.PReLU()
        layer.build(x.shape)
        return layer.count_params()

    def naive(torch, x):
        """nn.PReLU()"""
        return torch.nn.PReLU().weight.numel()

    def naive_channels(torch, x):
        """nn.PReLU(C)"""
        return torch.nn.PReLU(x.shape[-1]).weight.numel()

    def faithful(torch, x):
        """nn.Parameter(torch.zeros(C, H, W))"""
        _, height, width, channels = x.shape
        return torch.nn.Parameter(torch.zeros(channels, height, width)).numel()


class PreluInit(Experiment):
    """The first slopes of a PReLU."""

    id = "prelu-init"
    keras_does = "Slopes start at 0: a new PReLU is a ReLU."
    torch_does = "Slopes start at 0.25."
    naive_error = "Before any training the port lets a quarter of each negative value pass."
    faithful_line = "nn.PReLU(C, init=0.0)"
    source = (
        "keras.io/api/layers/activation_layers/prelu",
        "docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html",
    )
    apart, close = 0.1, 0.0

    def given(rng):
        return {"x": rng.normal(size=(64, 8)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.PReLU()(x)

    def naive(torch, x):
        """nn.PReLU(8)"""
        return torch.nn.PReLU(8)(x)

    def faithful(torch, x):
        """nn.PReLU(8, init=0.0)"""
        return torch.nn.PReLU(8, init=0.0)(x)


class PreluSlopes(Experiment):
    """Moving the slopes of a PReLU."""

    id = "prelu-slopes"
    keras_does = "The slopes of a PReLU on maps are an array (height, width, channels)."
    torch_does = "nn.PReLU(C) has room for one slope a channel, and applies it along axis 1."
    naive_error = "The slopes of a channel are replaced by their mean, so that they fit."
    faithful_line = "torch.where(x > 0, x, alpha.permute(2, 0, 1) * x)"
    source = (
        "keras.io/api/layers/activation_layers/prelu",
        "docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html",
    )
    note = "A PReLU with shared_axes=[1, 2] has one slope a channel: nn.PReLU(C) is its port."
    apart = 0.1

    def given(rng):
        x = rng.normal(size=(8, 6, 6, 4)).astype("float32")
        return {"x": x, "alpha": rng.normal(size=(6, 6, 4)).astype("float32")}

    def in_keras(keras, x, alpha):
        layer = keras.layers.PReLU()
        layer.build(x.shape)
        layer.set_weights([alpha])
        return layer(x)

    def naive(torch, x, alpha):
        """nn.PReLU(4), with the means of the slopes"""
        layer = torch.nn.PReLU(4)
        layer.weight.data.copy_(alpha.mean((0, 1)))
        return layer(x.movedim(-1, 1)).movedim(1, -1)

    def faithful(torch, x, alpha):
        """torch.where(x > 0, x, alpha.permute(2, 0, 1) * x)"""
        maps, slopes = x.movedim(-1, 1), alpha.permute(2, 0, 1)
        return torch.where(maps > 0, maps, slopes * maps).movedim(1, -1)


class PreluShared(Experiment):
    """A PReLU with one slope a channel."""

    id = "prelu-shared"
    keras_does = "shared_axes=[1, 2] leaves one slope a channel, as an array (1, 1, channels)."
    torch_does = "nn.PReLU(C) has the same slopes as an array (C,)."
    faithful_line = "layer.weight.data.copy_(alpha.flatten())"
    source = PreluSlopes.source

    def given(rng):
        x = rng.normal(size=(8, 6, 6, 4)).astype("float32")
        return {"x": x, "alpha": rng.normal(size=(1, 1, 4)).astype("float32")}

    def in_keras(keras, x, alpha):
        layer = keras.layers.PReLU(shared_axes=[1, 2])
        layer.build(x.shape)
        layer.set_weights([alpha])
        return layer(x)

    def faithful(torch, x, alpha):
        """nn.PReLU(4)"""
        layer = torch.nn.PReLU(4)
        layer.weight.data.copy_(alpha.flatten())
        return layer(x.movedim(-1, 1)).movedim(1, -1)


class GeluApproximate(Experiment):
    """The two GELUs of Keras."""

    id = "gelu-approximate"
    keras_does = (
        "keras.ops.gelu and keras.activations.gelu have different defaults: the first is the "
        'approximation by tanh, the second, which activation="gelu" means, is exact.'
    )
    torch_does = 'F.gelu is exact; approximate="tanh" is the other one.'
    naive_error = "Each taken for the other is wrong by a little, in every layer."
    faithful_line = 'F.gelu(x, approximate="tanh") for ops.gelu, F.gelu(x) for activation="gelu"'
    source = (
        "keras.io/api/ops/nn",
        "keras.io/api/layers/activations",
        "docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html",
    )
    measure = staticmethod(largest)
    apart, close = 1e-4, 2e-6

    def given(rng):
        import numpy as np

        return {"x": np.linspace(-5, 5, 1001, dtype="float32")}

    def in_keras(keras, x):
        return {"ops": keras.ops.gelu(x), "activation": keras.activations.gelu(x)}

    def naive(torch, x):
        """F.gelu(x) for both"""
        gelu = torch.nn.functional.gelu
        return {"ops": gelu(x), "activation": gelu(x)}

    def naive_tanh(torch, x):
        """F.gelu(x, approximate="tanh") for both"""
        gelu = torch.nn.functional.gelu
        return {"ops": gelu(x, approximate="tanh"), "activation": gelu(x, approximate="tanh")}

    def faithful(torch, x):
        """each its own"""
        gelu = torch.nn.functional.gelu
        return {"ops": gelu(x, approximate="tanh"), "activation": gelu(x)}


class HardSigmoid(Experiment):
    """The slope of a hard sigmoid."""

    id = "hard-sigmoid"
    keras_does = "Keras 3 has relu6(x + 3) / 6: a slope of 1/6."
    torch_does = "F.hardsigmoid is the same."
    naive_error = (
        "Keras 1 and 2 had a slope of 0.2. The old formula, as it stands in many ports and texts, "
        "is wrong for a Keras 3 model, and the new one for weights that were trained with the old."
    )
    faithful_line = "F.hardsigmoid(x)"
    source = (
        "keras.io/api/layers/activations",
        "docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html",
    )
    measure = staticmethod(largest)
    apart, close = 0.05, 1e-6

    def given(rng):
        import numpy as np

        return {"x": np.linspace(-5, 5, 1001, dtype="float32")}

    def in_keras(keras, x):
        return keras.activations.hard_sigmoid(x)

    def naive(torch, x):
        """(0.2 * x + 0.5).clamp(0, 1)"""
        return (0.2 * x + 0.5).clamp(0, 1)

    def faithful(torch, x):
        """F.hardsigmoid(x)"""
        return torch.nn.functional.hardsigmoid(x)


class ActivationControls(Experiment):
    """Activations that are the same."""

    id = "activation-controls"
    keras_does = "Each by its name in keras.activations, with its defaults."
    torch_does = "The function of the same meaning in torch.nn.functional, with its defaults."
    faithful_line = "celu, elu, selu, silu, mish, softplus, ...: as they are"
    source = (
        "keras.io/api/layers/activations",
        "docs.pytorch.org/docs/stable/nn.functional.html",
    )
    measure = staticmethod(largest)
    close = 5e-6  # mish and softplus are built from exp and log, each framework's own

    def given(rng):
        import numpy as np

        return {"x": np.linspace(-10, 10, 2002, dtype="float32").reshape(1001, 2)}

    def in_keras(keras, x):
        names = (
            *("celu", "elu", "selu", "silu", "mish", "softplus", "softsign", "log_sigmoid"),
            *("tanh", "tanh_shrink", "relu6", "glu", "log_softmax"),
            *("hard_silu", "hard_tanh", "hard_shrink", "soft_shrink"),
        )
        return {name: getattr(keras.activations, name)(x) for name in names}

    def faithful(torch, x):
        """torch.nn.functional, with its defaults"""
        functional = torch.nn.functional
        found = {
            name: getattr(functional, name)(x)
            for name in ("celu", "elu", "selu", "silu", "mish", "softplus", "softsign", "relu6")
        }
        return found | {
            "log_sigmoid": functional.logsigmoid(x),
            "tanh": x.tanh(),
            "tanh_shrink": functional.tanhshrink(x),
            "glu": functional.glu(x),
            "log_softmax": x.log_softmax(dim=-1),
            "hard_silu": functional.hardswish(x),
            "hard_tanh": functional.hardtanh(x),
            "hard_shrink": functional.hardshrink(x),
            "soft_shrink": functional.softshrink(x),
        }
