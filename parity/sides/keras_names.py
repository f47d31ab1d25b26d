"""Names for a Keras model's variables. Models that are nested may have equal names inside, and the
paths of their variables are equal, too."""

from typing import Any


def of(model: Any) -> dict[int, str]:
    """By id: a variable's path; one that another has already is numbered, from "(2)" on."""
    found: dict[int, str] = {}
    counts: dict[str, int] = {}
    for variable in model.variables:
        counts[variable.path] = number = counts.get(variable.path, 0) + 1
        found[id(variable)] = variable.path if number == 1 else f"{variable.path} ({number})"
    return found


def named(model: Any) -> dict[str, Any]:
    """The variables by name."""
    names = of(model)
    return {names[id(variable)]: variable for variable in model.variables}
