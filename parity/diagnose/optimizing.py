"""Optimizers: another hyperparameter, or Keras's at another place in the update."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from parity.diagnose.left import Figures, left
from parity.diagnose.rates import Rates, differs, of_rates
from parity.diagnose.remedies import Remedy, Trial, explain
from parity.records.budget import UNLIMITED, Budget
from parity.records.comparison import Finding, Setting
from parity.records.optimizers import BY_NATURE, L2, OURS
from parity.records.training import AS_IT_IS, Otherwise, Remade

CAUSES = {
    "learning_rate": "learning-rate",
    "epsilon": "adam-epsilon",
    "weight_decay": "weight-decay",
    "amsgrad": "amsgrad",
    "nesterov": "sgd-nesterov",
    "centered": "optimizer-update",
    **dict.fromkeys(("clipnorm", "global_clipnorm", "clipvalue"), "clipnorm"),
}
EPSILONS = {"RMSprop": "rmsprop-epsilon", "Adagrad": "adagrad-defaults"}
SLIGHT = 1e-3  # of an update
NATURE = {"SGD": "sgd-momentum", **EPSILONS}


@dataclass(frozen=True)
class DifferingOptimizer:
    """settings: the first names the optimizers; module: of the port's; under: the updates when the
    port's optimizer is made otherwise, as it trains otherwise; rates: of learning, Keras's and the
    port's, step by step; epoch: its steps; constraints: Keras's, as of Otherwise."""

    figures: Figures
    settings: tuple[Setting, ...]
    module: str
    under: Callable[[Remade, Otherwise], Figures]
    rates: Rates = ((), ())
    epoch: int = 0
    constraints: tuple[tuple[str, str, dict[str, Any]], ...] = ()


def find(subject: DifferingOptimizer, budget: Budget = UNLIMITED) -> Finding:
    names = subject.settings[0]
    trials = _trials(subject)
    return explain("optimizer", names.keras, names.torch, subject.figures, trials, budget)


def _trials(subject: DifferingOptimizer) -> Iterator[Trial]:
    """Settings one by one and together; then Keras's own update, with either side's settings."""
    kinds, *settings = subject.settings
    unequal = [setting for setting in settings if not setting.equal and not _is_schedule(setting)]
    otherwise = list(_otherwise(subject))
    for remedy, changed in otherwise:
        yield Trial((remedy,), (partial(subject.under, Remade(), changed),))
    for setting in unequal:
        yield _trial(subject, ((_remedy(setting, kinds.keras), _made(setting)),))
    if len(unequal) > 1:
        yield _trial(subject, _one_by_one(unequal, kinds.keras))
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
        told = ", ".join(f"{name} to {kind}" for name, kind, _ in subject.constraints)
        fix = "the line that the gate `training` tells for each, in front of nothing else"
        cause, says = _of_constraints(subject)
        remedy = Remedy(cause, f"Keras holds {told} after each step; {says}", fix)
        yield remedy, Otherwise(constraints=subject.constraints)


def _of_constraints(subject: DifferingOptimizer) -> tuple[str, str]:
    names = {name for name, _, _ in subject.constraints}
    held = [f for f in subject.figures if names & set(f.torch_name.split(" + "))]
    largest = max((float(np.abs(f.keras).max(initial=0.0)) for f in held), default=0.0)
    if held and left(held).gap < SLIGHT * largest:
        return "max-norm-epsilon", "the port scales by another formula, that is nearly the same"
    return "max-norm-lost", "the port does not, or over another axis"


def _with_keras_update(
    subject: DifferingOptimizer, kinds: Setting, unequal: list[Setting], nature: Steps
) -> Iterator[Trial]:
    """What differs in the update of the port's own class is told by what else must differ."""
    kind = kinds.keras
    if not nature:
        says = f"the port's {kinds.torch} makes another update than Keras's {kind}"
        own = Remedy("optimizer-update", says, f"parity.semantics.{kind}(...)")
        yield _trial(subject, ((own, Remade(kind=kind)),))
    everything = Remade({s.name: s.keras for s in unequal}, kind)
    if unequal and nature:
        made: dict[str, object] = {}
        steps = []
        for setting in unequal:
            made |= {setting.name: setting.keras}
            steps.append((_remedy(setting, kind), Remade(dict(made), kind)))
        yield _trial(subject, (*nature, *steps))
    elif unequal:
        fix = f"parity.semantics.{kind}({_fix(unequal)})"
        remedy = Remedy(_cause(unequal[-1], kind), _says(unequal), fix)
        yield _trial(subject, ((remedy, everything),))


def _by_nature(subject: DifferingOptimizer, kinds: Setting, settings: list[Setting]) -> Steps:
    """What torch.optim does otherwise, whatever its settings."""
    own = kinds.torch.rpartition(".")[2]
    if subject.module.startswith(OURS) or not subject.module.startswith("torch.optim"):
        return ()
    ours = f"parity.semantics.{kinds.keras}(...)"
    if own.removesuffix("W") != kinds.keras.removesuffix("W"):
        says = f"{own} in the port, {kinds.keras} in Keras"
        return ((Remedy("optimizer-replaced", says, ours), Remade(kind=kinds.keras)),)
    found: list[tuple[Remedy, Remade]] = []
    decay = next((s for s in settings if s.name == "weight_decay"), None)
    if decay is not None and decay.torch and decay.note == L2 and own == "Adam":
        fix = "torch.optim.AdamW(...), or parity.semantics." + kinds.keras
        found.append((Remedy("weight-decay", L2, fix), Remade(kind="torch.optim.AdamW")))
    says = BY_NATURE.get(own, f"torch's {own} is another than Keras's")
    found.append((Remedy(_nature_of(own), says, ours), Remade(kind=kinds.keras)))
    return tuple(found)


def _one_by_one(unequal: list[Setting], kind: str) -> Steps:
    made: dict[str, object] = {}
    steps = []
    for setting in unequal:
        made |= {setting.name: setting.keras}
        steps.append((_remedy(setting, kind), Remade(dict(made))))
    return tuple(steps)


def _made(setting: Setting) -> Remade:
    return Remade({setting.name: setting.keras})


def _remedy(setting: Setting, kind: str) -> Remedy:
    return Remedy(_cause(setting, kind), _says([setting]), _fix([setting]))


def _cause(setting: Setting, kind: str) -> str:
    if setting.name == "epsilon":
        return EPSILONS.get(kind, CAUSES["epsilon"])
    return CAUSES.get(setting.name, "optimizer-betas")


def _nature_of(kind: str) -> str:
    return NATURE.get(kind, "adam-epsilon")


def _says(settings: list[Setting]) -> str:
    return "; ".join(f"{s.name} is {s.torch!r} in the port, {s.keras!r} in Keras" for s in settings)


def _fix(settings: list[Setting]) -> str:
    return ", ".join(f"{setting.name}={setting.keras!r}" for setting in settings)
