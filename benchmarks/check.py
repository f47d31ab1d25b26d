"""What `parity check` costs, against the script that a person would write by hand instead.

    uv run python -m benchmarks.check [MODEL...] [--rounds N]

The script imports both frameworks, builds both models, copies the weights, and compares what they
return in float32. Each is a process of its own, and the two take turns; the figure is the median of
the ratios of neighbours: seconds on the clock, and seconds of the processors, which say more on a
machine that does other things.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from typing import Any

# Keras's model, the port, and which module a Keras layer's path names; None: both are in order.
ZOO = "benchmarks.zoo.{side}_models:{name}"
RESNET = (
    (r"^conv1_conv$", "conv1"),
    (r"^conv1_bn$", "bn1"),
    (r"^predictions$", "fc"),
    (r"^conv(\d)_block(\d)_", lambda found: f"layer{int(found[1]) - 1}.{int(found[2]) - 1}."),
    (r"0_conv$", "downsample.0"),
    (r"0_bn$", "downsample.1"),
    (r"(\d)_(conv|bn)$", r"\2\1"),
)
MODELS: dict[str, Any] = {
    "small": ("keras_reference.cnn:build", "torch_port.cnn:build", None),
    **{
        name: (ZOO.format(side="keras", name=name), ZOO.format(side="torch", name=name), table)
        for name, table in (("mobilenet_v2", None), ("vgg16", None), ("resnet50", RESNET))
    },
}
SHAPES = {"small": (4, 28, 28, 1)}
SHAPE = (4, 224, 224, 3)  # of keras.applications


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--by-hand", metavar="MODEL", help="run the script alone")
    args = parser.parse_args()
    if args.by_hand:
        by_hand(args.by_hand)
        return
    for name in args.models or MODELS:
        script = [sys.executable, "-m", "benchmarks.check", "--by-hand", name]
        keras, torch, _ = MODELS[name]
        check = [sys.executable, "-m", "parity", "check", "--keras", keras, "--torch", torch]
        taken = [(_seconds(check), _seconds(script)) for _ in range(args.rounds)]
        told = []
        for place, what in enumerate(("on the clock", "of processors")):
            pairs = [(ours[place], theirs[place]) for ours, theirs in taken]
            ratio = statistics.median(a / b for a, b in pairs)
            ours, theirs = (statistics.median(x) for x in zip(*pairs, strict=True))
            told.append(f"{ours:.1f} s against {theirs:.1f} s {what}, {ratio:.2f}x")
        print(f"{name}: {'; '.join(told)}", flush=True)


def _seconds(command: list[str]) -> tuple[float, float]:
    """What a command takes: on the clock, and of the processors, its own processes' included."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    after = os.times()
    if done.returncode not in (0, 1):  # 1: they differ, which takes its time, too
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    used = after.children_user + after.children_system
    return time.perf_counter() - start, used - before.children_user - before.children_system


def by_hand(name: str) -> None:
    """The whole script: it prints how far the two models are apart."""
    import numpy as np
    import torch
    import torch._dynamo  # before tensorflow

    from benchmarks.zoo.by_hand import fill_all, fill_by_name, leaves, owners

    keras_name, torch_name, table = MODELS[name]
    module, model = _built(torch_name), _built(keras_name)
    for part in leaves(module):  # Keras's convolutions have a bias where torchvision's have none
        if getattr(part, "bias", 0) is None:
            part.bias = torch.nn.Parameter(torch.zeros(part.weight.shape[0]))
    if table is None:
        fill_all(leaves(module), owners(model).values())
    else:
        fill_by_name(model, module, table)
    x = np.random.default_rng(0).standard_normal(SHAPES.get(name, SHAPE)).astype("float32")
    with torch.no_grad():
        theirs = module.eval()(torch.from_numpy(np.moveaxis(x, -1, 1).copy())).numpy()
    print(f"{np.abs(np.asarray(model(x)) - theirs).max():.1e} apart")


def _built(name: str) -> Any:
    """What "module:callable" makes."""
    module, _, function = name.partition(":")
    return getattr(__import__(module, fromlist=[function]), function)()


if __name__ == "__main__":
    main()
