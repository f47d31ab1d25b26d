"""A person's torch module, lent for training: with tensors, gradients and an optimizer's state of
its own for a while, in a float type of its own, and handed back as it was."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from parity.errors import ModelError
from parity.records.comparison import Dtype
from parity.records.otherwise import Remade
from parity.records.own_training import Training
from parity.semantics import conventions
from parity.sides import torch_lent, torch_remade, uncut
from parity.sides.torch_modules import own_tensors
from parity.sides.torch_plain import as_default

COUNTS = ("step", "iterations")  # an optimizer's, of the steps that it has made


class Lent:
    """One training's state of a module that several trainings share."""

    def __init__(
        self, module: nn.Module, held: Mapping[str, Tensor], dtype: Dtype, training: Training
    ) -> None:
        """held: what the module is lent in place of its own tensors. Raises ModelError where the
        optimizer is none for this."""
        self._module, self._dtype = module, dtype
        self._interval = training.scheduler_interval
        self._tensors = {n: _in(dtype, held.get(n, x.data)) for n, x in own_tensors(module)}
        self._gradients: dict[str, Tensor | None] = {}
        self._is_inside = False
        self.epoch = 0.0, 0  # the losses and the samples of an epoch so far
        self._states: list[_State] = []
        self._attributes: dict[nn.Module, dict[str, Any]] = {}
        with self.entered():
            self.arranged = _arranged(training.optimizer, module)
            self.optimizers = _optimizers(self.arranged, module)
            self.scheduler = training.scheduler
            if callable(self.scheduler) and not hasattr(self.scheduler, "step"):
                self.scheduler = self.scheduler(self.optimizers[0])
            self._pristine = [_fresh(x, dtype) for x in self.optimizers]
            state = self.scheduler and deepcopy(self.scheduler.state_dict())
            self._scheduled = deepcopy(state)
            self._begun = self.attributes
        every = zip(self.optimizers, self._pristine, strict=True)
        self._states = [_State(x, _copied(pristine)) for x, pristine in every]
        if self.scheduler is not None:
            self._states.append(_State(self.scheduler, state, self.scheduler.load_state_dict))

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """The module holds this state."""
        if self._is_inside:
            yield
            return
        module, dtype = self._module, self._dtype
        computing = torch_lent.eagerly(), uncut.whole(module)
        with torch_lent.as_it_was(module), as_default(dtype), computing[0], computing[1]:
            theirs = [(x, x.data, x.grad) for _, x in own_tensors(module)]
            self._is_inside = True
            for inner, attributes in self._attributes.items():
                vars(inner).update(attributes)
            try:
                for name, tensor in own_tensors(module):
                    tensor.grad = None
                    tensor.data = self._tensors[name]
                    tensor.grad = self._gradients.get(name)
                with contextlib.ExitStack() as lent:
                    for state in self._states:
                        lent.enter_context(state.held())
                    yield
            finally:
                self._is_inside = False
                mine = list(own_tensors(module))
                self._tensors = {name: tensor.data for name, tensor in mine}
                self._gradients = {name: tensor.grad for name, tensor in mine}
                self._attributes = {x: _plain(x) for x in module.modules()}
                for tensor, data, gradient in theirs:
                    tensor.grad = None
                    tensor.data = data
                    tensor.grad = gradient

    def begin(self) -> None:
        """Optimizers, scheduler and counts as they were given."""
        for optimizer, pristine in zip(self.optimizers, self._pristine, strict=True):
            vars(optimizer).update(_copied(pristine))
        if self.scheduler is not None:
            self.scheduler.load_state_dict(deepcopy(self._scheduled))
        self.epoch = 0.0, 0
        self._module.zero_grad()
        self.restore(self._begun)

    def fresh(self, place: int = 0) -> Optimizer:
        """An optimizer as it was given, beside the one that trains."""
        own = self.optimizers[place]
        made: Optimizer = object.__new__(type(own))
        vars(made).update(vars(own))
        vars(made).pop("step", None)  # which a scheduler put there, and is the other's
        vars(made).update(_copied(self._pristine[place]))
        return made

    @property
    def attributes(self) -> dict[nn.Module, dict[str, Any]]:
        """What modules hold beside tensors and modules, as a count of batches."""
        return {x: dict(_plain(x)) for x in self._module.modules()}

    def restore(self, attributes: dict[nn.Module, dict[str, Any]]) -> None:
        """Give modules back what they held."""
        for inner, held in attributes.items():
            for name in _plain(inner).keys() - held.keys():  # it came later
                del vars(inner)[name]
            vars(inner).update(held)

    @contextlib.contextmanager
    def remade(self, wanted: Remade) -> Iterator[None]:
        """The optimizers begin anew, made otherwise, where a person's own step calls them."""
        first = 0
        parameters = dict(self._module.named_parameters())
        with contextlib.ExitStack() as stack:
            for place, optimizer in enumerate(self.optimizers):
                fresh = self.fresh(place)
                if wanted.added and not place:
                    own = {n: x for n, x in fresh.param_groups[0].items() if n != "params"}
                    more = [parameters[name] for name in wanted.added]
                    fresh.add_param_group({**own, "params": more, torch_remade.OF: 0})
                still = {parameters[name] for name in wanted.undecayed}
                other = torch_remade.remade(fresh, wanted, first, still)
                first += len(fresh.param_groups)
                mine = {"state": other.state, "param_groups": other.param_groups}
                steps = {"step": other.step} if wanted.kind else {}
                stack.enter_context(_State(optimizer, mine | steps).held())
            yield

    @property
    def is_by_loss(self) -> bool:
        """Does the scheduler go by the loss of an epoch?"""
        return isinstance(self.scheduler, ReduceLROnPlateau)

    def scheduled(self, is_epoch: bool, loss: float | None = None, samples: int = 0) -> None:
        """After a step of this loss, where one is known; is_epoch: with which an epoch ends."""
        if self.is_by_loss:
            if loss is not None:
                self._by_loss(is_epoch, loss, samples)
        elif self.scheduler is not None and (self._interval == "step" or is_epoch):
            with self._own_groups():
                self.scheduler.step()

    def _by_loss(self, is_epoch: bool, loss: float, samples: int) -> None:
        total, count = self.epoch[0] + loss * samples, self.epoch[1] + samples
        if is_epoch:
            with self._own_groups():
                self.scheduler.step(total / count)
        self.epoch = (0.0, 0) if is_epoch else (total, count)

    @contextlib.contextmanager
    def _own_groups(self) -> Iterator[None]:
        """A scheduler knows the port's groups alone; those of a diagnosis follow theirs."""
        whole = [optimizer.param_groups for optimizer in self.optimizers]
        for optimizer, pristine in zip(self.optimizers, self._pristine, strict=True):
            optimizer.param_groups = optimizer.param_groups[: len(pristine["param_groups"])]
        try:
            yield
        finally:
            for optimizer, groups in zip(self.optimizers, whole, strict=True):
                optimizer.param_groups = groups
                for group in groups:
                    if torch_remade.OF in group:
                        group["lr"] = groups[group[torch_remade.OF]]["lr"]


class _State:
    """The attributes of an object, exchanged for others for a while."""

    def __init__(
        self, owner: Any, mine: dict[str, Any], load: Callable[[Any], None] | None = None
    ) -> None:
        self._owner, self._mine, self._load = owner, mine, load

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        owner = self._owner
        theirs = dict(vars(owner))
        if self._load is None:
            vars(owner).update(self._mine)
        else:
            kept = deepcopy(owner.state_dict())
            self._load(self._mine)
        try:
            yield
        finally:
            if self._load is None:
                self._mine = {name: vars(owner)[name] for name in self._mine}
            else:
                self._mine = deepcopy(owner.state_dict())
                self._load(kept)
            vars(owner).clear()
            vars(owner).update(theirs)


def _in(dtype: Dtype, tensor: Tensor) -> Tensor:
    """A copy, floats in this dtype."""
    is_float = tensor.dtype in torch_lent.FLOATS
    return tensor.detach().to(getattr(torch, dtype) if is_float else tensor.dtype, copy=True)


def _plain(module: nn.Module) -> dict[str, Any]:
    plain = (bool, int, float, str, type(None))
    return {n: x for n, x in vars(module).items() if isinstance(x, plain)}


def _arranged(given: Any, module: nn.Module) -> Any:
    """The optimizers as they were given, one or a list or dictionary of them; made, where a
    callable makes them."""
    if isinstance(given, dict):
        return {name: _arranged(one, module) for name, one in given.items()}
    if isinstance(given, list | tuple):
        return [_arranged(one, module) for one in given]
    if isinstance(given, Optimizer) or not callable(given):
        return given
    try:
        return given(module.parameters())
    except (AttributeError, TypeError):  # as a part of them was asked for: it takes the module
        return given(module)


def _optimizers(arranged: Any, module: nn.Module) -> list[Optimizer]:
    several = list(arranged.values()) if isinstance(arranged, dict) else arranged
    if isinstance(several, list | tuple) and several:
        return [_optimizer(one, module) for one in several]
    return [_optimizer(several, module)]


def _optimizer(found: Any, module: nn.Module) -> Optimizer:
    if not isinstance(found, Optimizer):
        raise ModelError(
            f"optimizer={found!r}: give a torch optimizer of the module's parameters, or a "
            "callable(parameters) that makes one"
        )
    own = {id(x) for x in module.parameters()}
    if not any(id(x) in own for group in found.param_groups for x in group["params"]):
        raise ModelError(
            "the optimizer holds no parameter of this module; make it of module.parameters()"
        )
    return found


def _fresh(optimizer: Optimizer, dtype: Dtype) -> dict[str, Any]:
    """Its state and groups, with the floats of a parameter's state in the parameter's float type.

    Raises ModelError where it has made steps: Keras's starts anew.
    """
    counts = [
        s[name]
        for s in (*optimizer.state.values(), *optimizer.param_groups)
        for name in COUNTS
        if name in s
    ]
    if any(float(count) > 0 for count in counts):
        raise ModelError(
            "the optimizer has made steps before, and Keras's has none; give a new one, or a "
            "callable(parameters) that makes one"
        )
    found = _copied({"state": optimizer.state, "param_groups": optimizer.param_groups}, dtype)
    hold_as_keras(optimizer, found["param_groups"])
    return found


def hold_as_keras(optimizer: Optimizer, groups: Iterable[dict[str, Any]]) -> None:
    """Round in these groups what Keras rounds to float32 in float64, too: SGD's momentum on
    tensorflow. Nobody trains in float64 but a check."""
    if isinstance(optimizer, torch.optim.SGD) and conventions.keras_backend() == "tensorflow":
        for group in groups:
            group["momentum"] = float(np.float32(group["momentum"]))


def _copied(mine: dict[str, Any], dtype: Dtype | None = None) -> dict[str, Any]:
    """Nothing that a step changes in place is shared; the parameters are."""

    def own(value: Any, is_widened: bool) -> Any:
        if not isinstance(value, Tensor):
            return deepcopy(value)
        return _in(dtype, value) if dtype and is_widened else value.detach().clone()

    state: dict[Any, Any] = defaultdict(dict)
    for parameter, of in mine["state"].items():
        # A count of steps stays what it is.
        state[parameter] = {
            name: own(value, getattr(value, "shape", ()) == parameter.shape)
            for name, value in of.items()
        }
    groups = [
        {
            name: list(value) if name == "params" else own(value, is_widened=True)
            for name, value in group.items()
        }
        for group in mine["param_groups"]
    ]
    return {"state": state, "param_groups": groups}
