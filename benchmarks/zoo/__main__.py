"""Check models that nobody here wrote, and write the page that says what was found.

    uv run --no-sync python -m benchmarks.zoo [MODEL...] [--out results/zoo.md]

keras.applications against torchvision's models of the same names, and the pairs of two packages in
`pairs/`, whose truth is known by hand. All are run in the same two workers, so that their time has
no imports in it; the page is written anew after each. How to install what the pairs need stands in
requirements.txt.
"""

import argparse
from pathlib import Path

from rich.console import Console

from benchmarks.zoo import MODELS, PAIRS, page
from benchmarks.zoo.checked import Checked, by_hand, check
from parity.errors import ModelError
from parity.records import files
from parity.sides.process import Sides

SECONDS = 60.0
NOT_RUN = "could not be run"


def main() -> None:
    known = (*PAIRS, *MODELS)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(known)}")
    parser.add_argument("--out", type=Path, metavar="FILE.md")
    parser.add_argument("--budget", type=float, default=SECONDS, metavar="SECONDS")
    args = parser.parse_args()
    unknown = ", ".join(sorted({*args.models} - {*known}))
    if unknown:
        parser.error(f"no model {unknown}; choose of {', '.join(known)}")
    console = Console()
    models = args.models or known
    with console.status("copying weights by hand"):
        truths = by_hand([model for model in models if model in PAIRS])
    found: list[Checked] = []
    with Sides() as sides:
        for model in models:
            try:
                with console.status(f"checking {model}"):
                    found.append(check(model, sides, args.budget, truths.get(model, NOT_RUN)))
            except ModelError as error:  # a package's own
                console.print(f"{model}: {NOT_RUN}: {error}", markup=False)
                continue
            line = " | ".join(page.cells(found[-1]))
            console.print(line, markup=False, highlight=False, soft_wrap=True)
            if args.out:
                files.write_text(args.out, page.page(found))


if __name__ == "__main__":
    main()
