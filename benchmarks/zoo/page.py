"""The page of the zoo: results/zoo.md."""

from collections import Counter
from types import ModuleType

from benchmarks.zoo import MODELS, PAIRS
from benchmarks.zoo.checked import Checked

HEAD = ("model", "verdict", "first divergence", "causes, and at how many layers", "no cause", "s")
PAIR_HEAD = ("pair", "of", "verdict", "truth", "copied by hand", *HEAD[3:])
SECONDS = (
    "Seconds are of processor time, of both frameworks together, once they are imported; on two "
    "cores without a GPU."
)
ABOUT = (
    "Public packages against each other, small and with random weights; what each is stands in "
    "`benchmarks/zoo/pairs/`. *Truth* is known without this tool: the weights are copied by hand, "
    "and where the two differ, the port is mended by hand until they agree "
    "(`python -m benchmarks.zoo.truth`; distances are shares of the largest value). A verdict "
    "`incomplete` says neither. " + SECONDS
)
APPLICATIONS = (
    "keras.applications against torchvision's models of the same names, with random weights, at "
    "the size that Keras builds them for. " + SECONDS
)


def cells(found: Checked) -> tuple[str, ...]:
    report = found.report
    counts = Counter(cause.cause for finding in report.diagnosis for cause in finding.causes)
    causes = listed(dict(counts.most_common()))
    unexplained = str(sum(not finding.causes for finding in report.diagnosis))
    seconds = f"{found.seconds:.0f}"
    if found.pair:
        known = truth(found.pair), found.by_hand
        kind = f"{found.pair.KIND}: {', '.join(found.pair.PACKAGES)}"
        return (found.model, kind, report.verdict, *known, causes, unexplained, seconds)
    first = report.first_divergence
    where = (first.keras or first.torch) if first else ""
    return (found.model, report.verdict, where, causes, unexplained, seconds)


def truth(pair: ModuleType) -> str:
    return f"differs: {listed(pair.TRUTH)}" if pair.TRUTH else "the same"


def listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{cause} {count}" for cause, count in counts.items())


def table(head: tuple[str, ...], found: list[Checked]) -> str:
    rule = ["---"] * (len(head) - 2) + ["--:"] * 2
    rows = [head, tuple(rule), *(cells(one) for one in found)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def page(found: list[Checked]) -> str:
    versions = ", ".join(
        f"{name} {version}" for name, version in found[0].report.provenance["versions"].items()
    )
    pairs = [one for one in found if one.pair]
    models = [one for one in found if not one.pair]
    parts = ["# Models nobody here wrote"]
    parts += [ABOUT, table(PAIR_HEAD, pairs)] if pairs else []
    parts += [APPLICATIONS, table(HEAD, models)] if models else []
    left = [name for name in (*PAIRS, *MODELS) if name not in {one.model for one in found}]
    parts += [f"Not run for this page: {', '.join(left)}."] if left else []
    parts.append(f"`python -m benchmarks.zoo {' '.join(one.model for one in found)}`, {versions}")
    return "\n\n".join(parts) + "\n"
