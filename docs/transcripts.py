"""Write the tutorial's transcripts anew: `uv run python docs/transcripts.py`."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "tutorials" / "port"
WIDTH = 88  # columns
PORTS = {"faulty.txt": "torch_net:Net", "mended.txt": "mended_net:Net"}


def main() -> None:
    for name, port in PORTS.items():
        asked = ["check", "--keras", "keras_net:build", "--torch", port]
        ran = subprocess.run(
            [sys.executable, "-B", "-m", "parity", *asked],
            cwd=FOLDER,
            env=os.environ | {"COLUMNS": str(WIDTH)},
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
        )
        if ran.returncode > 1:
            sys.exit(ran.stderr)
        lines = [f"$ parity {' '.join(asked)}", *ran.stdout.splitlines()]
        text = "\n".join(line.rstrip() for line in lines)
        (FOLDER / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
