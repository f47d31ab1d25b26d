"""What `parity check` costs, against the script that a person would write by hand instead.

    uv run python -m benchmarks.check [MODEL...] [--rounds N] > results/checks.md

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
from collections.abc import Iterable
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
AS_KERAS = (*RESNET, (r"^", "0."))  # the same model within a Sequential
MODELS: dict[str, Any] = {
    "small": ("keras_reference.simple_ae:build", "torch_port.simple_ae:build", None),
    **{
        port: (ZOO.format(side="keras", name=name), ZOO.format(side="torch", name=port), table)
        for name, port, table in (
            ("mobilenet_v2", "mobilenet_v2", None),
            ("vgg16", "vgg16", None),
            ("resnet50", "resnet50", RESNET),
            ("resnet50", "resnet50_as_keras", AS_KERAS),
        )
    },
}
COLUMNS = (
    *("pair", "verdict", "check, s", "by hand, s", "ratio"),
    *("check, s of processors", "by hand", "ratio"),
)
VERDICTS = {0: "pass", 1: "differ", 3: "incomplete"}
SHAPES = {"small": (4, 784)}
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
    print("# What a check takes\n")
    print("What `python -m benchmarks.check` measured: `parity check` of a pair, and a script by")
    print("hand that imports both frameworks, builds both models, copies the weights, and compares")
    told = "one round" if args.rounds == 1 else f"medians of {args.rounds} rounds"
    print(f"what they return; {told}, in which the two take turns. Of a")
    print(
        "pair that differs, a check finds the causes, and runs the port with all of them mended.\n"
    )
    print(_row(COLUMNS), _row("---" for _ in COLUMNS), sep="\n")
    for name in args.models or MODELS:
        print(_row((f"`{name}`", *_measured(name, args.rounds))), flush=True)


def _measured(name: str, rounds: int) -> tuple[str, ...]:
    script = [sys.executable, "-m", "benchmarks.check", "--by-hand", name]
    keras, torch, _ = MODELS[name]
    check = [sys.executable, "-m", "parity", "check", "--keras", keras, "--torch", torch]
    taken = [(_run(check), _run(script)) for _ in range(rounds)]
    told = []
    for place in (1, 2):  # on the clock, of the processors
        pairs = [(ours[place], theirs[place]) for ours, theirs in taken]
        ratio = statistics.median(a / b for a, b in pairs)
        ours, theirs = (statistics.median(x) for x in zip(*pairs, strict=True))
        told += [f"{ours:.1f}", f"{theirs:.1f}", f"{ratio:.1f}"]
    return VERDICTS[taken[0][0][0]], *told


def _run(command: list[str]) -> tuple[int, float, float]:
    """A command's exit status, and the seconds that it takes: on the clock, and of the processors,
    its own processes' included."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    after = os.times()
    if done.returncode not in VERDICTS:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    used = after.children_user + after.children_system
    spent = used - before.children_user - before.children_system
    return done.returncode, time.perf_counter() - start, spent


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


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
