"""Activations and softmax."""

from parity.selftest.bank.entry import layer, model, planted, written

MLP = model(
    layer("fc1", "dense", units=6, activation="relu"),
    layer("fc2", "dense", units=5),
    layer("out", "dense", units=4, activation="softmax"),
    shape=(7,),
)
SIGMOID = model(
    layer("encoder", "dense", units=3, activation="relu"),
    layer("decoder", "dense", units=7, activation="sigmoid"),
    shape=(7,),
)
GELU = model(
    layer("fc1", "dense", units=6, activation="gelu"),
    layer("fc2", "dense", units=3),
    shape=(5,),
)
TANH_GELU = model(
    layer("fc1", "dense", units=6),
    layer("act", "activation", function="gelu_tanh"),
    layer("fc2", "dense", units=3),
    shape=(5,),
)
LEAKY = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3)),
    layer("leaky", "leaky_relu"),
    layer("out", "conv2d", filters=2, kernel=(1, 1)),
)
LEAKY_NAMED = model(
    layer("fc1", "dense", units=6, activation="leaky_relu"),
    layer("fc2", "dense", units=3),
    shape=(5,),
)
ELU = model(
    layer("conv", "conv1d", filters=3, kernel=(3,)),
    layer("elu", "elu", alpha=1.5),
    layer("pool", "global_avg_pool"),
    shape=(8, 2),
)
HARD = model(
    layer("fc1", "dense", units=6, activation="hard_sigmoid"),
    layer("fc2", "dense", units=3),
    shape=(5,),
)
PRELU = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3)),
    layer("prelu", "prelu", shared=(1, 2)),
    layer("gap", "global_avg_pool"),
)
SEGMENTED = model(
    layer("conv", "conv2d", filters=4, kernel=(3, 3), activation="tanh"),
    layer("classes", "conv2d", filters=3, kernel=(1, 1), activation="softmax"),
)
SOFTMAX = model(
    layer("fc", "dense", units=4),
    layer("prob", "softmax"),
    shape=(5, 3),
)
NORMED = model(
    layer("conv", "conv2d", filters=4, kernel=(3, 3), bias=False),
    layer("bn", "batch_norm"),
    layer("act", "activation", function="relu"),
    layer("gap", "global_avg_pool"),
)
FUSED = model(
    layer("conv", "conv2d", filters=4, kernel=(3, 3), activation="relu"),
    layer("bn", "batch_norm"),
    layer("gap", "global_avg_pool"),
)
FUSED_PORT = FUSED.having(FUSED.node("conv").but(activation=None)).with_after(
    "bn", layer("relu", "activation", "bn", function="relu")
)


ENTRIES = (
    written(
        "tanh-for-relu",
        MLP,
        MLP.having(MLP.node("fc1").but(activation="tanh")),
        "fc1",
        "activation-replaced",
    ),
    written(
        "elu-for-relu",
        MLP,
        MLP.having(MLP.node("fc1").but(activation="elu")),
        "fc1",
        "activation-replaced",
    ),
    written(
        "tanh-for-sigmoid",
        SIGMOID,
        SIGMOID.having(SIGMOID.node("decoder").but(activation="tanh")),
        "decoder",
        "activation-replaced",
    ),
    planted("relu-missing", MLP, "fc1", "activation missing"),
    planted("sigmoid-missing", SIGMOID, "decoder", "activation missing"),
    planted("activation-layer-missing", NORMED, "act", "activation missing"),
    planted("leaky-relu-missing", LEAKY, "leaky", "activation layer missing"),
    planted("relu-extra", MLP, "fc2", "activation extra"),
    planted("gelu-tanh-for-exact", GELU, "fc1", "gelu approximated"),
    planted("gelu-exact-for-tanh", TANH_GELU, "act", "gelu approximated"),
    planted("leaky-slope", LEAKY, "leaky", "slope"),
    written(
        "leaky-slope-by-name",
        LEAKY_NAMED,
        LEAKY_NAMED.having(LEAKY_NAMED.node("fc1").but(activation=None)).with_after(
            "fc1", layer("leaky", "leaky_relu", "fc1", slope=0.01)
        ),
        "fc1",
        "leaky-relu-slope",
    ),
    planted("elu-alpha", ELU, "elu", "alpha"),
    planted("hard-sigmoid-of-keras-2", HARD, "fc1", "old hard sigmoid"),
    written(
        "prelu-one-slope",
        PRELU,
        PRELU.having(PRELU.node("prelu").but(one_slope=True)),
        "prelu",
        "prelu-shape",
        "structure",
    ),
    planted("softmax-missing", MLP, "out", "softmax missing"),
    planted("softmax-twice", MLP, "out", "softmax twice"),
    planted("softmax-layer-twice", SOFTMAX, "prob", "softmax twice"),
    planted("log-softmax", MLP, "out", "log softmax"),
    planted("softmax-axis-image", SEGMENTED, "classes", "softmax axis"),
    planted("softmax-axis-sequence", SOFTMAX, "prob", "softmax axis"),
    planted("relu-before-norm", NORMED, "bn", "activation before normalisation"),
    written("norm-before-relu", FUSED, FUSED_PORT, "conv", "activation-place"),
)
