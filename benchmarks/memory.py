"""What memory a check of a large model takes, beyond what a check of a small one does.

    uv run python -m benchmarks.memory [--tiny]

ConvNeXt in its largest form, with random weights, of keras.applications and of torchvision: 350
million parameters, 1.4 GB in float32. Memory is what the check's processes have for themselves
alone (unique set size), all together, looked at five times a second.
"""

import argparse
import subprocess
import sys
import time
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
    base, _ = peak(*SMALL)
    size = build.__name__.removeprefix("torch_")
    most, seconds = peak(*(f"{__spec__.name}:{side}_{size}" for side in ("keras", "torch")))
    print(
        f"{weights / GB:.2f} GB of weights in float32: {(most - base) / GB:.2f} GB beyond the "
        f"{base / GB:.2f} GB of a small model, {(most - base) / weights:.1f}x; {seconds:.0f} s"
    )


def peak(keras: str, torch: str) -> tuple[int, float]:
    """Bytes at most of a check's processes, and its seconds. Ends where it does not pass."""
    command = [sys.executable, "-m", "parity", "check", "--keras", keras, "--torch", torch]
    start, most = time.perf_counter(), 0
    with subprocess.Popen([*command, "--budget", BUDGET, "-q"]) as check:
        while check.poll() is None:
            most = max(most, _own(psutil.Process(check.pid)))
            time.sleep(EVERY)
    if check.returncode:
        raise SystemExit(f"{keras}: the check ends with status {check.returncode}")
    return most, time.perf_counter() - start


def _own(process: psutil.Process) -> int:
    """Bytes of a process and its children; of those that have ended meanwhile, none."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().uss
        except psutil.Error:
            continue
    return total


if __name__ == "__main__":
    main()
