"""Optimizers: another hyperparameter, or Keras's at another place in the update."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from parity.diagnose import constrained, parting
from parity.diagnose.constrained import Constraints
from parity.diagnose.left import Figures
from parity.diagnose.rates import Rates, differs, of_rates
from parity.diagnose.remedies import Remedy, Trial, explain
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Finding, Setting
from parity.records.optimizers import ARITHMETIC, BY_NATURE, L2, NEUTRAL, OURS
from parity.records.otherwise import AS_IT_IS, NOT_CLIPPED, Clipping, Otherwise, Remade

CLIPPINGS = ("clipnorm", "global_clipnorm", "clipvalue")
CAUSES = {
    "learning_rate": "learning-rate",
    "epsilon": "adam-epsilon",
    "weight_decay": "weight-decay",
    **dict.fromkeys(
        ("beta_1", "beta_2", "momentum", "rho", "momentum_decay", "beta_2_decay"), "optimizer-betas"
    ),
    "amsgrad": "amsgrad",
    "nesterov": "sgd-nesterov",
    **dict.fromkeys(("centered", ARITHMETIC), "optimizer-update"),
    "gradient_accumulation_steps": "accumulation",
    "initial_accumulator_value": "adagrad-defaults",
    **dict.fromkeys(("use_ema", "ema_momentum", "ema_overwrite_frequency"), "weights-averaged"),
    **dict.fromkeys(CLIPPINGS, "clipnorm"),
}
OF = {
    "clipnorm": "each variable's gradient as one",
    "global_clipnorm": "the gradients of all variables as one",
    "clipvalue": "each number of a gradient by itself",
}
ZEROED = (
    "zero-grad-late",
    "the port sets gradients to zero, or to None, between their pass and its optimizer's step",
    "optimizer.zero_grad(), ahead of loss.backward()",
)
ADDED = (
    "clipnorm",
    "torch's clip_grad_norm_ divides by the norm + 1e-6, Keras by the norm",
    "gradient * (limit / norm.clamp(min=limit))",
)
EPSILONS = {"RMSprop": "rmsprop-epsilon", "Adagrad": "adagrad-defaults"}
NATURE = {
    "SGD": "sgd-momentum",
    **EPSILONS,
    **dict.fromkeys(("Adam", "AdamW", "Adamax"), "adam-epsilon"),
}


@dataclass(frozen=True)
class DifferingOptimizer:
    """settings: the first names the optimizers; module: of the port's; under: the updates when the
    port's optimizer is made otherwise, as it trains otherwise; rates: of learning, Keras's and the
    port's, step by step; epoch: its steps; constraints: Keras's, as of Otherwise; unmoved: what no
    optimizer of the port's moves; clipping, accumulated: as Keras does; is_stepped: has the port a
    step of its own? is_sliced, extra: as of `parting.Parted`."""

    figures: Figures
    settings: tuple[Setting, ...]
    module: str
    under: Callable[[Remade, Otherwise], Figures]
    rates: Rates = ((), ())
    epoch: int = 0
    constraints: Constraints = ()
    unmoved: tuple[str, ...] = ()
    clipping: Clipping = NOT_CLIPPED
    accumulated: int = 1
    is_stepped: bool = False
    is_sliced: bool = False
    extra: tuple[tuple[str, str], ...] = ()


def find(subject: DifferingOptimizer, budget: Budget = UNLIMITED) -> Finding:
    names = subject.settings[0]
    trials = _trials(subject)
    found = explain("optimizer", names.keras, names.torch, subject.figures, trials, budget)
    given = subject.figures, subject.constraints
    return constrained.told(
        found, *given, lambda x: subject.under(Remade(), Otherwise(constraints=x))
    )


def _trials(subject: DifferingOptimizer) -> Iterator[Trial]:
    """Settings one by one and together; then Keras's own update, with either side's settings."""
    kinds = subject.settings[0]
    settings = [setting for setting in subject.settings if setting.name != "optimizer"]
    unequal = [setting for setting in settings if not setting.equal and not _is_schedule(setting)]
    unequal.sort(key=lambda setting: setting.torch is None)  # its default may be Keras's
    yield from _unmoved(subject)
    if subject.is_stepped:
        remedy = parting.INCOMPLETE
        complete = Otherwise(complete=subject.clipping)
        yield Trial((remedy,), (partial(subject.under, Remade(), complete),))
        stepped = list(parting.without(subject.extra))
        if subject.is_sliced:
            stepped.append((parting.SQUARED_APART, Otherwise(is_sparse=True)))
        for remedy, changed in stepped:
            yield Trial((remedy,), (partial(subject.under, Remade(), changed),))
    otherwise = list(_otherwise(subject))
    for remedy, changed in otherwise:
        yield Trial((remedy,), (partial(subject.under, Remade(), changed),))
    for setting in unequal:
        yield _trial(subject, ((_remedy(setting, kinds.keras), Remade((setting,))),))
    yield from _decaying(settings, kinds.keras, subject)
    yield from _clipped(subject)
    yield from _accumulated(subject)
    yield from _clipped_and_accumulated(subject)
    if len(unequal) > 1:
        yield _trial(subject, _one_by_one(unequal, kinds.keras))
    every = [setting for setting in subject.settings if setting.name == "optimizer"]
    for one in every if len(every) > 1 else ():  # of groups of parameters
        nature = _by_nature(subject, one, settings)
        own = [setting for setting in unequal if {*setting.groups} & {*one.groups}]
        for steps in (nature, (*nature, *_one_by_one(own, one.keras, one.keras))):
            if nature:
                yield _trial(subject, tuple((x, replace(y, of=one.groups)) for x, y in steps))
    nature = _by_nature(subject, kinds, settings)
    for remedy, changed in otherwise:  # beside what else is another
        for steps in filter(None, (_one_by_one(unequal, kinds.keras), nature)):
            remedies = remedy, *(one for one, _ in steps)
            trials = [partial(subject.under, Remade(), changed)]
            trials += [partial(subject.under, remade, changed) for _, remade in steps]
            yield Trial(remedies, tuple(trials))
    if nature:
        yield _trial(subject, nature)
    yield from _with_keras_update(subject, kinds, unequal, nature)


Steps = tuple[tuple[Remedy, Remade], ...]


def _trial(subject: DifferingOptimizer, steps: Steps) -> Trial:
    return Trial(
        tuple(remedy for remedy, _ in steps),
        tuple(partial(subject.under, remade, AS_IT_IS) for _, remade in steps),
    )


def _is_schedule(setting: Setting) -> bool:
    """Rates say what it does."""
    return isinstance(setting.keras, dict)


def _otherwise(subject: DifferingOptimizer) -> Iterator[tuple[Remedy, Otherwise]]:
    """What a training does beside the optimizer's own update."""
    if differs(subject.rates):
        yield of_rates(subject.rates, subject.epoch), Otherwise(rates=subject.rates[0])
    if subject.constraints:
        remedy = constrained.remedy(subject.constraints)
        yield remedy, Otherwise(constraints=subject.constraints)


def _unmoved(subject: DifferingOptimizer) -> Iterator[Trial]:
    names = subject.unmoved
    if names:
        says = f"no optimizer of the port's has {', '.join(names)}"
        remedy = Remedy("not-optimized", says, "an optimizer of model.parameters()")
        yield _trial(subject, ((remedy, Remade(added=names)),))


def _decaying(settings: list[Setting], kind: str, subject: DifferingOptimizer) -> Iterator[Trial]:
    """As much as in Keras, but of other parameters."""
    for setting in settings:
        if setting.name == "weight_decay" and setting.equal and setting.keras:
            says = "in Keras not all weights decay, which its optimizer was told to exclude"
            fix = "two groups of parameters, one of them with weight_decay=0"
            yield _trial(subject, ((Remedy("weight-decay", says, fix), Remade((setting,))),))


def _clipped(subject: DifferingOptimizer) -> Iterator[Trial]:
    """As Keras does it, ahead of the port's optimizer and in the place of what its step does."""
    by = subject.clipping
    own = [replace(x, keras=None) for x in subject.settings if x.name in CLIPPINGS and x.torch]
    if subject.is_stepped:
        yield _done(subject, Otherwise(is_kept=True), *ZEROED)
    if by.how:
        if subject.is_stepped:
            yield _done(subject, Otherwise(is_exact=True), *ADDED)
        told = f"Keras clips by {by.how}={by.limit:g}, {OF[by.how]}"
        remedy = Remedy("clipnorm", f"{told}; the port clips otherwise, or not", told)
        steps = partial(subject.under, Remade(tuple(own)), Otherwise(clipping=by))
        yield Trial((remedy,), (steps,))
    elif subject.is_stepped:
        says, fix = "the port clips gradients, Keras does not", "a step without it"
        yield _done(subject, Otherwise(clipping=by), "clipnorm", says, fix)


def _accumulated(subject: DifferingOptimizer) -> Iterator[Trial]:
    every = subject.accumulated
    if not subject.is_stepped:
        return
    told = f"every {every} batches" if every > 1 else "with each batch"
    for factor in dict.fromkeys((1 / every, 1.0)):
        says = f"Keras makes a step {told}, of the mean of their gradients; the port does otherwise"
        fix = f"(loss / {every}).backward(), and optimizer.step(), optimizer.zero_grad() {told}"
        yield _done(subject, Otherwise(accumulated=(every, factor)), "accumulation", says, fix)


def _clipped_and_accumulated(subject: DifferingOptimizer) -> Iterator[Trial]:
    """Both, of a port's own step."""
    every = subject.accumulated
    for one in _clipped(subject) if subject.is_stepped and every > 1 else ():
        for factor, other in zip((1 / every, 1.0), _accumulated(subject), strict=True):
            both = Otherwise(clipping=subject.clipping, accumulated=(every, factor))
            steps = partial(subject.under, Remade(), both)
            yield Trial((*one.remedies, *other.remedies), (one.steps[0], steps))


def _done(
    subject: DifferingOptimizer, otherwise: Otherwise, cause: str, says: str, fix: str
) -> Trial:
    return Trial((Remedy(cause, says, fix),), (partial(subject.under, Remade(), otherwise),))


def _with_keras_update(
    subject: DifferingOptimizer, kinds: Setting, unequal: list[Setting], nature: Steps
) -> Iterator[Trial]:
    """What differs in the update of the port's own class is told by what else must differ."""
    kind = kinds.keras
    if not nature:
        says = f"the port's {kinds.torch} makes another update than Keras's {kind}"
        is_ours = subject.module.startswith(OURS)
        is_other = is_ours and _family(kinds.torch) != _family(kind)
        cause = "optimizer-replaced" if is_other else "optimizer-update"
        own = Remedy(cause, says, f"parity.semantics.{kind}(...)")
        yield _trial(subject, ((own, Remade(kind=kind)),))
    everything = Remade(tuple(unequal), kind)
    if unequal and nature:
        yield _trial(subject, (*nature, *_one_by_one(unequal, kind, kind)))
    elif unequal:
        fix = f"parity.semantics.{kind}({_fix(unequal)})"
        remedy = Remedy(_cause(unequal[-1], kind), _says(unequal), fix)
        yield _trial(subject, ((remedy, everything),))


def _by_nature(subject: DifferingOptimizer, kinds: Setting, settings: list[Setting]) -> Steps:
    """What torch.optim does otherwise, whatever its settings."""
    own = kinds.torch.rpartition(".")[2]
    if not kinds.torch.startswith("torch."):
        return ()
    ours = f"parity.semantics.{kinds.keras}(...)"
    if _family(own) != _family(kinds.keras):
        says = f"{own} in the port, {kinds.keras} in Keras"
        return ((Remedy("optimizer-replaced", says, ours), Remade(kind=kinds.keras)),)
    found = [*_one_by_one([s for s in settings if s.name in NEUTRAL and not s.equal], own)]
    decay = next((s for s in settings if s.name == "weight_decay"), None)
    if decay is not None and decay.torch and decay.note == L2:
        is_adam = own == "Adam"  # which torch has with a decay apart, too
        fix = "torch.optim.AdamW(...), or parity.semantics." + kinds.keras if is_adam else ours
        kind = "torch.optim.AdamW" if is_adam else kinds.keras
        found.append((Remedy("weight-decay", L2, fix), Remade(kind=kind)))
    says = BY_NATURE.get(own, f"torch's {own} is another than Keras's")
    found.append((Remedy(_nature_of(own), says, ours), Remade(kind=kinds.keras)))
    return tuple(found)


def _one_by_one(unequal: list[Setting], kind: str, made: str = "") -> Steps:
    """Each with those before it. made: the optimizer's class meanwhile."""
    return tuple(
        (_remedy(setting, kind), Remade(tuple(unequal[: place + 1]), made))
        for place, setting in enumerate(unequal)
    )


def _remedy(setting: Setting, kind: str) -> Remedy:
    return Remedy(_cause(setting, kind), _says([setting]), _fix([setting]))


def _cause(setting: Setting, kind: str) -> str:
    if setting.name == "epsilon":
        return EPSILONS.get(kind, CAUSES["epsilon"])
    return CAUSES.get(setting.name, "optimizer-setting")


def _nature_of(kind: str) -> str:
    return NATURE.get(kind, "optimizer-update")


def _family(kind: str) -> str:
    """One name for AdamW and Adam, and for torch's NAdam and Keras's Nadam."""
    return kind.removesuffix("W").lower()


def _says(settings: list[Setting]) -> str:
    return "; ".join(
        f"{s.name} is {s.torch!r} in the port{_where(s)}, {s.keras!r} in Keras" for s in settings
    )


def _where(setting: Setting) -> str:
    """Of which of its optimizers' groups of parameters, counted from 1."""
    places = ", ".join(str(place + 1) for place in setting.groups)
    return f" (group {places})" if places else ""


def _fix(settings: list[Setting]) -> str:
    return ", ".join(f"{setting.name}={setting.keras!r}" for setting in settings)
