"""The gates: one file each, each a function from records to a GateResult. None imports another."""

GATES = ("data", "structure", "weights", "forward", "loss", "gradients", "optimizer", "lockstep")
