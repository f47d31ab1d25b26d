"""The whole course on an NVIDIA GPU: every pair, both frameworks, all lanes, the report's epochs.

    uv run python benchmarks/gpu.py [--out DIR] [--keras-backend jax|torch|tensorflow]

Data lies on the device and no step waits for it. The goal on an H200: all five pairs, one seed,
under three minutes. Prints the seconds of the whole, and writes a results folder as
`parity compare` does.
"""

import argparse
import subprocess
import sys
import time

PAIRS = ("mlp", "cnn", "simple_ae", "conv_ae", "denoising_ae")
GOAL_SECONDS = 180


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/latest/gpu")
    parser.add_argument("--keras-backend", default="jax")
    parser.add_argument("--data", default="auto")
    args = parser.parse_args()
    options = ["--device", "cuda", "--keras-backend", args.keras_backend, "--data", args.data]
    command = [sys.executable, "-m", "parity", "compare", *PAIRS, "--full", *options]
    start = time.perf_counter()
    status = subprocess.run([*command, "--rounds", "0", "--out", args.out], check=False).returncode
    seconds = time.perf_counter() - start
    print(f"the course took {seconds:.0f} s (goal: {GOAL_SECONDS} s); exit status {status}")
    if status:
        return status
    lanes = ["--lanes", "idiomatic", "matched", "tuned", "--rounds", "3"]
    return subprocess.run([*command, *lanes, "--resume", "--out", args.out], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
