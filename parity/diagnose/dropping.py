"""Dropout in training mode: how much is dropped, what of it together, and what is kept."""

from collections.abc import Iterator
from typing import Any

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure
from parity.records.comparison import Step
from parity.records.interventions import Change

COMPARISONS = {"gt": True, "ge": True, "lt": False, "le": False}  # a draw above it is kept
_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
ATTENTION = {"MultiheadAttention": "dropout", "scaled_dot_product_attention": "dropout_p"}


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    yield from rates(case)
    yield from written_out(case)
    yield from axes(case)
    yield from by_noise(case)
    yield from of_inputs(case)
    yield from missing(case)
    yield from extra(case)


def rates(case: Case) -> Iterator[Hypothesis]:
    config = reading.config(case)
    wanted = config.get("rate", config.get("dropout"))
    for step in reading.of(case, {*reading.DROPOUTS, *ATTENTION}):
        name = ATTENTION.get(step.kind, "p")
        present = step.settings.get(name, 0.0 if step.kind in ATTENTION else 0.5)
        if wanted is not None and wanted != present:
            yield _rate(present, wanted, step, Change(step.name, "setting", name, wanted))


def written_out(case: Case) -> Iterator[Hypothesis]:
    """x * (torch.rand_like(x) > rate), perhaps scaled up by something."""
    wanted = reading.config(case).get("rate")
    drawn = [step for step in case.torch if step.kind in COMPARISONS]
    if wanted is None or wanted >= 1 or not any("rand" in s.kind for s in case.torch):
        return
    last = case.torch[-1].name
    yield Hypothesis(
        "dropout-scaling",
        f"what the port keeps is not multiplied by 1 / (1 - {figure(wanted)})",
        f"y = F.dropout(x, {wanted}, self.training)  # all of it",
        (Change(last, "output", "scale", {"by": 1 / (1 - wanted)}),),
    )
    for step in drawn:
        border = step.settings.get("other")
        if not isinstance(border, float):
            continue
        present = border if COMPARISONS[step.kind] else 1 - border
        border = wanted if COMPARISONS[step.kind] else 1 - wanted
        change = Change(step.name, "setting", "other", border)
        scale = Change(last, "output", "scale", {"by": (1 - present) / (1 - wanted)})
        if present != wanted:
            yield _rate(present, wanted, step, change, scale)
            yield _rate(present, wanted, step, change)


def axes(case: Case) -> Iterator[Hypothesis]:
    """SpatialDropout drops whole maps, Dropout single values."""
    wanted, shared = reading.config(case).get("rate"), _shared(case)
    if wanted is None or wanted >= 1:
        return
    for step in reading.of(case, reading.DROPOUTS):
        rank = len(step.shape)
        theirs = list(range(2, rank)) if step.kind.endswith("d") else []
        if shared != theirs:
            yield Hypothesis(
                "dropout-axes",
                f"a draw is shared along {_told(theirs)} in the port, along {_told(shared)} "
                "in Keras",
                f"nn.Dropout{rank - 2}d({wanted})" if shared else f"nn.Dropout({wanted})",
                (Change(step.name, "call", "drop", {"rate": wanted, "shared": shared}),),
            )


def by_noise(case: Case) -> Iterator[Hypothesis]:
    """GaussianDropout multiplies by noise about one, and torch's drop values."""
    wanted = reading.config(case).get("rate")
    if reading.layer(case).kind != "GaussianDropout" or not wanted or wanted >= 1:
        return
    spread = figure((wanted / (1 - wanted)) ** 0.5)
    for step in reading.of(case, reading.DROPOUTS):
        yield Hypothesis(
            "dropout-kind",
            f"{step.name} drops values, Keras multiplies them by noise",
            f"y = x * (1 + {spread} * torch.randn_like(x))  # if self.training",
            (Change(step.name, "call", "gaussian_drop", {"rate": wanted}),),
        )


def of_inputs(case: Case) -> Iterator[Hypothesis]:
    """A recurrent layer of Keras's drops features of its input, the same at every time step."""
    wanted = _input_rate(reading.config(case))
    for step in reading.of(case, reading.RECURRENT):
        if not wanted:
            continue
        time = 1 if step.settings.get("batch_first") else 0
        yield Hypothesis(
            "rnn-dropout",
            f"Keras drops {figure(wanted)} of the inputs' features, the same at every time step; "
            f"nn.{step.kind} drops none of them",
            _of_features(wanted, time),
            (Change(step.name, "input", "drop", {"rate": wanted, "shared": [time]}),),
        )


def missing(case: Case) -> Iterator[Hypothesis]:
    """A dropout of Keras's that the port has not."""
    layer, wanted = reading.layer(case), reading.config(case).get("rate")
    is_dropout = layer.kind == "Dropout" or layer.kind.startswith("SpatialDropout")
    if is_dropout and wanted and not reading.of(case, reading.DROPOUTS):
        settings = {"rate": wanted, "shared": _shared(case)}
        yield Hypothesis(
            "layer-missing",
            f"the port drops nothing where Keras's {layer.name} drops {figure(wanted)}",
            f"y = F.dropout(y, {wanted}, self.training)",
            (Change(case.torch[-1].name, "output", "drop", settings),),
        )


def extra(case: Case) -> Iterator[Hypothesis]:
    """A dropout of the port's that Keras has not."""
    if "rate" in reading.config(case):
        return
    for step in reading.of(case, reading.DROPOUTS):
        yield Hypothesis(
            "layer-extra",
            f"{step.name} drops {figure(step.settings.get('p', 0.5))} of the values, and Keras "
            "nothing there",
            writing.without(step),
            (reading.left_out(step),),
        )


def _shared(case: Case) -> list[int]:
    """The torch axes along which Keras's layer draws once."""
    shape = reading.config(case).get("noise_shape") or ()
    ours = [axis for axis, size in enumerate(shape) if size == 1]
    if reading.layer(case).kind.startswith("SpatialDropout"):
        ours = reading.spatial(case)
    return sorted(reading.torch_axis(case, axis) for axis in ours)


def _rate(present: float, wanted: float, step: Step, *changes: Change) -> Hypothesis:
    return Hypothesis(
        "dropout-rate",
        f"the port drops {figure(present)} of the values, Keras {figure(wanted)}",
        _of_rate(step, wanted),
        changes,
    )


def _of_rate(step: Step, wanted: float) -> str:
    if step.kind in COMPARISONS:
        return f"y = x {_SIGNS[step.kind]} {wanted if COMPARISONS[step.kind] else 1 - wanted}"
    if step.kind in ATTENTION:
        return writing.with_settings(step, **{ATTENTION[step.kind]: wanted})
    if reading.is_module(step):
        return f"nn.{step.kind}({wanted})"
    return f"F.{step.kind}(x, {wanted}, self.training)"


def _of_features(rate: float, time: int) -> str:
    """One draw for all time steps; the features of a sequence are the channels of F.dropout1d."""
    given, back = ("x.transpose(1, 2)", ".transpose(1, 2)") if time else ("x.permute(1, 2, 0)", "")
    back = back or ".permute(2, 0, 1)"
    return f"x = F.dropout1d({given}, {rate}, self.training){back}"


def _input_rate(config: dict[str, Any]) -> float | None:
    """Of a recurrent layer, or of that in a Bidirectional."""
    inner = config.get("layer")
    if isinstance(inner, dict):
        config = inner.get("config", {})
    rate = config.get("dropout")
    return rate if isinstance(rate, float) and rate < 1 else None


def _told(axes: list[int]) -> str:
    return f"axes {', '.join(map(str, axes))}" if axes else "no axis"
