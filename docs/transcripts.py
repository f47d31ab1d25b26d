"""Write the tutorials' transcripts anew: `uv run python docs/transcripts.py`."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "tutorials" / "port"
ROOT = Path(__file__).parents[1]
WIDTH = 88  # columns
HERE = FOLDER.relative_to(ROOT).as_posix()

# What is written -> where it is run, what is typed before it, and the pair that is checked.
RUNS = {
    "faulty.txt": (FOLDER, (), "keras_net:build", "torch_net:Net"),
    "mended.txt": (FOLDER, (), "keras_net:build", "mended_net:Net"),
    "first.txt": (
        ROOT,
        ("git clone ADDRESS keras-torch-parity", "cd keras-torch-parity"),
        f"{HERE}/keras_net.py:build",
        f"{HERE}/torch_net.py:Net",
    ),
}


def main() -> None:
    for name, (folder, before, keras, torch) in RUNS.items():
        asked = ["check", "--keras", keras, "--torch", torch]
        ran = subprocess.run(
            [sys.executable, "-B", "-m", "parity", *asked],
            cwd=folder,
            env=os.environ | {"COLUMNS": str(WIDTH)},
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
        )
        if ran.returncode > 1:
            sys.exit(ran.stderr)
        typed = [*before, f"{'uv run ' if before else ''}parity {' '.join(asked)}"]
        lines = [*(f"$ {line}" for line in typed), *ran.stdout.splitlines()]
        text = "\n".join(line.rstrip() for line in lines)
        (FOLDER / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
