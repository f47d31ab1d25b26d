"""The whole course on an NVIDIA GPU, in one command of ten minutes.

    python benchmarks/gpu.py [--out DIR] [--keras-backend jax] [--device cuda] [--minutes 9.5]

In this order, each written as soon as it is there: the check of every pair (OUT/check/), the course
of the five pairs at the report's epochs on both frameworks, the three lanes (both as `parity
compare` writes them), and 64 seeds of the mlp at once (OUT/seeds.json). What no time is left for is
left out, and said.

Data lies on the device and no step waits for it. Goals on an H100 or H200, none of which has been
measured yet: the course in 45 s a side, compile time apart, and 64 seeds at most 8 times one. With
`--device cpu --epochs 1 --seeds 2 --data digits` everything but the device is rehearsed. The
project need not be installed, nor tensorflow with Keras on jax; all else that it depends on must
be, and what is lacking is told before the first stage.
"""

import argparse
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
PAIRS = ("mlp", "cnn", "simple_ae", "conv_ae", "denoising_ae")
ENOUGH = 20.0  # seconds, under which nothing is begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("results/latest/gpu"))
    parser.add_argument("--keras-backend", default="jax")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda")
    parser.add_argument("--data", default="auto")
    parser.add_argument("--epochs", help="default: the course's")
    parser.add_argument("--seeds", default="64")
    parser.add_argument("--minutes", type=float, default=9.5)
    args = parser.parse_args()
    require_installed(args.keras_backend)
    end = time.perf_counter() + 60 * args.minutes
    failed = 0
    for title, command in stages(args):
        left = end - time.perf_counter()
        if left < ENOUGH:
            print(f"{title}: not begun, {max(left, 0):.0f} s are left", flush=True)
            continue
        start = time.perf_counter()
        try:
            status = subprocess.run(command, check=False, timeout=left).returncode
            told = f"exit status {status}" if status else "done"
        except subprocess.TimeoutExpired:
            status, told = 124, "cut; what was finished is kept"
        print(f"{title}: {time.perf_counter() - start:.0f} s, {told}", flush=True)
        failed += bool(status)
    return int(failed > 0)


def require_installed(backend: str) -> None:
    """Ends where something is lacking that the project depends on: no stage could do without."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    named = (re.split(r"[<>=\[]", line)[0] for line in project["dependencies"])
    needed = {backend, *named} - ({"tensorflow"} - {backend})
    installed = {one.metadata["Name"].lower() for one in metadata.distributions()}
    lacking = sorted(name for name in needed if name not in installed)
    if lacking:
        raise SystemExit(f"not installed here: {', '.join(lacking)}; install them first")


def stages(args: argparse.Namespace) -> Iterator[tuple[str, list[str]]]:
    """What is done, in order: a title, and a command."""
    python = [sys.executable, "-m"]
    on = ["--device", args.device, "--keras-backend", args.keras_backend]
    for pair in (*PAIRS, "conv_transpose_ae"):
        report = args.out / "check" / f"{pair}.json"
        yield f"check of {pair}", [*python, "parity", "check", pair, *on, "--json", str(report)]
    length = ["--epochs", args.epochs] if args.epochs else ["--full"]
    course = [*python, "parity", "compare", *PAIRS, *length, *on, "--data", args.data]
    out = ["--out", str(args.out / "course")]
    yield "the course", [*course, "--rounds", "0", *out]
    lanes = ["--lanes", "idiomatic", "matched", "tuned", "--rounds", "3"]
    yield "lanes", [*course, *lanes, "--resume", *out]
    many = [*python, "benchmarks.seeds", "--seeds", args.seeds, "--device", args.device]
    many += ["--out", str(args.out / "seeds.json")]
    for framework in ("torch", "keras"):
        yield f"{args.seeds} seeds at once, {framework}", [*many, framework]


if __name__ == "__main__":
    sys.exit(main())
