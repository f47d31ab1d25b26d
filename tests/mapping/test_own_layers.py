"""A layer of a person's own without weights is answered by what stands in its place."""

from parity.mapping.align import align
from parity.records.comparison import Step, Trace, Variable

SHAPE = (5, 2)


def linear(name: str, kind: str) -> Step:
    weights = (Variable(f"{name}.w", "w", (2, 2)), Variable(f"{name}.b", "b", (2,)))
    return Step(name, kind, SHAPE, name, inputs=("",), variables=weights)


def trace(*steps: Step) -> Trace:
    return Trace(steps, {}, {}, (), results=(steps[-1].name,))


def test_one_of_two_values_that_ends_the_model_has_a_line_of_its_own() -> None:
    one, other = (linear(name, "Dense") for name in ("one", "other"))
    keras = trace(one, other, Step("mixed", "Mixed", SHAPE, inputs=("one", "other")))
    torch = trace(
        *(linear(name, "Linear") for name in ("one", "other")),
        Step("exp_1", "exp", SHAPE, inputs=("other",)),
        Step("add_1", "add", SHAPE, inputs=("one", "exp_1")),
    )
    found = {
        match.keras.name: [x.name for x in match.torch] for match in align(keras, torch).matches
    }
    assert found == {"one": ["one"], "other": ["other"], "mixed": ["exp_1", "add_1"]}
