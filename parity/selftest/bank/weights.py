"""Weights that a person moved by hand."""

from parity.selftest.bank.entry import layer, model, weighed

SQUARE = model(
    layer("fc1", "dense", units=6, activation="relu"),
    layer("fc2", "dense", units=6, activation="relu"),
    layer("out", "dense", units=3),
    shape=(6,),
)
IMAGE = model(
    layer("conv1", "conv2d", filters=3, kernel=(3, 3), padding="same", activation="relu"),
    layer("conv2", "conv2d", filters=3, kernel=(3, 3), activation="relu"),
    layer("bn", "batch_norm"),
    layer("flat", "flatten"),
    layer("fc", "dense", units=4),
    shape=(5, 6, 3),
)
SIGNAL = model(
    layer("conv1", "conv1d", filters=3, kernel=(3,), activation="relu"),
    layer("conv2", "conv1d", filters=3, kernel=(3,)),
    shape=(9, 3),
)
DEPTHWISE = model(
    layer("dw", "depthwise", kernel=(3, 3), multiplier=2),
    layer("pw", "conv2d", filters=3, kernel=(1, 1)),
)
TRANSPOSED = model(
    layer("up", "conv_transpose", filters=2, kernel=(3, 3), strides=(2, 2), padding="same"),
    layer("out", "conv2d", filters=1, kernel=(3, 3), padding="same"),
    shape=(4, 3, 2),
)
GRU = model(layer("rnn", "gru", units=4), layer("out", "dense", units=3), shape=(5, 3))
LSTM = model(layer("rnn", "lstm", units=4), layer("out", "dense", units=3), shape=(5, 3))
TEXT = model(
    layer("embed", "embedding", vocabulary=8, units=4),
    layer("mean", "global_avg_pool"),
    layer("out", "dense", units=3),
    shape=(5,),
    ids=8,
)
ATTENTION = model(
    layer("mha", "mha", "x", "x", heads=2, key_dim=4),
    layer("norm", "layer_norm"),
    layer("pool", "global_max_pool"),
    shape=(5, 8),
)

ENTRIES = (
    weighed("dense-not-transposed", SQUARE, "fc2", "kernel not transposed"),
    weighed("height-for-width", IMAGE, "conv1", "height for width"),
    weighed("channels-swapped", IMAGE, "conv2", "channels swapped"),
    weighed("channels-swapped-1d", SIGNAL, "conv2", "channels swapped"),
    weighed("kernel-flipped", IMAGE, "conv2", "kernel flipped"),
    weighed("kernel-flipped-1d", SIGNAL, "conv1", "kernel flipped"),
    weighed("transposed-kernel-flipped", TRANSPOSED, "up", "kernel flipped"),
    weighed("depthwise-multiplier-first", DEPTHWISE, "dw", "multiplier first"),
    weighed("flattened-in-keras-order", IMAGE, "fc", "flattened in Keras's order"),
    weighed("gru-gates", GRU, "rnn", "gates in another order"),
    weighed("lstm-gates", LSTM, "rnn", "gates in another order"),
    weighed("lstm-bias-twice", LSTM, "rnn", "bias doubled"),
    weighed("dense-not-loaded", SQUARE, "out", "not loaded"),
    weighed("embedding-not-loaded", TEXT, "embed", "not loaded"),
    weighed("statistics-not-loaded", IMAGE, "bn", "statistics not loaded"),
    weighed("attention-key-for-value", ATTENTION, "mha", "key for value"),
    weighed("dense-exchanged", SQUARE, "fc1", "layers exchanged"),
    weighed("convolutions-exchanged", IMAGE, "conv1", "layers exchanged"),
)
