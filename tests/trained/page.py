"""results/trained.md: what is said of mistakes that are planted in trainings."""

from typing import Any

Line = dict[str, Any]  # as __main__ prints them

HEAD = """# Trainings

Sixteen pairs as other people write and train them (`tests/trained`), and mistakes that are planted
in their ports' training. By hand, without this tool, each faithful port was seen to stay with
Keras and each mistake to part from it. *Right gate*: the first that rings is the mistake's own.
*Named first*: so is the first cause that the diagnosis names, by an intervention that takes the
difference away; of mistakes that have a name at all. *Drift*: of the faithful port over 200
float64 steps, as a multiple of the drift of Keras's own model, begun one ULP away: of float32
where Keras computes a part of the model, or its schedule, in it."""


def of(lines: list[Line]) -> str:
    """The page, of lines of `gates` and of `long`."""
    drifts = {x["pair"]: x["multiple"] for x in lines if "multiple" in x}
    told = [x for x in lines if "rung" in x]
    pairs = list(dict.fromkeys(x["pair"] for x in told))
    mistakes = [x for x in told if x["expected"]]
    rows = [_row(pair, [x for x in told if x["pair"] == pair], drifts.get(pair)) for pair in pairs]
    parts = [
        HEAD,
        f"Of {len(mistakes)} mistakes {_share(mistakes, is_rung)} ring at the right gate, and of "
        f"{len(_named(mistakes))} that have a name {_share(_named(mistakes), is_named)} are named "
        "first.",
        "\n".join(
            [
                "| pair | faithful | drift | mistakes | right gate | named first |",
                "|---|---|--:|--:|--:|--:|",
                *rows,
            ]
        ),
        "## All of them",
        "\n".join(
            ["| pair | mistake | rings | named |", "|---|---|---|---|", *map(_case, mistakes)]
        ),
        "## What did not come out as it should",
        "\n".join([*_failures(told), *_far(lines)]) or "Nothing.",
    ]
    return "\n\n".join(parts) + "\n"


def is_rung(line: Line) -> bool:
    return bool(line["rung"][:1] == line["expected"][:1])


def is_named(line: Line) -> bool:
    return bool(line["named"][:1] == line["expected"][1:])


def is_right(line: Line) -> bool:
    if line["expected"] is None:
        return bool(line["verdict"] == "pass")
    return is_rung(line) and (is_named(line) or not line["expected"][1])


FAR = 10  # times the perturbed reference's drift


def _failures(told: list[Line]) -> list[str]:
    return [f"- `{x['pair']}`: {x['case']}" for x in told if not is_right(x)]


def _far(lines: list[Line]) -> list[str]:
    """Of faithful ports that drift further than that: rounding may have grown large."""
    far = [x for x in lines if x.get("multiple", 0.0) > FAR]
    return [f"- `{x['pair']}`, {x['steps']} steps, {x['verdict']}: {x['note']}" for x in far]


def _named(mistakes: list[Line]) -> list[Line]:
    return [x for x in mistakes if x["expected"][1]]


def _share(lines: list[Line], right: Any) -> str:
    count = sum(map(right, lines))
    return f"{count} ({count / len(lines):.0%})" if lines else "0"


def _row(pair: str, lines: list[Line], drift: float | None) -> str:
    mistakes = [x for x in lines if x["expected"]]
    faithful = next((x["verdict"] for x in lines if not x["expected"]), "")
    named = _named(mistakes)
    cells = (
        f"`{pair}`",
        faithful,
        "" if drift is None else f"{drift:.1f}x",
        str(len(mistakes)),
        str(sum(map(is_rung, mistakes))),
        f"{sum(map(is_named, named))} of {len(named)}",
    )
    return f"| {' | '.join(cells)} |"


def _case(line: Line) -> str:
    named = ", ".join(f"`{name}`" for name in dict.fromkeys(line["named"])) or "no cause"
    return f"| `{line['pair']}` | {line['case']} | {line['rung'][0]} | {named} |"
