"""A normalisation in steps of the port's own: its epsilon, and what its variance is divided by."""

from collections.abc import Iterator

from parity.diagnose import axes, normalisation, reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

ADDS = ("add", "iadd", "radd")
SPREADS = ("var", "std", "var_mean", "std_mean")
AHEAD = ("sqrt", "rsqrt", "pow")  # of which a sum is taken
BEHIND = ("sqrt", "std", "norm", "pow")  # to whose result something is added


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    wanted = list(normalisation.epsilons(case.keras))
    yield from variances(case)
    for step in reading.of(case, (*AHEAD, *BEHIND)) if wanted else ():
        yield from _missing(case, step, wanted)
    for step in reading.of(case, ADDS):
        present = step.settings.get("other")
        if not isinstance(present, float) or not 0 < present <= normalisation.LARGEST:
            continue
        is_behind = _takes(case, step, BEHIND) and not _is_taken(case, step)
        if is_behind or _is_taken(case, step):
            for cause, epsilon in wanted:
                yield from _other(step, cause, epsilon, present, is_behind)


def variances(case: Case) -> Iterator[Hypothesis]:
    """Keras divides a variance by n."""
    for step in reading.of(case, SPREADS):
        if step.settings.get("correction", 1) and step.settings.get("unbiased", True):
            name, value = ("unbiased", False) if "unbiased" in step.settings else ("correction", 0)
            yield Hypothesis(
                "variance-unbiased",
                f"{step.name} divides by n - 1, Keras by n",
                axes.as_method(writing.with_settings(step, **{name: value})),
                (Change(step.name, "setting", name, value),),
            )


def _other(
    step: Step, cause: str, wanted: float, present: float, is_behind: bool
) -> Iterator[Hypothesis]:
    """Another number; and in front of the root, where the port adds it behind."""
    number = writing.number(wanted)
    if wanted != present:
        yield Hypothesis(
            cause,
            normalisation.told(present, wanted),
            f"y = x + {number}",
            (Change(step.name, "setting", "other", wanted),),
        )
    if is_behind:
        yield Hypothesis(
            cause,
            f"epsilon is added behind the root in the port, in front of it in Keras: {number}",
            f"y = (x.square() + {number}).sqrt()",
            (Change(step.name, "call", "added_in_root", {"number": wanted}),),
        )


def _missing(case: Case, step: Step, wanted: list[tuple[str, float]]) -> Iterator[Hypothesis]:
    """No epsilon at all."""
    if _is_small(case, step) or any(step.name in other.inputs for other in reading.of(case, ADDS)):
        return
    for cause, epsilon in wanted:
        number, is_root = writing.number(epsilon), step.kind in AHEAD
        yield Hypothesis(
            cause,
            f"the port adds no epsilon, Keras {number}",
            f"x = x + {number}" if is_root else f"y = (y.square() + {number}).sqrt()",
            (
                Change(step.name, "input", "scale", {"add": epsilon})
                if is_root
                else Change(step.name, "output", "added_in_root", {"number": epsilon}),
            ),
        )


def _is_small(case: Case, step: Step) -> bool:
    """Does a root take a sum with a small number?"""
    numbers = [x.settings.get("other") for x in reading.of(case, ADDS) if x.name in step.inputs]
    return any(isinstance(number, float) for number in numbers)


def _is_taken(case: Case, step: Step) -> bool:
    return any(other.kind in AHEAD and step.name in other.inputs for other in case.torch)


def _takes(case: Case, step: Step, kinds: tuple[str, ...]) -> bool:
    names = {name.partition(":")[0] for name in step.inputs}
    return any(other.kind in kinds and other.name in names for other in case.torch)
