"""Check models that nobody here wrote, and write the page that says what was found.

    uv run --no-sync python -m benchmarks.zoo [MODEL...] [--out results/zoo.md]

keras.applications against torchvision's models of the same names, and the pairs of two packages in
`pairs/`, whose truth is known by hand. Each is run in processes of its own, so that its time has
the imports in it. How to install what the pairs need stands in requirements.txt.
"""

import argparse
from pathlib import Path

from rich.console import Console

from benchmarks.zoo import MODELS, PAIRS, page
from benchmarks.zoo.checked import Checked, check
from parity.records import files


def main() -> None:
    known = (*PAIRS, *MODELS)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(known)}")
    parser.add_argument("--out", type=Path, metavar="FILE.md")
    args = parser.parse_args()
    unknown = ", ".join(sorted({*args.models} - {*known}))
    if unknown:
        parser.error(f"no model {unknown}; choose of {', '.join(known)}")
    console = Console()
    found: list[Checked] = []
    for model in args.models or known:
        with console.status(f"checking {model}"):
            found.append(check(model))
        line = " | ".join(page.cells(found[-1]))
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if args.out:
        files.write_text(args.out, page.page(found))
        console.print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
