"""Normalisation of each sample by itself: over which axes, and what is added to the variance."""

from parity.course.laboratory.experiment import Experiment


class LayerNormEpsilon(Experiment):
    """Epsilon and axes of layer normalisation."""

    id = "layernorm-epsilon"
    keras_does = "Epsilon is 1e-3, and the layer runs over the last axis alone: the channels."
    torch_does = (
        "Epsilon is 1e-5, and the layer runs over the axes whose sizes it is given, the last ones."
    )
    naive_error = (
        "Where values vary as little as the root of epsilon the output is scaled otherwise. On a "
        "map in NCHW LayerNorm([C, H, W]) fits, and normalises over the whole map what Keras "
        "does place by place."
    )
    faithful_line = "nn.LayerNorm(channels, eps=1e-3) on x.permute(0, 2, 3, 1)"
    source = (
        "keras.io/api/layers/normalization_layers/layer_normalization",
        "docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html",
    )
    apart = 0.2

    def given(rng):
        """A map (N, H, W, C) with a standard deviation of 0.03."""
        return {"x": rng.normal(scale=0.03, size=(4, 5, 5, 8)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.LayerNormalization()(x)

    def naive(torch, x):
        """nn.LayerNorm(8)"""
        return torch.nn.LayerNorm(8)(x)

    def naive_map(torch, x):
        """nn.LayerNorm([8, 5, 5], eps=1e-3) on NCHW"""
        norm = torch.nn.LayerNorm([8, 5, 5], eps=1e-3)
        return norm(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)

    def faithful(torch, x):
        """nn.LayerNorm(8, eps=1e-3) on NHWC"""
        return torch.nn.LayerNorm(8, eps=1e-3)(x)


class GroupNormEpsilon(Experiment):
    """Epsilon of group normalisation."""

    id = "groupnorm-epsilon"
    keras_does = "Epsilon is 1e-3; groups are 32 by default, and -1 means one for every channel."
    torch_does = "Epsilon is 1e-5; the number of groups has no default."
    naive_error = "Where values vary as little as the root of epsilon the output comes out larger."
    faithful_line = "nn.GroupNorm(groups, channels, eps=1e-3)"
    source = (
        "keras.io/api/layers/normalization_layers/group_normalization",
        "docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html",
    )
    apart = 0.2

    def given(rng):
        return {"x": rng.normal(scale=0.03, size=(4, 5, 5, 8)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.GroupNormalization(groups=2)(x)

    def naive(torch, x):
        """nn.GroupNorm(2, 8)"""
        norm = torch.nn.GroupNorm(2, 8)
        return norm(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)

    def faithful(torch, x):
        """nn.GroupNorm(2, 8, eps=1e-3)"""
        norm = torch.nn.GroupNorm(2, 8, eps=1e-3)
        return norm(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class RMSNormEpsilon(Experiment):
    """Epsilon of RMS normalisation."""

    id = "rmsnorm-epsilon"
    keras_does = "Epsilon is 1e-6."
    torch_does = (
        "eps=None means the resolution of the dtype, torch.finfo(x.dtype).eps: another number "
        "for float32, float64 and bfloat16."
    )
    naive_error = (
        "Small activations are scaled otherwise, and a model that is moved to another dtype is "
        "another one."
    )
    faithful_line = "nn.RMSNorm(channels, eps=1e-6)"
    source = (
        "keras.io/api/layers/normalization_layers/rms_normalization",
        "docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html",
    )
    apart = 0.1

    def given(rng):
        return {"x": rng.normal(scale=1e-3, size=(16, 8)).astype("float32")}

    def in_keras(keras, x):
        return keras.layers.RMSNormalization()(x)

    def naive(torch, x):
        """nn.RMSNorm(8)"""
        return torch.nn.RMSNorm(8)(x)

    def faithful(torch, x):
        """nn.RMSNorm(8, eps=1e-6)"""
        return torch.nn.RMSNorm(8, eps=1e-6)(x)


class SpectralNorm(Experiment):
    """What spectral normalisation leaves behind."""

    id = "spectral-norm"
    keras_does = (
        "A training pass takes one step of the power method from where u is, divides the kernel by "
        "sigma and puts the result in the kernel's place. At inference nothing is divided."
    )
    torch_does = (
        "spectral_norm keeps the weight as it is and divides at every pass, at inference too; it "
        "takes 15 steps of the power method before the first."
    )
    naive_error = (
        "Each step of the optimizer starts from another weight, the gradient goes through the "
        "division, and after a transfer of weights the two do not infer alike."
    )
    faithful_line = "semantics.SpectralNormalization(nn.Linear(inputs, units))"
    source = (
        "keras/src/layers/normalization/spectral_normalization.py",
        "docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.spectral_norm.html",
    )
    note = (
        "On jax the kernel stays as it was, and the gradient goes through the division as in "
        "torch; at inference Keras divides by nothing there either."
    )
    backends = ("tensorflow",)
    apart = 0.1

    def given(rng):
        return {
            "x": rng.normal(size=(4, 6)).astype("float32"),
            "kernel": rng.normal(size=(6, 3)).astype("float32"),
            "u": rng.normal(size=(1, 3)).astype("float32"),
        }

    def in_keras(keras, x, kernel, u):
        """The kernel after a training pass, and the output of another pass, at inference."""
        layer = keras.layers.SpectralNormalization(keras.layers.Dense(3, use_bias=False))
        layer.build(x.shape)
        layer.set_weights([kernel, u])
        layer(x, training=True)
        return {"kernel": layer.layer.kernel, "output": layer(x)}

    def naive(torch, x, kernel, u):
        """torch.nn.utils.parametrizations.spectral_norm(linear)"""
        linear = torch.nn.Linear(6, 3, bias=False)
        linear.weight.data = kernel.T.clone()
        linear = torch.nn.utils.parametrizations.spectral_norm(linear)
        linear(x)
        kept = linear.parametrizations.weight.original.T
        return {"kernel": kept, "output": linear.eval()(x)}

    def faithful(torch, x, kernel, u):
        """semantics.SpectralNormalization(linear)"""
        from parity import semantics

        linear = torch.nn.Linear(6, 3, bias=False)
        linear.weight.data = kernel.T.clone()
        layer = semantics.SpectralNormalization(linear, keras_backend="tensorflow")
        layer.vector_u.copy_(u)
        layer(x)
        return {"kernel": linear.weight.T, "output": layer.eval()(x)}
