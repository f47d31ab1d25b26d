"""What a recorded reference takes: its size, and the seconds of a check against it.

    OMP_NUM_THREADS=1 python -m benchmarks.references > results/references.md

Seconds are those of the processor, of the whole commands and all their processes.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from parity.pairs import PAIRS
from parity.records import reference

# Beside the registered pairs one of other people's, with weights as it is built.
ANOTHER = (
    "ResNet50",
    "benchmarks.zoo.keras_models:resnet50",
    "benchmarks.zoo.torch_models:resnet50_as_keras",
)
COLUMNS = ("pair", "reference", "left out", "record", "check", "verdict")
VERDICTS = {0: "pass", 1: "differ", 3: "incomplete"}


def main() -> None:
    pairs = [(f"`{pair.name}`", pair.keras, pair.torch) for pair in PAIRS]
    print("# References\n")
    print("What `python -m benchmarks.references` measured: the folder that `parity record` writes")
    print("without `--full`, and seconds of the processor for it, and for `parity check")
    print("--reference`, torch's import included.\n")
    print(_row(COLUMNS), _row("---" for _ in COLUMNS), sep="\n")
    for name, keras, torch in [*pairs, ANOTHER]:
        print(_row((name, *_measured(keras, torch))), flush=True)


def _measured(keras: str, torch: str) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        status, recorded = _run("record", "--keras", keras, "--torch", torch, "--to", folder)
        if status:
            return ("", "", f"{recorded:.0f} s", "", VERDICTS[status])
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        left = ", ".join(reference.read(Path(folder)).about.left_out)
        status, checked = _run("check", "--reference", folder, "--torch", torch)
    return (
        f"{size / 1e6:.0f} MB",
        left,
        f"{recorded:.0f} s",
        f"{checked:.1f} s",
        VERDICTS[status],
    )


def _run(*arguments: str) -> tuple[int, float]:
    """A command's exit status, and the seconds of the processor that it took."""
    before = _spent()
    done = subprocess.run(
        [sys.executable, "-m", "parity", *arguments], stdout=subprocess.DEVNULL, check=False
    )
    return done.returncode, _spent() - before


def _spent() -> float:
    """By processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
