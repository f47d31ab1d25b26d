"""The Keras side, second part: a model's optimizers, their settings, and a training's state."""

from collections.abc import Iterator
from typing import Any

import keras

from parity.numerics import draws
from parity.records.comparison import Array
from parity.records.optimizers import ARITHMETIC
from parity.sides import keras_compiled, keras_names
from parity.sides.keras_callbacks import Callbacks
from parity.sides.keras_models import Held, KerasModels, State, array

GLOBAL = ""  # the owner of slots that belong to no variable: iterations, Nadam's product

Slots = dict[str, dict[str, Array]]  # role -> variable -> value


class KerasOptimizers(KerasModels):
    def _trainable(self, held: Held) -> list[str]:
        """The names of the variables that are trained, in the optimizer's order."""
        names = {id(v): name for name, v in keras_names.named(held.model).items()}
        return [names[id(v)] for v in held.model.trainable_variables]

    def rates(self, key: str, count: int) -> tuple[float, ...]:
        """The learning rates of steps 1, 2, ... of a fresh training."""
        held = self._held[key]
        if held.callbacks is not None:
            return self._foreseen(held, held.callbacks, count)
        with held.entered():
            optimizer = next(iter(_optimizers(held.model)))
            rate = optimizer._learning_rate
            if not callable(rate):
                return (float(array(rate.value)),) * count
            every = optimizer.gradient_accumulation_steps or 1
            return tuple(float(array(rate(step // every))) for step in range(count))

    def _foreseen(self, held: Held, callbacks: Callbacks, count: int) -> tuple[float, ...]:
        assert held.feed is not None
        epoch = draws.steps_per_epoch(len(held.feed.raw), held.feed.session.batch_size)
        state = _state(held)
        with held.entered():
            found = callbacks.foreseen(count, epoch)
        _go_to(held, state)
        return found

    def rates_made(self, key: str) -> tuple[float, ...]:
        """Of the steps of a training that callbacks followed; none where there are none."""
        callbacks = self._held[key].callbacks
        return callbacks.made(len(callbacks.rates)) if callbacks else ()

    def hyperparameters(self, key: str) -> list[dict[str, Any]]:
        held = self._held[key]
        names = {id(v): name for name, v in keras_names.named(held.model).items()}
        found = []
        with held.entered():
            for optimizer in _optimizers(held.model):
                settings = optimizer.get_config()
                settings.pop("name")
                moved = {names[id(v)]: v for v in optimizer._trainable_variables}
                still = [name for name, v in moved.items() if not optimizer._use_weight_decay(v)]
                own = {
                    "variables": [*moved],
                    "undecayed": still,
                    ARITHMETIC: keras.backend.backend(),
                }
                found.append({"optimizer": type(optimizer).__name__, **settings, **own})
        return found

    def slots(self, key: str) -> Slots:
        found: Slots = {}
        held = self._held[key]
        with held.entered():
            for slot, role, owner in _slots(held.model):
                found.setdefault(role, {})[owner] = array(slot.value).copy()
        return found

    def mark(self, key: str) -> None:
        held = self._held[key]
        held.marked = _state(held)

    def restore(self, key: str) -> None:
        held = self._use(key)
        assert held.marked is not None
        _go_to(held, held.marked)

    def adopt(self, key: str, weights: dict[str, Array], slots: Slots) -> None:
        held = self._use(key)
        self.assign(key, weights)
        with held.entered():
            for slot, role, owner in _slots(held.model):
                if role in slots:
                    slot.assign(slots[role][owner])

    def swap(self, key: str) -> None:
        held = self._use(key)
        here = _state(held), held.marked
        values, held.marked = held.aside or here
        _go_to(held, values)
        held.aside = here


def _slots(model: Any) -> Iterator[tuple[Any, str, str]]:
    """The optimizer's own variables: each with its role and the path of the weight it serves."""
    owners = {v.path.replace("/", "_") + "_": v.path for v in model.trainable_variables}
    for optimizer in _optimizers(model):
        listed = _listed(optimizer)
        for slot in optimizer.variables:
            if id(slot) in listed and not slot.name.startswith(tuple(owners)):
                yield slot, *listed[id(slot)]
                continue
            # The longest: one path may begin as another does.
            owner = max((x for x in owners if slot.name.startswith(x)), key=len, default=GLOBAL)
            if slot.name != "learning_rate":
                yield slot, _role(slot, owner, optimizer), owners.get(owner, GLOBAL)


def _listed(optimizer: Any) -> dict[int, tuple[str, str]]:
    """What an optimizer has a list of, one for each variable that it moves: Adafactor's means have
    no names of their own."""
    moved = optimizer._trainable_variables
    return {
        id(slot): (name.lstrip("_"), variable.path)
        for name, slots in vars(optimizer).items()
        if isinstance(slots, list) and len(slots) == len(moved) and name != "_variables"
        for slot, variable in zip(slots, moved, strict=True)
    }


def _role(slot: Any, owner: str, optimizer: Any) -> str:
    """What a variable of an optimizer is for: its name says it, or the attribute that holds it."""
    if owner or not slot.name.startswith("variable"):
        return str(slot.name.removeprefix(owner))
    names = (name for name, value in vars(optimizer).items() if value is slot)
    return str(next(names, slot.name)).lstrip("_")


def _optimizers(model: Any) -> list[Any]:
    """Those that move weights."""
    return [x for x in keras_compiled.optimizers(model).values() if x.built]


def _everything(held: Held) -> list[Any]:
    """Every variable that training moves."""
    slots = [v for optimizer in _optimizers(held.model) for v in optimizer.variables]
    return [*held.model.variables, *slots]


def _state(held: Held) -> State:
    with held.entered():
        values = [array(variable.value).copy() for variable in _everything(held)]
    return values, held.callbacks and held.callbacks.state


def _go_to(held: Held, state: State) -> None:
    values, kept = state
    with held.entered():
        for variable, value in zip(_everything(held), values, strict=True):
            variable.assign(value)
    if held.callbacks is not None:
        held.callbacks.go_to(kept)
