"""Convolutions, pooling, padding and interpolation."""

from parity.selftest.bank.entry import layer, model, planted, written

IMAGE = model(
    layer("conv1", "conv2d", filters=4, kernel=(3, 3), padding="same", activation="tanh"),
    layer("conv2", "conv2d", filters=3, kernel=(3, 3), strides=(2, 2), padding="same"),
    layer("act", "activation", function="sigmoid"),
    shape=(8, 6, 3),
)
EVEN = model(
    layer("conv1", "conv2d", filters=4, kernel=(2, 4), padding="same"),
    layer("conv2", "conv2d", filters=2, kernel=(3, 3), activation="tanh"),
)
CAUSAL = model(
    layer("conv1", "conv1d", filters=4, kernel=(3,), padding="causal", dilation=(2,)),
    layer("conv2", "conv1d", filters=3, kernel=(3,), padding="causal", activation="relu"),
    layer("pool", "global_avg_pool"),
    shape=(9, 2),
)
AUTOENCODER = model(  # the blog's: the sixth layer keeps the default "valid"
    layer("conv1", "conv2d", filters=4, kernel=(3, 3), padding="same", activation="relu"),
    layer("pool1", "max_pool", size=(2, 2), padding="same"),
    layer("up1", "upsample", size=(2, 2)),
    layer("conv2", "conv2d", filters=4, kernel=(3, 3), activation="relu"),
    layer("conv3", "conv2d", filters=1, kernel=(3, 3), padding="same", activation="sigmoid"),
    shape=(7, 9, 2),
)
POOLED = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3), padding="same"),
    layer("pool", "max_pool", size=(3, 3), strides=(2, 2), padding="same"),
    layer("out", "conv2d", filters=2, kernel=(1, 1)),
    shape=(8, 6, 2),
)
NEGATIVE = model(  # so that zeros in the padding are the greatest
    layer("conv", "conv2d", filters=3, kernel=(3, 3), padding="same", activation="softplus"),
    layer("minus", "rescaling", scale=-1.0),
    layer("pool", "max_pool", size=(3, 3), strides=(2, 2), padding="same"),
    layer("out", "conv2d", filters=2, kernel=(1, 1)),
    shape=(8, 6, 2),
)
AVERAGED = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3), padding="same"),
    layer("pool", "avg_pool", size=(3, 3), strides=(1, 1), padding="same"),
    layer("out", "conv2d", filters=2, kernel=(1, 1)),
)
AVERAGED_ODD = model(
    layer("pool", "avg_pool", size=(2, 2), padding="same"),
    layer("gap", "global_avg_pool"),
    layer("fc", "dense", units=3),
    shape=(7, 5, 3),
)
CLASSIFIER = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3), padding="same", activation="relu"),
    layer("pool", "max_pool", size=(2, 2), padding="same"),
    layer("gap", "global_avg_pool"),
    layer("fc", "dense", units=4, activation="softmax"),
    shape=(7, 5, 2),
)
DILATED = model(
    layer("conv1", "conv2d", filters=4, kernel=(3, 3), padding="same", dilation=(2, 2)),
    layer("conv2", "conv2d", filters=2, kernel=(1, 1), activation="tanh"),
    shape=(8, 7, 2),
)
STRIDED = model(
    layer("conv1", "conv2d", filters=4, kernel=(3, 3), strides=(2, 1), padding="same"),
    layer("conv2", "conv2d", filters=3, kernel=(3, 3), padding="same", activation="tanh"),
    layer("gap", "global_avg_pool"),
    shape=(8, 8, 2),
)
TRANSPOSED = model(
    layer("up", "conv_transpose", filters=3, kernel=(3, 3), strides=(2, 2), padding="same"),
    layer("out", "conv2d", filters=1, kernel=(3, 3), padding="same", activation="sigmoid"),
    shape=(4, 5, 2),
)
PADDED = model(
    layer("pad", "zero_pad", amounts=((1, 0), (2, 1))),
    layer("conv", "conv2d", filters=3, kernel=(3, 3)),
    layer("out", "conv2d", filters=2, kernel=(1, 1), activation="tanh"),
)
CROPPED = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3)),
    layer("crop", "crop", amounts=((1, 0), (0, 2))),
    layer("out", "conv2d", filters=2, kernel=(1, 1)),
    shape=(8, 8, 2),
)
UPSAMPLED = model(
    layer("conv", "conv2d", filters=2, kernel=(3, 3)),
    layer("up", "upsample", size=(2, 2)),
    layer("out", "conv2d", filters=2, kernel=(3, 3)),
)
SMOOTH = UPSAMPLED.having(UPSAMPLED.node("up").but(interpolation="bilinear"))
RESIZED = model(
    layer("conv", "conv2d", filters=2, kernel=(3, 3), padding="same"),
    layer("resize", "resize", size=(4, 4), interpolation="nearest"),
    layer("out", "conv2d", filters=2, kernel=(1, 1)),
    shape=(9, 10, 2),
)
DEPTHWISE = model(
    layer("dw", "depthwise", kernel=(3, 3), strides=(2, 2), multiplier=2, padding="same"),
    layer("pw", "conv2d", filters=3, kernel=(1, 1), activation="relu6"),
    shape=(8, 6, 2),
)
SEPARABLE = model(
    layer("sep", "separable", filters=4, kernel=(2, 2), padding="same", activation="silu"),
    layer("gap", "global_avg_pool"),
)
GROUPED = model(
    layer("conv1", "conv2d", filters=4, kernel=(3, 3), padding="same"),
    layer("conv2", "conv2d", filters=4, kernel=(3, 3), groups=2, padding="same"),
)
FLAT = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3), padding="same", activation="relu"),
    layer("pool", "max_pool", size=(2, 2), padding="same"),
    layer("flat", "flatten"),
    layer("fc", "dense", units=4),
    shape=(7, 5, 2),
)
SIGNAL = model(
    layer("conv1", "conv1d", filters=4, kernel=(4,), strides=(2,), padding="same"),
    layer("conv2", "conv1d", filters=3, kernel=(3,), activation="relu"),
    shape=(9, 2),
)
OTHER_SIDES = POOLED.having(POOLED.node("pool").but(pads=((1, 1), (1, 1))))

ENTRIES = (
    planted("stride-shifted", IMAGE, "conv2", "padding shifted under stride"),
    planted("stride-half-kernel", IMAGE, "conv2", "half the kernel under stride"),
    planted("stride-shifted-1d", SIGNAL, "conv1", "padding shifted under stride"),
    planted("stride-depthwise", DEPTHWISE, "dw", "half the kernel under stride"),
    planted("even-kernel-shifted", EVEN, "conv1", "padding of an even kernel shifted"),
    planted("even-kernel-separable", SEPARABLE, "sep", "padding of an even kernel shifted"),
    planted("blog-all-same", AUTOENCODER, "conv2", "padding extra", "structure"),
    planted("padding-missing", IMAGE, "conv1", "padding missing", "structure"),
    planted("padding-repeats-border", IMAGE, "conv1", "padding of repeated values"),
    planted("causal-both-sides", CAUSAL, "conv1", "causal padding on both sides"),
    planted("causal-valid", CAUSAL, "conv2", "padding missing", "structure"),
    planted("floor-pooling", AUTOENCODER, "pool1", "pooling drops the border", "structure"),
    planted("floor-pooling-flat", FLAT, "pool", "pooling drops the border", "structure"),
    planted("floor-pooling-hidden", CLASSIFIER, "pool", "pooling drops the border", "structure"),
    planted("pooling-other-side", POOLED, "pool", "pooling pads on the other side"),
    written("pooling-both-sides", POOLED, OTHER_SIDES, "pool", "maxpool-same-general"),
    planted("pooling-zeros", NEGATIVE, "pool", "zeros in the padding"),
    planted("average-counts-padding", AVERAGED, "pool", "padding counted"),
    planted("average-counts-padding-odd", AVERAGED_ODD, "pool", "padding counted"),
    planted("pooling-window", POOLED, "pool", "window of pooling"),
    planted("max-for-average", AVERAGED, "pool", "maximum for average"),
    planted("average-for-max", POOLED, "pool", "maximum for average"),
    planted("global-max-for-average", CLASSIFIER, "gap", "maximum for average"),
    planted("stride-axes-swapped", STRIDED, "conv1", "stride", "structure"),
    planted("stride-lost", IMAGE, "conv2", "stride", "structure"),
    planted("dilation-lost", DILATED, "conv1", "dilation"),
    planted("dilation-extra", IMAGE, "conv1", "dilation"),
    planted("transposed-shifted", TRANSPOSED, "up", "transposed convolution shifted"),
    planted("zero-padding-sides", PADDED, "pad", "padding before for after"),
    planted("zero-padding-axes", PADDED, "pad", "padding of the other axis", "structure"),
    planted("cropping-sides", CROPPED, "crop", "cropping before for after"),
    planted("bilinear-for-nearest", UPSAMPLED, "up", "interpolation"),
    planted("nearest-for-bilinear", SMOOTH, "up", "interpolation"),
    planted("corners-aligned", SMOOTH, "up", "corners aligned"),
    planted("nearest-rounds-down", RESIZED, "resize", "nearest rounds down"),
    written(
        "groups-lost",
        GROUPED,
        GROUPED.having(GROUPED.node("conv2").but(groups=1)),
        "conv2",
        "groups",
        "structure",
    ),
    written(
        "pooling-lost",
        AVERAGED,
        AVERAGED.without("pool"),
        "pool",
        "layer-missing",
        "forward",
    ),
    written(
        "convolution-lost",
        AVERAGED,
        AVERAGED.without("conv"),
        "conv",
        "layer-missing",
        "structure",
    ),
)
