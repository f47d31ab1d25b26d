"""Activations: missing, one too many, another one, with other settings, at another place."""

from collections.abc import Iterator

from parity.diagnose import reading
from parity.diagnose.activation_of import Activation, of_layer, of_step
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure, left_out
from parity.records.comparison import Step
from parity.records.interventions import Change

# Of a person's own function nothing is known but what it does: these are tried.
TRIED = (
    *("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "hard_sigmoid"),
    *("hard_sigmoid_of_keras_2", "softplus", "softsign", "mish", "selu", "linear"),
)
ARITHMETIC = ("add", "sub", "rsub", "mul", "div", "rdiv", "clamp", "exp", "neg", "pow", "where")
SETTINGS = {  # what differs where the activation is the same
    "leaky_relu": ("leaky-relu-slope", "negative_slope"),
    "elu": ("elu-alpha", "alpha"),
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
    if not present and wanted.name != "linear":
        for form in forms(wanted):
            yield from written_out(case, form)
            yield from missing(case, form)
    for step, own in reversed(present):
        if own.name == wanted.name:
            for form in forms(wanted):
                if form != own:
                    yield from settings(step, own, form)
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
    for step in reading.of(case, ("PReLU", "prelu")):
        held = [v.shape for v in step.variables if v.role == "weight"]
        fix = (
            f"nn.PReLU({channels})" if channels == alpha.array.size else "a slope for each element"
        )
        yield Hypothesis(
            "prelu-shape",
            f"slopes of shape {held[0] if held else '?'} in the port, of {shape[1:]} in Keras",
            fix,
            (Change(step.name, "call", "slopes", {"alpha": alpha, "dims": dims}),),
        )


# A port that gives logits is right to train with a loss that takes them.
LOGITS = {
    "softmax": "  # for predictions; nn.CrossEntropyLoss takes the values before it",
    "sigmoid": "  # for predictions; nn.BCEWithLogitsLoss takes the values before it",
}


def missing(case: Case, wanted: Activation) -> Iterator[Hypothesis]:
    yield Hypothesis(
        "softmax-missing" if wanted.name == "softmax" else "activation-missing",
        f"Keras applies {wanted.name}, the port does not",
        f"x = {wanted.expression}{LOGITS.get(wanted.name, '')}",
        (Change(case.torch[-1].name, "output", wanted.name, wanted.settings),),
        wanted.name,
    )


def settings(step: Step, own: Activation, wanted: Activation) -> Iterator[Hypothesis]:
    if own.name not in SETTINGS:
        return
    cause, name = SETTINGS[own.name]
    present, figures = own.settings[name], wanted.settings[name]
    yield Hypothesis(
        cause,
        f"{name} is {figure(present)} in the port's {own.name}, {figure(figures)} in Keras's",
        wanted.expression,
        (Change(step.name, "call", wanted.name, wanted.settings),),
    )


def replaced(case: Case, step: Step, own: Activation, wanted: Activation) -> Iterator[Hypothesis]:
    names = {own.name, wanted.name}
    before = f"{own.name} in the port, {wanted.name} in Keras"
    yield Hypothesis(
        "log-softmax" if names == {"softmax", "log_softmax"} else "activation-replaced",
        before,
        wanted.expression,
        (Change(step.name, "call", wanted.name, wanted.settings),),
    )
    # The port's own may be no activation but a second one, behind a part of the layer.
    yield from missing(case, wanted)


def extra(step: Step, own: Activation, wanted: Activation) -> Hypothesis:
    has = "no activation" if wanted.name == "linear" else f"{wanted.name} alone"
    return Hypothesis(
        "activation-extra",
        f"the port applies {own.name}, Keras has {has}",
        f"without {step.name}",
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
            f"without {step.name}",
            (left_out(step),),
        )


def written_out(case: Case, wanted: Activation) -> Iterator[Hypothesis]:
    """An activation in elementary steps behind the layer: 0.2 * x + 0.5, clamped."""
    tail: list[Step] = []
    for step in reversed(case.torch):
        if step.variables or not (step.kind in ARITHMETIC or of_step(step)):
            break
        tail.insert(0, step)
    if any(step.kind in ARITHMETIC for step in tail):
        *first, last = tail
        yield Hypothesis(
            "hard-sigmoid" if wanted.name == "hard_sigmoid" else "activation-replaced",
            f"{', '.join(step.name for step in tail)} in the port, {wanted.name} in Keras",
            wanted.expression,
            (
                *(left_out(step) for step in first),
                Change(last.name, "call", wanted.name, wanted.settings),
            ),
        )


def tried(case: Case, present: list[Step]) -> Iterator[Hypothesis]:
    """In place of the port's activation, or at the end."""
    for name in TRIED:
        wanted = Activation(name)
        if not present and name != "linear":
            changes = (Change(case.torch[-1].name, "output", name),)
        elif present and of_step(present[-1]) != wanted:
            changes = (Change(present[-1].name, "call", name),)
        else:
            continue
        yield Hypothesis(
            "hard-sigmoid" if name.startswith("hard_sigmoid") else "activation-replaced",
            f"Keras's function does what {name} does",
            wanted.expression,
            changes,
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
        f"{act.name} {there} {norm.name}",
        (left_out(act), moved),
    )
