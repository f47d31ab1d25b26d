"""What is done to the model's input before its first layer, and on one side only."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import numpy as np

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.layers import is_scaling
from parity.records.comparison import Step
from parity.records.interventions import Change

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # of RGB in [0, 1]
CAFFE = (103.939, 116.779, 123.68)  # of BGR in [0, 255]
MNIST = (0.1307, 0.3081)


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    if not case.torch:
        return
    yield from rescaling(case)
    if not any(case.keras[0].inputs):
        yield from of_images(case)


def reversed_channels(case: Case) -> Iterator[Hypothesis]:
    """The port turns RGB into BGR, or back, and Keras does not."""
    axis = reading.torch_axis(case, -1)
    for step in reading.of(case, ("flip",)):
        dims = reading.each(step.settings.get("dims", ()), 1)
        if step is reading.first(case) and dims == (axis,) and not any(case.keras[0].inputs):
            says = f"the port reads the channels in the other order ({step.name})"
            without = writing.without(step)
            yield Hypothesis("channel-order", says, without, (reading.left_out(step),))


def _first(case: Case, cause: str, says: str, fix: str, **value: Any) -> Hypothesis:
    change = Change(reading.first(case).name, "input", "scale", value)
    return Hypothesis(cause, says, fix, (change,))


def rescaling(case: Case) -> Iterator[Hypothesis]:
    """A Rescaling layer that the port lacks."""
    for step in case.keras:
        by, add = step.settings.get("scale"), step.settings.get("offset", 0.0)
        if step.kind != "Rescaling" or not isinstance(by, int | float):
            continue
        says = f"Keras computes x * {by:.6g} + {add:.6g} ({step.name}), the port does not"
        fix = f"x = x * {by!r} + {add!r}"
        yield _first(case, "input-scaling", says, fix, by=by, add=add)
        own = list(takewhile(_is_affine, case.torch))
        here = _affine(own)
        if own and not np.allclose(here, (by, add), rtol=1e-9):
            yield Hypothesis(
                "input-scaling",
                f"Keras computes x * {by:.6g} + {add:.6g} ({step.name}), the port "
                f"x * {here[0]:.6g} + {here[1]:.6g}",
                f"y = x * {by!r} + {add!r}  # in place of {', '.join(one.name for one in own)}",
                (
                    *(reading.left_out(one) for one in own[:-1]),
                    Change(own[-1].name, "call", "scale", {"by": by, "add": add}),
                ),
            )


def _is_affine(step: Step) -> bool:
    return is_scaling(step) and step.kind != "rdiv"


def _affine(steps: list[Step]) -> tuple[float, float]:
    """The factor and the offset of operations with numbers, one behind the other."""
    by, add = 1.0, 0.0
    for step in steps:
        number = float(step.settings["other"])
        if step.kind in ("mul", "imul"):
            by, add = by * number, add * number
        elif step.kind in ("div", "idiv"):
            by, add = by / number, add / number
        elif step.kind == "rsub":
            by, add = -by, number - add
        else:
            add += number if "add" in step.kind else -number
    return by, add


def of_images(case: Case) -> Iterator[Hypothesis]:
    """The usual preparations of images, done by Keras's model alone or undone by it."""
    for by, add, name in (
        (1 / 255, 0.0, "x / 255"),
        (255.0, 0.0, "x * 255"),
        (2.0, -1.0, "x * 2 - 1"),
        (0.5, 0.5, "(x + 1) / 2"),
        (1 / 127.5, -1.0, "x / 127.5 - 1"),
    ):
        yield _first(case, "input-scaling", _differ(name), f"x = {name}", by=by, add=add)
    mean, sd = MNIST
    name = f"(x - {mean}) / {sd}"
    yield _first(
        case, "input-normalisation", _differ(name), f"x = {name}", by=1 / sd, add=-mean / sd
    )
    rank = len(case.input_shape)
    if rank < 3 or 3 not in (case.input_shape[-1], case.input_shape[1]):
        return
    axis = case.axes[-1] if len(case.axes) == rank else 1
    means, sds = IMAGENET
    by3 = tuple(1 / s for s in sds)
    add3 = tuple(-m / s for m, s in zip(means, sds, strict=True))
    name = "ImageNet's mean and standard deviation"
    along = ", ".join("-1" if place == axis else "1" for place in range(rank))
    each = "x.new_tensor({}).view(" + along + ")"
    fix = f"x = (x - {each.format(list(means))}) / {each.format(list(sds))}"
    yield _first(case, "input-normalisation", _differ(name), fix, by=by3, add=add3, axis=axis)
    turned = Change(reading.first(case).name, "input", "reverse_channels", {"axis": axis})
    yield Hypothesis(
        "channel-order",
        "one side reads RGB, the other BGR",
        f"x = x.flip({axis})",
        (turned,),
    )
    centred = {"add": tuple(-m for m in CAFFE), "axis": axis}
    yield Hypothesis(
        "input-normalisation",
        f"Keras turns RGB into BGR and subtracts {CAFFE}, the port does not",
        f"x = x.flip({axis}) - {each.format(list(CAFFE))}",
        (turned, Change(reading.first(case).name, "input", "scale", centred)),
    )


def _differ(name: str) -> str:
    return f"inputs are prepared by {name} on Keras's side alone"
