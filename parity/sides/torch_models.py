"""The PyTorch side, first part: torch.nn modules that are built, run and read."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from parity.errors import ModelError, SideError
from parity.records.answers import Answer
from parity.records.comparison import Array, Dtype, LowPrecision, Trace
from parity.records.inputs import Arguments
from parity.records.interventions import Change
from parity.records.low_pass import LowPass
from parity.records.otherwise import AS_IT_IS, Otherwise
from parity.records.pair import Source, is_twin_file
from parity.records.training import RandomLayer
from parity.sides import (
    modules,
    places,
    torch_calling,
    torch_computed,
    torch_inference_draws,
    torch_lazy,
    torch_lent,
    torch_low,
    torch_own,
    torch_plain,
    torch_record,
    torch_sources,
    twin_file,
)
from parity.sides.batches import Feed, nothing
from parity.sides.changed import Changed
from parity.sides.program import Pass, Program
from parity.sides.tape import Tape
from parity.sides.torch_arrays import array
from parity.sides.torch_lent import Makers
from parity.sides.torch_modules import own_tensors, variables
from parity.sides.torch_outside import Outside
from parity.sides.torch_seeds import devices
from parity.sides.torch_trained import Lent
from parity.sides.torch_training import InTraining
from parity.sides.twin_file import TwinFile
from parity.sides.verbs import Inputs
from parity.sides.walking import Walk, Walking, in_training

PREDICT_BATCH = 1000


@dataclass
class Held:
    """A model under a key, with what training it needs."""

    twin: TwinFile
    model: nn.Module
    dtype: Dtype
    is_own: bool = True  # made here; False for a person's live object
    raw: Array = field(default_factory=nothing)
    labels: Array = field(default_factory=nothing)
    feed: Feed | None = None
    loss: Callable[[Tensor, Tensor], Tensor] | None = None
    optimizer: torch.optim.Optimizer | None = None
    marked: dict[str, Any] | None = None
    overridden: dict[str, Tensor] = field(default_factory=dict)  # what a live module is lent
    whole: frozenset[str] = frozenset()  # the classes that were not looked into when presented
    data: TwinFile = twin_file.NONE  # whose `prepare`, `target` and `corrupt` it is shown
    loop: Any = None  # of the session's lane
    lent: Lent | None = None  # a training of a live module, which several share
    otherwise: Otherwise = AS_IT_IS  # what its training does so in a diagnosis
    watching: tuple[Outside, ...] = ()  # see what its loss is computed with
    # The parameters right behind the optimizers of its own last step; none, where none made one.
    moved: dict[str, Tensor] | None = None
    rates: dict[int, float] = field(default_factory=dict)  # of learning, by steps that were made
    is_widened: bool = False  # does its own code run in float64 only where that is forced on it?
    lazy: nn.Module | None = None  # as it was given, where inputs give its weights their shapes
    is_placed: bool = False  # do the samples lie where the loop takes them from?

    @property
    def is_stepped(self) -> bool:
        """Has the port a training step of its own?"""
        own = self.feed.session.own if self.feed else None
        return own is not None and own.training.step is not None

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]:
        """All that move its weights."""
        if self.lent is not None:
            return self.lent.optimizers
        return [self.optimizer] if self.optimizer is not None else []

    def entered(self) -> AbstractContextManager[None]:
        """The module holds the weights that are trained under this key."""
        return nullcontext() if self.lent is None else self.lent.entered()


class TorchModels(Walking):
    name = "torch"

    def __init__(self, device: str = "cpu") -> None:
        """device: "cpu", "cuda", or "auto" for cuda where there is one."""
        cuda = torch.cuda.is_available()
        if device == "cuda" and not cuda:
            raise SideError("torch side: no CUDA device was found; use --device cpu")
        self._device = torch.device("cuda" if cuda and device != "cpu" else "cpu")
        # Products in TF32 would make a float32 comparison one of 10-bit mantissas.
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        self._held: dict[str, Held] = {}
        self._walks: dict[str, Walk] = {}

    def describe(self) -> dict[str, Any]:
        cuda = self._device.type == "cuda"
        return {
            "torch": str(torch.__version__),
            "device": torch.cuda.get_device_name() if cuda else "cpu",
            "threads": torch.get_num_threads(),
            "tf32": False,
        }

    def open(
        self,
        key: str,
        source: Source,
        dtype: Dtype = "float32",
        seed: int = 0,
        weights: str = "",
        data: str = "",
    ) -> None:
        """Hold the module that `source` is or names under `key`.

        dtype: of a twin file's module. seed: of the weights of what is built here. weights: a state
        dict to load. data: a twin file whose data the module is shown in place of its own. Raises
        ModelError where there is no such module, or the file does not fit.
        """
        twin = twin_file.read(source) if is_twin_file(source) else twin_file.NONE
        is_live = isinstance(source, nn.Module)
        if not is_live:
            torch.manual_seed(seed)
        with places.noting(nn.Module):
            model = twin.build() if is_twin_file(source) else torch_sources.find(source)
        if is_twin_file(source):
            model = model.to(self._device, getattr(torch, dtype)).eval()
        elif not is_live and self._device.type != "cpu":
            model = model.to(self._device)
        else:
            self._device = next((x.device for _, x in own_tensors(model)), self._device)
        if weights:
            torch_sources.read_weights(model, weights)
        shown = twin_file.read(data) if data else twin
        lazy = model if torch_lazy.is_lazy(model) else None
        self._held[key] = Held(twin, model, dtype, is_own=not is_live, data=shown, lazy=lazy)
        if isinstance(source, modules.Factory):
            self.assign(key, source.weights)

    def share(self, key: str, other: str, dtype: Dtype) -> None:
        held = self._held[key]
        self._held[other] = replace(held, dtype=dtype, overridden={})

    def close(self, key: str) -> None:
        self._held.pop(key, None)
        self._forget(key)

    def weights(self, key: str, names: Sequence[str] | None = None) -> dict[str, Array]:
        held = self._held[key]
        if held.lent is not None:
            with held.entered():
                own = {n: array(x) for n, x in own_tensors(held.model)}
            return {n: x for n, x in own.items() if names is None or n in names}
        chosen = None if names is None else set(names)
        tensors = dict(own_tensors(held.model))
        for name, one in torch_computed.of(held.model).items():
            if (chosen is None or name in chosen) and name not in held.overridden:
                tensors[name] = one.value()
        return {
            name: array(tensor)
            for name, tensor in (tensors | held.overridden).items()
            if chosen is None or name in chosen
        }

    def assign(self, key: str, weights: dict[str, Array]) -> None:
        """Raises ModelError where a tensor has another shape, or cannot be computed."""
        model = self._held[key].model
        tensors, computed = dict(own_tensors(model)), torch_computed.of(model)
        found: dict[str, Tensor] = {}
        for name, given in weights.items():
            shape = (computed[name].value() if name in computed else tensors[name]).shape
            if tuple(shape) != given.shape:
                raise ModelError(f"`{name}`: got {given.shape}, need {tuple(shape)}")
            try:
                value = torch.as_tensor(given, device=self._device)
                found |= computed[name].inverse(value) if name in computed else {name: value}
            except torch_computed.CannotBeError as error:
                raise ModelError(f"`{name}` cannot be set: {error}") from error
        with self._held[key].entered(), torch.no_grad():
            for name, value in found.items():
                tensors[name].copy_(value)

    def filled(self, key: str, weights: dict[str, Array]) -> dict[str, Array]:
        model = self._held[key].model
        kept = [(tensor, tensor.detach().clone()) for _, tensor in own_tensors(model)]
        try:
            self.assign(key, weights)
            state = model.state_dict()
            return {name: array(x) for name, x in state.items() if isinstance(x, Tensor)}
        finally:
            with torch.no_grad():
                for tensor, value in kept:
                    tensor.copy_(value)

    def prepared(self, key: str, raw: Array) -> Array:
        held = self._held[key]
        inputs: Array = held.data.prepare(raw, held.dtype)
        return inputs

    def _record(self, held: Held, x: Any) -> tuple[Tape, Trace]:
        """Run the model as it stands, training or not, and write the pass down."""
        tape = Tape(held.model, *(x.values() if isinstance(x, dict) else (x,)))
        error = ""
        try:
            with torch.no_grad(), tape:
                output = torch_own.called(held.model, x)
                tape.leave_model()
                held.twin.predicted(output)
        except Exception as broken:
            error = f"{type(broken).__name__}: {broken}"
        steps = tuple(call.step for call in tape.calls)
        owned = variables(held.model)
        return tape, Trace(steps, tape.inputs, tape.outputs, owned, error, tape.outside)

    def present(
        self,
        key: str,
        inputs: Inputs,
        whole: tuple[str, ...] = (),
        training: bool = False,
        changes: Sequence[Change] = (),
    ) -> Trace:
        held = self._held[key]
        held.whole = frozenset(whole)
        makers = self._makers(inputs, None)
        if held.lazy is not None:  # anew: other inputs may give its weights other shapes
            shaped = torch_lazy.shaped(held.lazy, makers)
            for other in self._held.values():
                if other.lazy is held.lazy:
                    other.model, other.overridden = shaped, {}
        prediction = held.twin.prediction
        asked = held.model, makers, prediction, held.whole, training, changes
        tape, trace = torch_record.record(*asked)
        if trace.error.startswith(IndexError.__name__) and not changes:
            bounded = torch_record.record(*asked, is_bounded=True)
            if not bounded[1].error:
                tape, trace = bounded[0], replace(bounded[1], short=trace.error)
        tape.overridden = held.overridden
        if training:
            program = InTraining(tape, devices(held.model)).under(changes)
            self._enter(in_training(key), program, list(inputs.values()))
        else:
            self._enter(key, Changed(tape, changes) if changes else tape, list(inputs.values()))
        return trace

    def draw_as(self, key: str, layers: tuple[RandomLayer, ...]) -> None:
        torch_inference_draws.draw_as(self._held[key].model, layers)

    def arguments(self, key: str) -> Arguments:
        return torch_calling.arguments(self._held[key].model)

    def override_weights(self, key: str, weights: dict[str, Array]) -> dict[str, str]:
        held = self._held[key]
        computed = torch_computed.of(held.model)
        tensors = {n: self._tensor(array) for n, array in weights.items() if n not in computed}
        unheld: dict[str, str] = {}
        for name in weights.keys() & computed.keys():
            value = self._tensor(weights[name])
            try:
                held.overridden |= {**computed[name].inverse(value), name: value}
            except torch_computed.CannotBeError as error:
                unheld[name] = str(error)
                if error.instead is not None:
                    held.overridden[name] = error.instead.to(value.dtype)
        if held.is_own:  # made here, so that no second copy of its weights is needed
            self.assign(key, {name: weights[name] for name in weights if name not in unheld})
        else:
            held.overridden.update(tensors)
        return unheld

    def predict_by(self, key: str, activations: Mapping[int, tuple[str, int]]) -> None:
        held = self._held[key]
        prediction = partial(torch_own.activated, activations) if activations else None
        held.twin = replace(held.twin, prediction=prediction)

    def is_faithful(self, key: str, inputs: Inputs) -> bool:
        tape = self._walks[key].program
        assert isinstance(tape, Tape | Changed)
        with torch_lent.unfused():
            (plain,) = self.answer(key, inputs, "float32", changes=tape.changes)
        given = [self._tensor_in(array, "float32") for array in inputs.values()]
        going = Pass(tape, given, "float32", Counter(tape.results))
        try:
            going.reach(max((ref.call for ref in tape.results), default=-1))
            replayed = [array(going.read(ref)) for ref in tape.results]
        except Exception:  # what cannot be played again was not recorded as it is
            return False
        returned = [part.value for part in plain.parts if part.value is not None]
        return all(any(_same(x, y) for y in returned) for x in replayed)

    def answer(
        self,
        key: str,
        inputs: Inputs,
        dtype: Dtype,
        then: Inputs | None = None,
        changes: Sequence[Change] = (),
    ) -> tuple[Answer, ...]:
        held = self._held[key]
        row = [self._makers(x, dtype) for x in (inputs, then) if x is not None]
        prediction, lent = held.twin.predicted, held.overridden
        return torch_plain.answers(held.model, row, lent, dtype, prediction, changes, held.whole)

    def answer_moved(
        self, key: str, inputs: Inputs, seed: int, changes: Sequence[Change] = ()
    ) -> Answer:
        held = self._held[key]
        made, prediction = self._makers(inputs, "float64"), held.twin.predicted
        given = (held.overridden, seed, prediction, changes, held.whole)
        return torch_plain.moved(held.model, made, *given)

    def low_answer(
        self, key: str, inputs: Inputs, dtype: LowPrecision, changes: Sequence[Change] = ()
    ) -> Answer:
        held = self._held[key]
        makers = {kind: self._makers(inputs, kind) for kind in (dtype, "float32")}
        prediction, lent = held.twin.predicted, held.overridden
        return torch_low.answer(held.model, makers, lent, dtype, prediction, changes, held.whole)

    def watch_low(self, key: str, inputs: Inputs, dtype: LowPrecision) -> LowPass:
        held = self._held[key]
        makers = self._makers(inputs, dtype)
        return torch_low.watched(held.model, makers, held.overridden, dtype, held.whole)

    def _makers(self, inputs: Inputs, dtype: Dtype | LowPrecision | None) -> Makers:
        """How each input is made, floats in this dtype: a module may change it in place."""

        def maker(array: Array) -> Callable[[], Tensor]:
            return lambda: self._tensor(array) if dtype is None else self._tensor_in(array, dtype)

        return {name: maker(array) for name, array in inputs.items()}

    def predict(self, key: str, raw: Array, noise_key: tuple[int, ...] | None) -> Array:
        held = self._held[key]
        return self._predict(held, held.data.inputs(raw, held.dtype, noise_key))

    def _predict(self, held: Held, x: Array) -> Array:
        held.model.eval()
        outputs = []
        with torch.no_grad():
            for first in range(0, len(x), PREDICT_BATCH):
                output = held.model(self._tensor(x[first : first + PREDICT_BATCH]))
                outputs.append(held.twin.predicted(output).cpu().numpy())
        return np.concatenate(outputs)

    def _tensor_in(self, array: Array, dtype: Dtype | LowPrecision) -> Any:
        is_float = np.issubdtype(array.dtype, np.floating)
        tensor = self._tensor(array)
        return tensor.to(getattr(torch, dtype)) if is_float else tensor

    def _array_of(self, value: Any) -> Array:
        return array(value)

    def _changed(self, program: Program, changes: Sequence[Change]) -> Program:
        if isinstance(program, InTraining | Changed):
            return program.under(changes)
        assert isinstance(program, Tape)
        return Changed(program, changes)

    def _tensor(self, array: Array) -> Tensor:
        """A tensor of its own, as a module may change it in place; contiguous, as a person's data
        are: convolutions hand the order of memory on, and `view` minds it. It lies in torch's
        memory, not in NumPy's: matrix products round by how their factors are aligned."""
        # A copy: what is contiguous to NumPy may have any stride along an axis of length one.
        return torch.tensor(np.array(array, order="C")).to(self._device)

    def _synchronise(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()
