"""The gates: one file each, each a function from records to a GateResult. None imports another."""

GATES = (
    "data",
    "output",
    "structure",
    "weights",
    "forward",
    "loss",
    "gradients",
    "optimizer",
    "lockstep",
)
TRAINING = "training"  # what layers do in training mode: it takes many runs, and is asked for
METRICS = "metrics"  # a person's own, where the port has some
LOW_PRECISION = "precision"  # bfloat16 or float16, which is asked for
