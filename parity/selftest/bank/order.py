"""The order of values, and where inputs come from."""

from parity.selftest.bank.entry import joined, layer, model, planted
from parity.selftest.spec import Input

READ = model(
    layer("shape", "reshape", shape=(4, 2, 3)),
    layer("conv", "conv2d", filters=2, kernel=(3, 3), padding="same"),
    shape=(24,),
)
FLAT = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3)),
    layer("flat", "flatten"),
)
PERMUTED = model(
    layer("conv", "conv2d", filters=3, kernel=(3, 3), padding="same"),
    layer("permute", "permute", dims=(2, 1, 3)),
    layer("out", "conv2d", filters=2, kernel=(3, 3)),
    shape=(6, 6, 2),
)
ROWS = model(
    layer("conv", "conv2d", filters=4, kernel=(3, 3), padding="same"),
    layer("fc", "dense", units=4, activation="tanh"),
    layer("gap", "global_avg_pool"),
    shape=(4, 4, 2),
)
BRANCHES = model(
    layer("left", "conv2d", filters=2, kernel=(3, 3), padding="same"),
    layer("right", "conv2d", "x", filters=2, kernel=(1, 1), activation="tanh"),
    layer("concat", "concat", "left", "right"),
    layer("out", "conv2d", filters=2, kernel=(3, 3)),
)
TIMES = joined(
    (Input("x", (4, 3)), Input("y", (4, 3))),
    layer("left", "dense", "x", units=4, activation="tanh"),
    layer("right", "dense", "y", units=4),
    layer("concat", "concat", "left", "right", axis=1),
    layer("last", "global_max_pool"),
)
RESIDUAL = model(
    layer("conv1", "conv2d", filters=3, kernel=(3, 3), padding="same", activation="relu"),
    layer("conv2", "conv2d", filters=3, kernel=(3, 3), padding="same"),
    layer("conv3", "conv2d", filters=3, kernel=(3, 3), padding="same", activation="tanh"),
    layer("add", "add", "conv3", "conv2"),
    layer("gap", "global_avg_pool"),
)
DIFFERENCE = model(
    layer("fc1", "dense", units=4),
    layer("fc2", "dense", "x", units=4, activation="tanh"),
    layer("minus", "subtract", "fc1", "fc2"),
    layer("out", "dense", units=3),
    shape=(5,),
)
AVERAGE = model(
    layer("fc1", "dense", units=4),
    layer("fc2", "dense", "x", units=4, activation="tanh"),
    layer("mean", "average", "fc1", "fc2"),
    layer("out", "dense", units=3),
    shape=(5,),
)

ENTRIES = (
    planted("reshape-channels-first", READ, "shape", "reshape order"),
    planted("flatten-at-the-end", FLAT, "flat", "flatten order"),
    planted("permutation-missing", PERMUTED, "permute", "permutation missing"),
    planted("dense-along-rows", ROWS, "fc", "dense along the rows"),
    planted("concat-swapped", BRANCHES, "concat", "inputs swapped"),
    planted("subtract-swapped", DIFFERENCE, "minus", "inputs swapped"),
    planted("concat-along-time", TIMES, "concat", "joined along another axis", "structure"),
    planted("multiply-for-add", RESIDUAL, "add", "merged by another operation"),
    planted("add-for-average", AVERAGE, "mean", "merged by another operation"),
    planted("add-for-subtract", DIFFERENCE, "minus", "merged by another operation"),
    planted("skip-from-another-layer", RESIDUAL, "add", "input from another layer"),
)
