"""A model of keras.applications against torchvision's, every other day: neither was written for
this."""

from collections import Counter
from collections.abc import Callable
from math import inf

import pytest

from parity.checking import run
from parity.checking.options import Options
from parity.pairs import own
from parity.sides.process import Sides
from tests.in_turn import in_turn

UNHURRIED = Options(budget=inf)


def mobilenet_v2_differs_by_its_padding_and_its_epsilons(sides: Sides) -> None:
    request = own("tests.own.keras_zoo:mobilenet", "tests.own.torch_zoo:mobilenet")
    report = run.check(request, sides, UNHURRIED)
    assert report.verdict == "differ"
    first = report.first_divergence
    assert first is not None
    assert first.keras == "Conv1"
    causes = Counter(cause.cause for x in report.diagnosis for cause in x.causes)
    assert causes == {"conv-same-stride": 5, "bn-epsilon": 52, "softmax-missing": 1}
    assert all(finding.causes for finding in report.diagnosis)


def vgg16_with_another_width_of_input_passes(sides: Sides) -> None:
    request = own("tests.own.keras_zoo:vgg", "tests.own.torch_zoo:vgg")
    assert run.check(request, sides, UNHURRIED).verdict == "pass"


CLAIMS = (
    mobilenet_v2_differs_by_its_padding_and_its_epsilons,
    vgg16_with_another_width_of_input_passes,
)


@pytest.mark.parametrize("holds", in_turn(CLAIMS, 2), ids=lambda claim: claim.__name__)
def test_a_model_that_was_not_written_for_this(
    sides: Sides, holds: Callable[[Sides], None]
) -> None:
    holds(sides)
