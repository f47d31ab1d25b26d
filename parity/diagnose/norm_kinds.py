"""A normalisation of another kind than Keras's: without its scale and offset, with the mean taken
away or not."""

from collections.abc import Iterator, Sequence

from parity.diagnose import normalisation, reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure
from parity.records.comparison import Step
from parity.records.interventions import Change

LAYER, RMS = ("LayerNorm", "layer_norm"), ("RMSNorm", "rms_norm")
AFFINE = "elementwise_affine"


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in reading.of(case, reading.NORMS):
        yield from _without_affine(case, step)
        yield from _with_mean(case, step)
        yield from _without_mean(case, step)
        yield from _over_maps(case, step)
        yield from _by_statistics(case, step)
        yield from _for_statistics(case, step)


def _without_affine(case: Case, step: Step) -> Iterator[Hypothesis]:
    held = {variable.role for variable in step.variables}
    gamma = None if "weight" in held else case.values.get("gamma") or case.values.get("scale")
    beta = None if "bias" in held else case.values.get("beta")
    axis = _axes(case, step)
    is_norm = reading.layer(case).kind in normalisation.EPSILONS
    if not is_norm or len(axis) != 1 or (gamma is None and beta is None):
        return
    lent = {"by": gamma, "add": beta}
    value = {"axis": axis[0], **{name: one for name, one in lent.items() if one is not None}}
    yield Hypothesis(
        "norm-affine",
        f"{reading.layer(case).kind} learns a scale or an offset that the port has not",
        _affine(step, axis[0], gamma is None),
        (Change(step.name, "output", "scale", value),),
    )


def _affine(step: Step, axis: int, is_offset: bool) -> str:
    if reading.is_module(step) and not is_offset:
        name = AFFINE if step.kind in (*LAYER, *RMS) else "affine"
        return writing.with_settings(step, **{name: True})
    shape = tuple(-1 if place == axis else 1 for place in range(len(step.shape)))
    scaled = "" if is_offset else f" * gamma.view{shape}"
    return f"{writing.called(step)}{scaled} + beta.view{shape}"


def _with_mean(case: Case, step: Step) -> Iterator[Hypothesis]:
    if reading.layer(case).kind != "RMSNormalization" or step.kind not in LAYER:
        return
    dims, epsilon = _axes(case, step), reading.config(case)["epsilon"]
    yield Hypothesis(
        "norm-kind",
        "the port takes the mean away, and divides by the standard deviation; Keras divides by the "
        "root of the mean square",
        _written(step, "RMSNorm", "rms_norm", dims, epsilon),
        (Change(step.name, "call", "rms_normalise", {"dims": dims, "eps": epsilon}),),
    )


def _without_mean(case: Case, step: Step) -> Iterator[Hypothesis]:
    if reading.layer(case).kind != "LayerNormalization" or step.kind not in RMS:
        return
    dims, epsilon = _axes(case, step), reading.config(case)["epsilon"]
    changes = [
        Change(step.name, "call", "normalise", {"dims": dims, "axis": dims[-1], "eps": epsilon})
    ]
    if len(dims) == 1 and "beta" in case.values:
        offset = {"add": case.values["beta"], "axis": dims[0]}
        changes.append(Change(step.name, "output", "add", offset))
    yield Hypothesis(
        "norm-kind",
        "the port divides by the root of the mean square; Keras takes the mean away, and divides "
        "by the standard deviation",
        _written(step, "LayerNorm", "layer_norm", dims, epsilon),
        tuple(changes),
    )


def _over_maps(case: Case, step: Step) -> Iterator[Hypothesis]:
    config = reading.config(case)
    is_group = reading.layer(case).kind == "GroupNormalization" and config.get("groups") == 1
    if not is_group or step.kind not in LAYER:
        return
    (channels,) = _axes(case, step) or (0,)
    epsilon = config["epsilon"]
    value = {"dims": [*range(1, len(step.shape))], "axis": channels, "eps": epsilon}
    sizes = f"1, {step.shape[channels]}"
    fix = (
        f"nn.GroupNorm({sizes}, eps={figure(epsilon)})"
        if reading.is_module(step)
        else f"F.group_norm(x, 1, weight, bias, eps={figure(epsilon)})"
    )
    yield Hypothesis(
        "norm-kind",
        "the port normalises the features of each place; Keras those of all places together",
        f"{fix}  # of (N, C, ...)",
        (Change(step.name, "call", "normalise", value),),
    )


def _by_statistics(case: Case, step: Step) -> Iterator[Hypothesis]:
    """Batch or instance normalisation in the place of one of a sample's groups, or features."""
    layer, config = reading.layer(case), reading.config(case)
    kinds = reading.BATCH_NORMS | reading.INSTANCE_NORMS
    if step.kind not in kinds or "epsilon" not in config or len(step.shape) < 2:
        return
    epsilon, channels = config["epsilon"], step.shape[1]
    if layer.kind == "LayerNormalization" and _axes(case, step) == [1]:
        value = {"dims": [1], "axis": 1, "eps": epsilon}
        change = Change(step.name, "call", "normalise", value)
        fix = f"nn.LayerNorm({channels}, eps={figure(epsilon)})"
    elif layer.kind == "GroupNormalization" and len(step.shape) > 2:
        groups = channels if config["groups"] == -1 else config["groups"]
        change = Change(step.name, "call", "group_norm", {"groups": groups, "eps": epsilon})
        fix = f"nn.GroupNorm({groups}, {channels}, eps={figure(epsilon)})"
    else:
        return
    says = "the port normalises by moving statistics; Keras each sample by its own"
    if step.kind in reading.INSTANCE_NORMS:
        says = "the port normalises each channel by itself, Keras several together"
    yield Hypothesis("norm-kind", says, fix, (change,))


def _for_statistics(case: Case, step: Step) -> Iterator[Hypothesis]:
    """Another normalisation in the place of a batch's, (N, C, ...)."""
    mean, variance = (case.values.get(f"moving_{name}") for name in ("mean", "variance"))
    is_batch = reading.layer(case).kind == "BatchNormalization" and _axes(case, step) == [1]
    if not is_batch or mean is None or variance is None or step.kind in reading.BATCH_NORMS:
        return
    epsilon, rank = reading.config(case)["epsilon"], max(1, len(step.shape) - 2)
    yield Hypothesis(
        "norm-kind",
        "the port normalises each sample by its own statistics; Keras by moving ones",
        f"nn.BatchNorm{rank}d({step.shape[1]}, eps={figure(epsilon)})",
        (
            Change(
                step.name,
                "call",
                "normalise_by",
                {"mean": mean, "variance": variance, "eps": epsilon},
            ),
        ),
    )


def _axes(case: Case, step: Step) -> list[int]:
    """The port's for those of Keras's that its weights stand along."""
    if len(step.shape) != len(reading.layer_input(case)):
        return []
    given = reading.config(case).get("axis", -1)
    return sorted(reading.axis_at(case, step, axis) for axis in reading.each(given, 1))


def _written(step: Step, module: str, function: str, dims: Sequence[int], epsilon: float) -> str:
    sizes = tuple(step.shape[axis] for axis in dims)
    if reading.is_module(step):
        return f"nn.{module}({sizes}, eps={figure(epsilon)})"
    return f"F.{function}(x, {sizes}, weight, eps={figure(epsilon)})"
