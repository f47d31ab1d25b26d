"""Check keras.applications against torchvision's models of the same names.

    uv run python -m benchmarks.zoo [MODEL...] [--out results/zoo.md]

Each is run in processes of its own, so that its time has the imports in it.
"""

import argparse
import time
from collections import Counter
from dataclasses import dataclass
from math import inf
from pathlib import Path

from rich.console import Console

from parity.checking import provenance, run
from parity.checking.options import Options
from parity.pairs import own
from parity.records import files
from parity.records.comparison import Report
from parity.sides.process import Sides

MODELS = (
    *("vgg16", "vgg16_softmax", "mobilenet_v2", "mobilenet_v3_large", "resnet50", "densenet121"),
    *("inception_v3", "efficientnet_b0", "convnext_tiny"),
)
HEAD = ("model", "verdict", "first divergence", "causes, and at how many layers", "no cause", "s")


@dataclass(frozen=True)
class Checked:
    model: str
    report: Report
    seconds: float  # imports included


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)}")
    parser.add_argument("--out", type=Path, metavar="FILE.md")
    args = parser.parse_args()
    unknown = ", ".join(sorted({*args.models} - {*MODELS}))
    if unknown:
        parser.error(f"no model {unknown}; choose of {', '.join(MODELS)}")
    console = Console()
    found = []
    for model in args.models or MODELS:
        with console.status(f"checking {model}"):
            found.append(check(model))
        console.print(" | ".join(cells(found[-1])), markup=False, highlight=False, soft_wrap=True)
    if args.out:
        files.write_text(args.out, page(found))
        console.print(f"wrote {args.out}")


def check(model: str) -> Checked:
    start = time.perf_counter()
    pair = own(
        f"benchmarks.zoo.keras_models:{model}", f"benchmarks.zoo.torch_models:{model}", model
    )
    with Sides() as sides:
        described = provenance.describe(sides, {"model": model})
        report = run.check(pair, sides, Options(budget=inf), provenance=described)
    return Checked(model, report, time.perf_counter() - start)


def cells(found: Checked) -> tuple[str, ...]:
    report = found.report
    causes = Counter(cause.cause for finding in report.diagnosis for cause in finding.causes)
    first = report.first_divergence
    unexplained = sum(not finding.causes for finding in report.diagnosis)
    return (
        found.model,
        report.verdict,
        (first.keras or first.torch) if first else "",
        ", ".join(f"{cause} {count}" for cause, count in causes.most_common()),
        str(unexplained),
        f"{found.seconds:.0f}",
    )


def page(found: list[Checked]) -> str:
    versions = ", ".join(
        f"{name} {version}" for name, version in found[0].report.provenance["versions"].items()
    )
    lines = ["| " + " | ".join(HEAD) + " |", "|---|---|---|---|--:|--:|"]
    lines += ["| " + " | ".join(cells(one)) + " |" for one in found]
    return (
        "\n\n".join(
            [
                "# Models nobody here wrote",
                "keras.applications against torchvision's models of the same names, with random "
                "weights, at the size that Keras builds them for. Seconds are of the whole check, "
                "imports included, on two cores without a GPU.",
                "\n".join(lines),
                f"`python -m benchmarks.zoo {' '.join(one.model for one in found)}`, {versions}",
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
