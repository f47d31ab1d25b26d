"""Recurrent layers, masks and attention."""

from parity.selftest.bank.entry import joined, layer, model, planted, written
from parity.selftest.spec import Input, Spec


def recurrent(kind: str, **settings: object) -> Spec:
    return model(
        layer("rnn", kind, units=4, **settings),
        layer("out", "dense", units=3),
        shape=(6, 3),
    )


SEQUENCE = model(
    layer("rnn1", "lstm", units=4, return_sequences=True),
    layer("rnn2", "gru", units=3),
    layer("out", "dense", units=3, activation="softmax"),
    shape=(6, 3),
)
TAGGER = model(
    layer("rnn", "gru", units=4, return_sequences=True),
    layer("tags", "time_distributed", units=3),
    shape=(4, 3),
)
BOTH = recurrent("bidirectional", cell="lstm")
BOTH_GRU = recurrent("bidirectional", cell="gru", merge="sum")
RESET_BEFORE = recurrent("gru", reset_after=False)
HARD = recurrent("lstm", recurrent_activation="hard_sigmoid")
RELU_LSTM = recurrent("lstm", activation="relu")
RELU_RNN = recurrent("simple_rnn", activation="relu")
BACKWARDS = recurrent("lstm", go_backwards=True)
TEXT = model(
    layer("embed", "embedding", vocabulary=9, units=4, mask_zero=True),
    layer("rnn", "lstm", units=4),
    layer("out", "dense", units=3),
    shape=(6,),
    ids=9,
)
BAG = model(
    layer("embed", "embedding", vocabulary=9, units=4, mask_zero=True),
    layer("mean", "global_avg_pool"),
    layer("out", "dense", units=3),
    shape=(6,),
    ids=9,
)
ATTENTION = model(
    layer("mha", "mha", "x", "x", heads=2, key_dim=4),
    layer("add", "add", "x", "mha"),
    layer("norm", "layer_norm"),
    layer("pool", "global_avg_pool"),
    shape=(5, 8),
)
CAUSAL = ATTENTION.having(ATTENTION.node("mha").but(causal=True))
NARROW = model(  # heads * key_dim is not the width
    layer("mha", "mha", "x", "x", heads=2, key_dim=16),
    layer("pool", "global_avg_pool"),
    shape=(5, 6),
)
CROSS = joined(
    (Input("query", (4, 8)), Input("value", (5, 8)), Input("key", (5, 8))),
    layer("mha", "mha", "query", "value", "key", heads=2, key_dim=4),
    layer("pool", "global_avg_pool"),
)
COPIED = CROSS.having(layer("mha", "mha", "query", "key", "value", heads=2, key_dim=4))

ENTRIES = (
    planted("first-step", SEQUENCE, "rnn2", "first time step"),
    planted("time-for-batch", TAGGER, "rnn", "time for batch"),
    planted("time-for-batch-last", SEQUENCE, "rnn2", "time for batch"),
    planted("backward-at-the-end", BOTH, "rnn", "backward half at the end"),
    planted("backward-at-the-end-sum", BOTH_GRU, "rnn", "backward half at the end"),
    planted("backwards-lost", BACKWARDS, "rnn", "other direction"),
    planted("backwards-extra", SEQUENCE, "rnn1", "other direction"),
    written("gru-reset-before", RESET_BEFORE, RESET_BEFORE, "rnn", "gru-reset-after"),
    written("lstm-hard-sigmoid", HARD, HARD, "rnn", "rnn-activations"),
    written("lstm-relu", RELU_LSTM, RELU_LSTM, "rnn", "rnn-activations"),
    written(
        "rnn-relu-as-tanh",
        RELU_RNN,
        RELU_RNN.having(RELU_RNN.node("rnn").but(activation="tanh")),
        "rnn",
        "rnn-activations",
    ),
    planted("mask-ignored", TEXT, "embed", "mask of ids ignored"),
    planted("mask-ignored-mean", BAG, "embed", "mask of ids ignored"),
    planted("scores-not-scaled", ATTENTION, "mha", "scores not scaled"),
    planted("scores-scaled-by-width", NARROW, "mha", "scores scaled by the width"),
    planted("key-for-value", ATTENTION, "mha", "key for value"),
    written("positional-copy", CROSS, COPIED, "mha", "mha-order"),
    planted("mask-inverted", CAUSAL, "mha", "mask inverted"),
    planted("mask-extra", ATTENTION, "mha", "mask extra"),
    planted("mask-missing", CAUSAL, "mha", "mask missing"),
)
