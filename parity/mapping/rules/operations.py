"""One name for what a step computes, whichever framework's words it is written in.

Steps of both sides are aligned by these names. Here are the steps without weights; for a layer
with weights the operation is named by its rule. The Keras words are classes of layers and, for
`keras.ops` in a functional graph, of operations; the torch words are classes of modules and, for
functions and methods, what a TorchFunctionMode calls them. A # stands for 1, 2 and 3.
"""

# operation: (Keras words, torch words)
_STEPS = {
    # Pooling; torch has no word for a global pool but the adaptive one, and the plain mean or max
    "max_pool": (
        "MaxPooling#D MaxPool",
        "MaxPool#d max_pool#d max_pool#d_with_indices",
    ),
    "avg_pool": ("AveragePooling#D AveragePool", "AvgPool#d avg_pool#d"),
    "global_avg_pool": (
        "GlobalAveragePooling#D AdaptiveAveragePooling#D AdaptiveAveragePool Mean",
        "AdaptiveAvgPool#d adaptive_avg_pool#d mean",
    ),
    "global_max_pool": (
        "GlobalMaxPooling#D AdaptiveMaxPooling#D AdaptiveMaxPool Max Amax",
        "AdaptiveMaxPool#d adaptive_max_pool#d adaptive_max_pool#d_with_indices max amax",
    ),
    # Another size
    "upsample": (
        "UpSampling#D Resizing Resize",
        "Upsample UpsamplingNearest2d UpsamplingBilinear2d interpolate upsample",
    ),
    "pad": (
        "ZeroPadding#D Pad",
        "pad ZeroPad#d ConstantPad#d ReflectionPad#d ReplicationPad#d CircularPad#d",
    ),
    "crop": ("Cropping#D CenterCrop GetItem Slice", "getitem narrow select"),
    # Another shape: the same elements, in the same order (flatten) or not (permute)
    "flatten": (
        "Flatten Reshape Ravel",
        "Flatten Unflatten flatten unflatten reshape view reshape_as view_as ravel",
    ),
    "permute": (
        "Permute Transpose Moveaxis Swapaxes",
        "permute transpose movedim moveaxis swapaxes swapdims t adjoint T mT H mH",
    ),
    "expand_dims": ("ExpandDims", "unsqueeze"),
    "squeeze": ("Squeeze", "squeeze"),
    "repeat": (
        "RepeatVector Repeat Tile BroadcastTo",
        "repeat repeat_interleave tile expand expand_as broadcast_to",
    ),
    "pixel_shuffle": ("DepthToSpace", "PixelShuffle pixel_shuffle"),
    "pixel_unshuffle": ("SpaceToDepth", "PixelUnshuffle pixel_unshuffle"),
    "flip": ("Flip", "flip"),
    "roll": ("Roll", "roll"),
    "concatenate": ("Concatenate", "cat concat concatenate hstack vstack"),
    "stack": ("Stack", "stack"),
    "split": ("Split Unstack", "split chunk unbind tensor_split"),
    # Arithmetic of several tensors, or of one and a number
    "add": ("Add", "add"),
    "subtract": ("Subtract", "sub subtract rsub"),
    "multiply": ("Multiply", "mul multiply"),
    "divide": ("Divide TrueDivide", "div divide true_divide rdiv"),
    "average": ("Average", ""),
    "maximum": ("Maximum", "maximum"),
    "minimum": ("Minimum", "minimum"),
    "matmul": ("Dot Matmul Einsum Tensordot", "matmul bmm mm baddbmm einsum tensordot inner"),
    "attention": (
        "Attention DotProductAttention ScaledDotProductAttention",
        "scaled_dot_product_attention",
    ),
    "rescale": ("Rescaling", ""),
    # Arithmetic of each element
    "negative": ("Negative", "neg negative"),
    "abs": ("Absolute Abs", "abs absolute"),
    "power": ("Power", "pow float_power"),
    "square": ("Square", "square"),
    "sqrt": ("Sqrt", "sqrt"),
    "rsqrt": ("Rsqrt", "rsqrt"),
    "exp": ("Exp", "exp"),
    "log": ("Log", "log"),
    "log1p": ("Log1p", "log1p"),
    "sin": ("Sin", "sin"),
    "cos": ("Cos", "cos"),
    "clip": ("Clip", "clamp clip"),
    "where": ("Where", "where masked_fill"),
    "cast": ("Cast", "to type double float half bfloat16 type_as"),
    # Sums over axes
    "sum": ("Sum", "sum"),
    "min": ("Min Amin", "min amin"),
    "prod": ("Prod", "prod"),
    "var": ("Var", "var"),
    "std": ("Std", "std"),
    "logsumexp": ("Logsumexp", "logsumexp"),
    "norm": ("Norm", "norm linalg_norm linalg_vector_norm"),
    "unit_norm": ("UnitNormalization Normalize", "normalize"),
    "argmax": ("Argmax", "argmax"),
    "cumsum": ("Cumsum", "cumsum"),
    "take": ("Take TakeAlongAxis", "index_select take gather take_along_dim"),
    "one_hot": ("OneHot", "one_hot"),
    # While training alone; torch's Dropout1d drops channels, as Keras's SpatialDropout does.
    # A port may write them out: x * (torch.rand_like(x) > rate), x + sd * torch.randn_like(x)
    "dropout": ("Dropout", "Dropout dropout rand_like rand bernoulli"),
    "spatial_dropout": ("SpatialDropout#D", "Dropout#d dropout#d"),
    "alpha_dropout": ("AlphaDropout", "AlphaDropout alpha_dropout"),
    "gaussian_dropout": ("GaussianDropout", "GaussianDropout"),
    "gaussian_noise": ("GaussianNoise", "GaussianNoise randn_like randn normal"),
    # No computation at all
    "identity": ("Identity ActivityRegularization Copy", "Identity clone contiguous"),
    "masking": ("Masking", ""),
}
_ACTIVATIONS = {
    "relu": ("ReLU Relu", "ReLU relu"),
    "relu6": ("Relu6", "ReLU6 relu6"),
    "leaky_relu": ("LeakyReLU LeakyRelu", "LeakyReLU leaky_relu"),
    "elu": ("ELU Elu", "ELU elu"),
    "selu": ("Selu", "SELU selu"),
    "celu": ("Celu", "CELU celu"),
    "gelu": ("Gelu", "GELU gelu"),
    "silu": ("Silu", "SiLU silu"),
    "mish": ("Mish", "Mish mish"),
    "glu": ("Glu", "GLU glu"),
    "softmax": ("Softmax", "Softmax Softmax2d softmax"),
    "log_softmax": ("LogSoftmax", "LogSoftmax log_softmax"),
    "sigmoid": ("Sigmoid", "Sigmoid sigmoid special_expit"),
    "log_sigmoid": ("LogSigmoid", "LogSigmoid log_sigmoid logsigmoid"),
    "hard_sigmoid": ("HardSigmoid", "Hardsigmoid hardsigmoid"),
    "hard_silu": ("HardSilu", "Hardswish hardswish"),
    "tanh": ("Tanh", "Tanh tanh"),
    "hard_tanh": ("HardTanh", "Hardtanh hardtanh"),
    "tanh_shrink": ("TanhShrink", "Tanhshrink tanhshrink"),
    "hard_shrink": ("HardShrink", "Hardshrink hardshrink"),
    "soft_shrink": ("SoftShrink", "Softshrink softshrink"),
    "softplus": ("Softplus", "Softplus softplus"),
    "softsign": ("Softsign SoftSign", "Softsign softsign"),
    "threshold": ("Threshold", "Threshold threshold"),
    "squareplus": ("Squareplus", ""),
    "sparse_plus": ("SparsePlus", ""),
    "sparse_sigmoid": ("SparseSigmoid", ""),
    "sparsemax": ("Sparsemax", ""),
}


def _by_word(side: int) -> dict[str, str]:
    return {
        word.replace("#", rank): operation
        for operation, words in (_STEPS | _ACTIVATIONS).items()
        for word in words[side].split()
        for rank in ("1", "2", "3")
    }


KERAS = _by_word(0)  # class of a layer or operation -> operation
TORCH = _by_word(1)  # class of a module, or name of a function -> operation

# Other operations that a port may write in an operation's place: (a + b) / 2 for an Average.
ALSO: dict[str, tuple[str, ...]] = {
    "average": ("add", "global_avg_pool"),
    "rescale": ("multiply", "divide", "add", "subtract"),
    "normalization": ("subtract", "divide", "multiply", "add"),
    "unit_norm": ("divide",),
    "crop": ("pad",),
    "repeat": ("stack", "concatenate"),
    "upsample": ("repeat",),
    "relu": ("relu6", "clip", "hard_tanh", "threshold"),
    "relu6": ("clip", "hard_tanh"),
    "hard_tanh": ("clip",),
    "subtract": ("add",),
    "negative": ("multiply",),
    "square": ("power", "multiply"),
    "divide": ("multiply",),
    "maximum": ("global_max_pool",),
    "minimum": ("min",),
    "expand_dims": ("flatten", "crop"),
    "squeeze": ("flatten", "crop"),
    "silu": ("multiply",),
}

# Keras layers whose variables are constants of the data, which ports write as numbers
CONSTANTS = ("Normalization",)

# A Keras activation's name, or its function's -> operation
ACTIVATIONS = {
    "linear": "identity",
    "exponential": "exp",
    "swish": "silu",
    "hard_swish": "hard_silu",
    **{name: name for name in _ACTIVATIONS},
}
