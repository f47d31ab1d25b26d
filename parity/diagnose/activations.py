"""Activations: missing, one too many, another one, with other settings, at another place."""

from collections.abc import Iterator
from dataclasses import replace

from parity.diagnose import reading, writing
from parity.diagnose.activation_of import Activation, of_layer, of_step
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.places import PERMUTES, RESHAPES
from parity.diagnose.reading import figure, left_out
from parity.mapping.own_layers import is_known
from parity.records.comparison import Step
from parity.records.interventions import Change

# Of a person's own function nothing is known but what it does: these are tried.
TRIED = (
    *("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "hard_sigmoid"),
    *("hard_sigmoid_of_keras_2", "softplus", "softsign", "mish", "selu", "linear"),
    "quick_gelu",
)
FEW = 4  # activations of a port's own steps
ARITHMETIC = {"add", "sub", "rsub", "mul", "rmul", "div", "rdiv", "truediv", "neg", "pow", "exp"}
ARITHMETIC |= {"gt", "ge", "lt", "le"}
ARITHMETIC |= {"iadd", "isub", "imul", "idiv", "where", "abs", "square", "sqrt", "reciprocal"}
BOUNDS = {"clamp", "clip", "clamp_min", "clamp_max", "threshold", "Threshold", "hardtanh"}
BOUNDS |= {"Hardtanh", "relu", "ReLU", "relu6", "ReLU6", "maximum", "minimum", "max", "min"}
MOVING = {*RESHAPES, *PERMUTES, "unsqueeze", "squeeze", "getitem"}
CONSTANTS = {f"{value}_like" for value in ("zeros", "ones", "full")}
CONSTANTS |= {f"new_{value}" for value in ("zeros", "ones", "full", "tensor")}
PRODUCTS = (*reading.LINEAR, *reading.CONVOLUTIONS, "einsum", "bmm", "add", "iadd")
SETTINGS = {  # what differs where the activation is the same
    "leaky_relu": ("leaky-relu-slope", "negative_slope"),
    "elu": ("elu-alpha", "alpha"),
    "celu": ("elu-alpha", "alpha"),
    "gelu": ("gelu-approximate", "approximate"),
    "softmax": ("softmax-axis", "dim"),
    "log_softmax": ("softmax-axis", "dim"),
}


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    wanted = of_layer(case, reading.layer(case)) if case.torch else None
    if wanted is None:
        return
    present = [(step, own) for step in case.torch if (own := of_step(step)) is not None]
    yield from place(case)
    yield from slopes(case)
    if wanted.name == "":
        yield from tried(case, [step for step, _ in present])
        return
    if not is_known(reading.layer(case)):  # what a layer of a person's own ends with
        yield from tried(case, [])
    if not present and wanted.name != "linear":
        for form in forms(wanted):
            yield from written_out(case, form)
            yield from missing(case, form)
    if wanted.name != "linear":
        yield from written_before(case, present, wanted)
    for step, own in reversed(present):
        if own.name == wanted.name:
            for form in forms(wanted):
                yield from settings(step, own, form) if form != own else as_keras(step, own)
        elif len(present) == 1 and wanted.name != "linear":
            for form in forms(wanted):
                yield from written_out(case, form)
                yield from replaced(case, step, own, form)
        else:
            yield extra(step, own, wanted)
    yield from twice(present, wanted)


def forms(wanted: Activation) -> Iterator[Activation]:
    """What Keras's function may be: ops.gelu is tanh's, activations.gelu exact; both are "gelu"."""
    yield wanted
    if wanted.name == "gelu":
        yield Activation("gelu", {"approximate": not wanted.settings["approximate"]})


def slopes(case: Case) -> Iterator[Hypothesis]:
    """A PReLU of Keras's has a slope for each element, but along its shared axes."""
    alpha = case.values.get("alpha")
    if reading.layer(case).kind != "PReLU" or alpha is None:
        return
    order, shape = reading.axes(case), (1, *alpha.array.shape)
    dims = [order.index(axis) for axis in range(len(order))]
    channels = shape[dims[1]]
    fix = f"nn.PReLU({channels})"
    if channels != alpha.array.size:
        order_of = tuple(order.index(axis) - 1 for axis in range(1, len(order)))
        fix = f"torch.where(x > 0, x, alpha.permute{order_of} * x)  # alpha as Keras has it"
    for step in case.torch:
        own = of_step(step)
        change = Change(step.name, "call", "slopes", {"alpha": alpha, "dims": dims})
        if step.kind in ("PReLU", "prelu"):
            held = [v.shape for v in step.variables if v.role == "weight"]
            says = (
                f"slopes of shape {held[0] if held else '?'} in the port, of {shape[1:]} in Keras"
            )
            yield Hypothesis("prelu-shape", says, fix, (change,))
        elif own is not None:
            says = f"{own.name} in the port, PReLU in Keras"
            yield Hypothesis("activation-replaced", says, fix, (change,))


# A port that gives logits is right to train with a loss that takes them.
LOGITS = {
    "softmax": "  # for predictions; nn.CrossEntropyLoss takes the values before it",
    "sigmoid": "  # for predictions; nn.BCEWithLogitsLoss takes the values before it",
}


def missing(case: Case, wanted: Activation) -> Iterator[Hypothesis]:
    yield Hypothesis(
        "softmax-missing" if wanted.name == "softmax" else "activation-missing",
        f"Keras applies {wanted.name}, the port does not",
        f"y = {wanted.written('y')}{LOGITS.get(wanted.name, '')}",
        (Change(case.torch[-1].name, "output", wanted.name, wanted.settings),),
        wanted.name,
    )


def settings(step: Step, own: Activation, wanted: Activation) -> Iterator[Hypothesis]:
    if own.name not in SETTINGS:
        yield Hypothesis(
            "activation-replaced",
            f"{own.written()} in the port, {wanted.written()} in Keras",
            wanted.written(),
            (Change(step.name, "call", wanted.name, wanted.settings),),
        )
        return
    cause, name = SETTINGS[own.name]
    present, figures = own.settings[name], wanted.settings[name]
    yield Hypothesis(
        cause,
        f"{name} is {figure(present)} in the port's {own.name}, {figure(figures)} in Keras's",
        wanted.written(),
        (Change(step.name, "call", wanted.name, wanted.settings),),
    )


def as_keras(step: Step, own: Activation) -> Iterator[Hypothesis]:
    """The same function may have a setting in the port that Keras's has not."""
    given = {name: value for name, value in step.settings.items() if name != "inplace"}
    if own.name in SETTINGS or not given:
        return
    told = ", ".join(f"{name}={value!r}" for name, value in given.items())
    yield Hypothesis(
        "activation-replaced",
        f"{step.kind}({told}) in the port, {own.name} in Keras",
        own.written(),
        (Change(step.name, "call", own.name, own.settings),),
    )


def replaced(case: Case, step: Step, own: Activation, wanted: Activation) -> Iterator[Hypothesis]:
    names = {own.name, wanted.name}
    before = f"{own.name} in the port, {wanted.name} in Keras"
    yield Hypothesis(
        "log-softmax" if names == {"softmax", "log_softmax"} else "activation-replaced",
        before,
        wanted.written(),
        (Change(step.name, "call", wanted.name, wanted.settings),),
    )
    # The port's own may be no activation but a second one, behind a part of the layer.
    yield from missing(case, wanted)


def extra(step: Step, own: Activation, wanted: Activation) -> Hypothesis:
    has = "no activation" if wanted.name == "linear" else f"{wanted.name} alone"
    return Hypothesis(
        "activation-extra",
        f"the port applies {own.name}, Keras has {has}",
        writing.without(step),
        (left_out(step),),
        own.name,
    )


def twice(present: list[tuple[Step, Activation]], wanted: Activation) -> Iterator[Hypothesis]:
    """A softmax or a sigmoid of a softmax or a sigmoid."""
    same = [step for step, own in present if own.name == wanted.name]
    for step in same[1:]:
        yield Hypothesis(
            "double-softmax" if wanted.name == "softmax" else "activation-extra",
            f"the port applies {wanted.name} twice, Keras once",
            writing.without(step),
            (left_out(step),),
        )


def written_out(case: Case, wanted: Activation) -> Iterator[Hypothesis]:
    """An activation in elementary steps behind the layer: 0.2 * x + 0.5, clamped."""
    tail, head = _elementary(case)
    if not tail or head is None:
        return
    last, names = tail[-1], {step.name for step in tail}
    bounded = any(step.kind in BOUNDS | {"where"} for step in tail)
    is_hard = wanted.name == "hard_sigmoid" or (wanted.name == "sigmoid" and bounded)
    yield Hypothesis(
        "hard-sigmoid" if is_hard else "activation-replaced",
        f"{', '.join(step.name for step in tail)} in the port, {wanted.name} in Keras",
        f"{wanted.written()}  # of what {head} gives",
        (
            *(Change(last.name, "source", head, own) for own in last.inputs if own in names),
            Change(last.name, "call", wanted.name, wanted.settings),
        ),
    )


def written_before(
    case: Case, present: list[tuple[Step, Activation]], wanted: Activation
) -> Iterator[Hypothesis]:
    """The same in front of the port's last activation, which is of a layer behind this one."""
    place = case.torch.index(present[-1][0]) if present else 0
    if place:
        before = replace(case, torch=case.torch[:place])
        for form in forms(wanted):
            yield from written_out(before, form)


def _elementary(case: Case) -> tuple[list[Step], str | None]:
    """The last steps that work element by element, and the one step that they take; behind them
    may stand what only moves values."""
    tail: list[Step] = []
    for step in reversed(case.torch):
        if not tail and step.kind in MOVING:
            continue
        known = step.kind in ARITHMETIC | BOUNDS | CONSTANTS or of_step(step)
        if step.variables or not known:
            break
        tail.insert(0, step)
    names = {step.name for step in tail}
    heads = {own for step in tail for own in step.inputs if own not in names}
    is_arithmetic = any(step.kind in ARITHMETIC | BOUNDS for step in tail)
    return (tail, heads.pop()) if is_arithmetic and len(heads) == 1 else ([], None)


def tried(case: Case, present: list[Step]) -> Iterator[Hypothesis]:
    """In place of the port's activation, or at the end."""
    for wanted in (*map(Activation, TRIED), Activation("gelu", {"approximate": True})):
        own = of_step(present[-1]) if present else None
        if own is None and wanted.name != "linear":
            changes = (Change(case.torch[-1].name, "output", wanted.name, wanted.settings),)
        elif own is not None and own != wanted:
            changes = (Change(present[-1].name, "call", wanted.name, wanted.settings),)
        else:
            continue
        cause = "activation-missing" if own is None else "activation-replaced"
        if wanted.name.startswith("hard_sigmoid"):
            cause = "hard-sigmoid"
        if own is not None and own.name == wanted.name:
            cause = SETTINGS[own.name][0]
        yield Hypothesis(
            cause,
            f"Keras's function does what {wanted.name} does",
            wanted.written(),
            changes,
        )


def of_steps(case: Case) -> Iterator[Hypothesis]:
    """Another activation in steps of the port's own, whatever Keras's layer is."""
    present = [(step, own) for step in case.torch if (own := of_step(step)) is not None]
    for step, own in present[:FEW]:
        for wanted in map(Activation, TRIED):
            if wanted.name not in (own.name, "linear"):
                yield Hypothesis(
                    "activation-replaced",
                    f"{own.name} in the port at {step.name}, {wanted.name} in Keras",
                    wanted.written(),
                    (Change(step.name, "call", wanted.name, wanted.settings),),
                    is_tried=True,
                )


def lost_inside(case: Case) -> Iterator[Hypothesis]:
    """An activation behind one of the products that a layer of a person's own is made of."""
    if is_known(reading.layer(case)):
        return
    takers = {name.partition(":")[0] for s in case.torch if of_step(s) for name in s.inputs}
    bare = [step for step in reading.of(case, PRODUCTS) if step.name not in takers]
    for step in bare[:FEW]:
        axes = (Activation("softmax", {"dim": dim}) for dim in range(1, len(step.shape)))
        for wanted in (*axes, *map(Activation, TRIED)):
            if wanted.name != "linear":
                yield Hypothesis(
                    "softmax-missing" if wanted.name == "softmax" else "activation-missing",
                    f"Keras applies {wanted.name} to what {step.name} gives, the port does not",
                    f"y = {wanted.written('y')}",
                    (Change(step.name, "output", wanted.name, wanted.settings),),
                )


def place(case: Case) -> Iterator[Hypothesis]:
    """Activation and normalisation in the other order."""
    norms = reading.of(case, reading.NORMS)
    acts = [(step, own) for step in case.torch if (own := of_step(step)) is not None]
    keras = [i for i, step in enumerate(case.keras) if "Normalization" in step.kind]
    if len(norms) != 1 or len(acts) != 1 or not keras:
        return
    norm, (act, own) = norms[0], acts[0]
    names = [getattr(of_layer(case, step), "name", "") for step in case.keras]
    comes_after, comes_before = own.name in names[keras[0] :], own.name in names[: keras[0]]
    stands_after = case.torch.index(act) > case.torch.index(norm)
    if comes_after == comes_before or stands_after == comes_after:
        return
    here, there = ("before", "after") if comes_after else ("after", "before")
    moved = Change(norm.name, "output" if comes_after else "input", own.name, own.settings)
    yield Hypothesis(
        "activation-place",
        f"{own.name} stands {here} the normalisation in the port, {there} it in Keras",
        _moved(act, own, norm, comes_after),
        (left_out(act), moved),
    )


def _moved(act: Step, own: Activation, norm: Step, comes_after: bool) -> str:
    called = writing.called(norm, "x" if comes_after else own.written())
    return f"{own.written(called) if comes_after else called}  # without {act.name}"
