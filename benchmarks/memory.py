"""What memory a check of a large model takes, beyond what a check of a small one does.

    uv run python -m benchmarks.memory [--tiny] > results/memory.md

ConvNeXt in its largest form, with random weights, of keras.applications and of torchvision: 350
million parameters, 1.4 GB in float32. Memory is what the check's processes have for themselves
alone (unique set size), looked at five times a second.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from math import prod
from typing import Any

import psutil

GB = 1e9
SHAPE = (32, 32, 3)  # the weights are what is large here, not the pictures
WIDTHS, DEPTHS = (256, 512, 1024, 2048), (3, 3, 27, 3)
ALIKE = {"include_preprocessing": False, "classifier_activation": None}
SMALL = "keras_reference.simple_ae:build", "torch_port.simple_ae:build"
EVERY = 0.2  # seconds
BUDGET = "3600"


def keras_xlarge() -> Any:
    from keras import applications

    return applications.ConvNeXtXLarge(weights=None, input_shape=SHAPE, **ALIKE)


def torch_xlarge() -> Any:
    from torchvision.models.convnext import CNBlockConfig, ConvNeXt

    ends = (*WIDTHS[1:], None)
    return ConvNeXt([CNBlockConfig(*one) for one in zip(WIDTHS, ends, DEPTHS, strict=True)])


def keras_tiny() -> Any:
    from keras import applications

    return applications.ConvNeXtTiny(weights=None, input_shape=SHAPE, **ALIKE)


def torch_tiny() -> Any:
    from torchvision.models import convnext_tiny

    return convnext_tiny()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="of 29 million parameters")
    args = parser.parse_args()
    build = torch_tiny if args.tiny else torch_xlarge
    weights = sum(4 * prod(one.shape) for one in build().parameters())
    size = build.__name__.removeprefix("torch_")
    base = peak(*SMALL)
    most = peak(*(f"{__spec__.name}:{side}_{size}" for side in ("keras", "torch")))
    print("# What memory a check of a large model takes\n")
    print("What `python -m benchmarks.memory` measured: ConvNeXt of keras.applications and of")
    print(f"torchvision, {size}, {weights / GB:.2f} GB of weights in float32. Both frameworks hold")
    print(
        "the model, each in a process of its own. Beyond the small model is what this one adds.\n"
    )
    print("| | a small model, GB | this one, GB | beyond, GB | times its weights |")
    print("| --- | --- | --- | --- | --- |")
    for name, before, now in (
        ("all processes together", base.together, most.together),
        ("the largest process", base.largest, most.largest),
    ):
        beyond = now - before
        print(f"| {name} | {before / GB:.2f} | {now / GB:.2f} | {beyond / GB:.2f} ", end="")
        print(f"| {beyond / weights:.1f} |")
    print(f"\nThe check took {most.seconds:.0f} s, that of the small model {base.seconds:.0f} s.")


@dataclass(frozen=True)
class Peak:
    """Bytes at most of a check's processes, and its seconds."""

    together: int
    largest: int
    seconds: float


def peak(keras: str, torch: str) -> Peak:
    """Ends where the check does not pass."""
    command = [sys.executable, "-m", "parity", "check", "--keras", keras, "--torch", torch]
    start, together, largest = time.perf_counter(), 0, 0
    with subprocess.Popen([*command, "--budget", BUDGET, "-q"], stdout=sys.stderr) as check:
        while check.poll() is None:
            now = _own(psutil.Process(check.pid))
            together, largest = max(together, sum(now)), max(largest, *now)
            time.sleep(EVERY)
    if check.returncode:
        raise SystemExit(f"{keras}: the check ends with status {check.returncode}")
    return Peak(together, largest, time.perf_counter() - start)


def _own(process: psutil.Process) -> list[int]:
    """Bytes of a process and of each of its children; 0 of those that have ended meanwhile."""
    found = []
    for one in (process, *process.children(recursive=True)):
        try:
            found.append(one.memory_full_info().uss)
        except psutil.Error:
            found.append(0)
    return found


if __name__ == "__main__":
    main()
