"""What belongs to training: left on at inference, or other in training mode."""

import math
from collections.abc import Iterator

from parity.diagnose import dropping, normalisation, reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure
from parity.records.comparison import Step
from parity.records.interventions import Change

DRAWS = ("randn_like", "rand_like", "normal", "bernoulli", "randint_like")


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    """Randomness at inference."""
    yield from dropout_left_on(case)
    yield from noise_left_on(case)


def dropout_left_on(case: Case) -> Iterator[Hypothesis]:
    for step in reading.of(case, reading.DROPOUTS):
        is_module = reading.is_module(step)
        is_on = step.settings.get("training", not is_module)  # F.dropout's default is True
        if is_on and step.settings.get("p", 0.5):
            yield Hypothesis(
                "dropout-left-on",
                f"{step.name} drops {figure(step.settings.get('p', 0.5))} of the values at "
                "inference",
                writing.at_inference(step),
                (Change(step.name, "setting", "training", False),),
            )


def noise_left_on(case: Case) -> Iterator[Hypothesis]:
    for step in reading.of(case, DRAWS):
        yield Hypothesis(
            "noise-left-on",
            f"{step.name} draws noise at inference",
            "y = torch.zeros_like(x)  # unless self.training",
            (Change(step.name, "output", "scale", {"by": 0.0}),),
        )
    for step in reading.of(case, ("GaussianNoise",)):
        if step.settings.get("training"):
            yield Hypothesis(
                "noise-left-on",
                f"{step.name} adds noise at inference",
                "model.eval()",
                (Change(step.name, "setting", "training", False),),
            )


def in_training(case: Case) -> Iterator[Hypothesis]:
    """For cases that are measured in training mode."""
    yield from normalisation.in_training(case)
    yield from dropping.hypotheses(case)
    yield from deviations(case)


def deviations(case: Case) -> Iterator[Hypothesis]:
    layer = reading.layer(case)
    wanted = _wanted_deviation(layer)
    if wanted is None:
        return
    noise = f"{figure(wanted)} * torch.randn_like(x)"
    for step in case.torch:
        name, present = _deviation(step)
        if present is not None and present != wanted:
            yield Hypothesis(
                "noise-sd",
                f"noise of standard deviation {figure(present)} in the port, "
                f"{figure(wanted)} in Keras",
                f"x + {noise}" if layer.kind == "GaussianNoise" else f"x * (1 + {noise})",
                (Change(step.name, "setting", name, wanted),),
            )


def _wanted_deviation(layer: Step) -> float | None:
    rate: float = layer.settings.get("rate", 1.0)
    if layer.kind == "GaussianDropout" and rate < 1:
        return math.sqrt(rate / (1 - rate))
    found: float | None = layer.settings.get("stddev")
    return found


def _deviation(step: Step) -> tuple[str, float | None]:
    """The factor of the noise: a layer's own, or that of a product in `x + sd * noise`."""
    if "stddev" in step.settings:
        return "stddev", step.settings["stddev"]
    other = step.settings.get("other")
    is_factor = step.kind in ("mul", "rmul") and isinstance(other, float)
    return "other", other if is_factor else None
