"""A model of keras.applications against torchvision's: neither was written for this."""

from collections import Counter
from math import inf

from parity.checking import run
from parity.checking.options import Options
from parity.pairs import own
from parity.sides.process import Sides

UNHURRIED = Options(budget=inf)


def test_mobilenet_v2_differs_by_its_padding_and_its_epsilons(sides: Sides) -> None:
    request = own("tests.own.keras_zoo:mobilenet", "tests.own.torch_zoo:mobilenet")
    report = run.check(request, sides, UNHURRIED)
    assert report.verdict == "differ"
    first = report.first_divergence
    assert first is not None
    assert first.keras == "Conv1"
    causes = Counter(cause.cause for x in report.diagnosis for cause in x.causes)
    assert causes == {"conv-same-stride": 5, "bn-epsilon": 52, "softmax-missing": 1}
    assert all(finding.causes for finding in report.diagnosis)


def test_vgg16_with_another_width_of_input_passes(sides: Sides) -> None:
    request = own("tests.own.keras_zoo:vgg", "tests.own.torch_zoo:vgg")
    assert run.check(request, sides, UNHURRIED).verdict == "pass"
