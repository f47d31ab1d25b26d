"""Normalisation, scaling, biases and float types; what training left on."""

from parity.selftest.bank.entry import layer, model, planted, trained, written

NORMED = model(
    layer("conv", "conv2d", filters=4, kernel=(3, 3), bias=False),
    layer("bn", "batch_norm"),
    layer("act", "activation", function="relu"),
    layer("gap", "global_avg_pool"),
    layer("fc", "dense", units=3),
)
DENSE_NORMED = model(
    layer("fc1", "dense", units=5),
    layer("bn", "batch_norm", epsilon=0.01),
    layer("fc2", "dense", units=3),
    shape=(6,),
)
LAYER_NORMED = model(
    layer("fc1", "dense", units=5),
    layer("ln", "layer_norm"),
    layer("fc2", "dense", units=3),
    shape=(4, 6),
)
IMAGE_NORMED = model(
    layer("conv", "conv2d", filters=4, kernel=(3, 3)),
    layer("ln", "layer_norm"),
    layer("gap", "global_max_pool"),
)
GROUPED = model(
    layer("conv", "conv2d", filters=4, kernel=(3, 3)),
    layer("gn", "group_norm", groups=2),
    layer("gap", "global_max_pool"),
)
DROPPED = model(
    layer("fc1", "dense", units=8, activation="relu"),
    layer("drop", "dropout", rate=0.2),
    layer("fc2", "dense", units=3),
    shape=(6,),
)
DROPPED_MAPS = model(
    layer("conv", "conv2d", filters=6, kernel=(3, 3)),
    layer("drop", "spatial_dropout", rate=0.4),
    layer("gap", "global_avg_pool"),
)
NOISY = model(
    layer("noise", "gaussian_noise", sd=0.5),
    layer("encoder", "dense", units=4, activation="relu"),
    layer("decoder", "dense", units=6, activation="sigmoid"),
    shape=(6,),
)
CLASSIFIER = model(
    layer("conv", "conv2d", filters=4, kernel=(3, 3), activation="relu"),
    layer("flat", "flatten"),
    layer("fc", "dense", units=3),
    shape=(5, 6, 3),
)
SCALED = model(
    layer("scale", "rescaling", scale=0.5, offset=-1.0),
    layer("conv", "conv2d", filters=4, kernel=(3, 3)),
    layer("gap", "global_avg_pool"),
)
STANDARDISED = model(
    layer("norm", "normalization", mean=[0.5, 0.25, -1.0], variance=[0.25, 4.0, 1.0]),
    layer("conv", "conv2d", filters=4, kernel=(3, 3)),
    layer("gap", "global_avg_pool"),
)
MLP = model(
    layer("fc1", "dense", units=6, activation="tanh"),
    layer("fc2", "dense", units=5, activation="tanh"),
    layer("out", "dense", units=3),
    shape=(6,),
)
FROZEN = NORMED.having(NORMED.node("bn").but(trainable=False))
INPUT_DROPPED = model(
    layer("rnn", "lstm", units=4, dropout=0.4),
    layer("out", "dense", units=3),
    shape=(6, 3),
)

ENTRIES = (
    planted("bn-epsilon", NORMED, "bn", "epsilon"),
    planted("bn-epsilon-dense", DENSE_NORMED, "bn", "epsilon"),
    planted("bn-batch-statistics", NORMED, "bn", "statistics of the batch"),
    planted("layer-norm-epsilon", LAYER_NORMED, "ln", "epsilon of the layer"),
    planted("group-norm-epsilon", GROUPED, "gn", "epsilon of the layer"),
    planted("layer-norm-over-image", IMAGE_NORMED, "ln", "normalised over all axes"),
    planted("layer-norm-over-time", LAYER_NORMED, "ln", "normalised over all axes"),
    planted("group-norm-groups", GROUPED, "gn", "groups of the normalisation"),
    planted("dropout-left-on", DROPPED, "drop", "dropout left on"),
    planted("spatial-dropout-left-on", DROPPED_MAPS, "drop", "dropout left on"),
    planted("noise-left-on", NOISY, "noise", "noise left on"),
    planted("input-scaled", CLASSIFIER, "conv", "input scaled"),
    planted("input-normalised", CLASSIFIER, "conv", "input normalised"),
    planted("channels-reversed", CLASSIFIER, "conv", "channels reversed"),
    planted("output-scaled", MLP, "out", "output scaled"),
    planted("rescaling-missing", SCALED, "scale", "scaling missing"),
    planted("normalization-missing", STANDARDISED, "norm", "scaling missing"),
    planted("pooling-extra", CLASSIFIER, "conv", "smoothed"),
    planted("bias-not-added", MLP, "fc2", "bias not added"),
    written(
        "bias-lost",
        MLP,
        MLP.having(MLP.node("fc2").but(bias=False)),
        "fc2",
        "bias-missing",
        "structure",
    ),
    written("dense-lost", MLP, MLP.without("fc1"), "fc1", "layer-missing", "structure"),
    written("norm-lost", NORMED, NORMED.without("bn"), "bn", "layer-missing", "structure"),
    planted("half-precision", MLP, "fc1", "half precision"),
    trained("bn-momentum", NORMED, "bn", "momentum inverted"),
    trained("bn-unbiased-variance", NORMED, "bn", "moving variance unbiased"),
    written(
        "bn-frozen",
        FROZEN,
        FROZEN.having(FROZEN.node("bn").but(biased=True)),
        "bn",
        "bn-training",
        "training",
    ),
    trained("dropout-rate", DROPPED, "drop", "rate"),
    trained("spatial-dropout-rate", DROPPED_MAPS, "drop", "rate"),
    trained("dropout-not-scaled", DROPPED, "drop", "not scaled up"),
    written("dropout-lost", DROPPED, DROPPED.without("drop"), "drop", "layer-missing", "training"),
    written(
        "spatial-dropout-of-values",
        DROPPED_MAPS,
        DROPPED_MAPS.having(layer("drop", "dropout", "conv", rate=0.4)),
        "drop",
        "dropout-axes",
        "training",
    ),
    trained("noise-sd", NOISY, "noise", "standard deviation"),
    written("rnn-dropout", INPUT_DROPPED, INPUT_DROPPED, "rnn", "rnn-dropout", "training"),
)
