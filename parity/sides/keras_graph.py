"""Any Keras model as a straight line of layer calls, whether functional, subclassed or nested.

The model's `call` is run on symbolic tensors, and what has layers inside (a model, or a person's
own layer) is entered rather than called. What comes out is one flat graph of Keras's own layers
and operations, the edges of which are the data flow.
"""

import contextlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.src.backend import set_keras_mask
from keras.src.layers.layer import Layer
from keras.src.ops.node import Node
from keras.src.ops.operation import Operation

from parity.errors import ModelError
from parity.records.comparison import Array, Dtype, Step, Variable
from parity.sides import (
    keras_backend,
    keras_constants,
    keras_described,
    keras_entering,
    keras_foreign,
    keras_functions,
    keras_inference_draws,
    keras_leaks,
    keras_names,
    places,
    returned,
)
from parity.sides.keras_computing import as_dtype, computing_in, functional, is_cast, states_aside
from parity.sides.keras_described import PLAIN
from parity.sides.keras_entering import is_keras
from parity.sides.keras_functions import Known
from parity.sides.program import MODEL_INPUT, Ref, name_of

ALIASES = ("ConvertToTensor", "Identity")  # hand on their input as it is
WRAPPERS = ("TimeDistributed", "SpectralNormalization")
NUMBER = re.compile(r"_\d+$")
OPEN = 3  # in place of a size that Keras does not tell before a pass


@dataclass(frozen=True)
class Call:
    """One layer or operation, with references in place of tensors."""

    step: Step
    operation: Any
    args: Any
    kwargs: Any


class Graph:
    """A Keras model's forward pass on inputs of one shape; a Program (parity/sides/program.py).

    Raises ModelError where Keras cannot build or trace the model.
    """

    def __init__(self, model: Any, inputs: Any, training: bool = False) -> None:
        """inputs: arrays as the model takes them: one, a list, or a dictionary of them."""
        self._model = model
        self._inputs = inputs
        self._training = training
        self.calls: list[Call] = []
        self._refs: dict[int, Ref] = {}
        self._counts: dict[str, int] = {}
        self._constants: dict[int, Variable] = {}  # by the ids of arrays that calls hold
        symbols = keras.tree.map_structure(_symbol, inputs)
        flat = keras.tree.flatten(symbols)
        self._refs = {id(tensor): Ref(MODEL_INPUT, n) for n, tensor in enumerate(flat)}
        if not model.built:  # one that is entered would not come to make what it holds itself
            with contextlib.suppress(Exception):
                model(symbols)
        try:
            with (
                keras_entering.entered(training) as lifted,
                keras_foreign.taken(),
                places.noting(Operation),
                self._handed(),
            ):
                mode = keras_entering.mode(model, training)
                outputs = (
                    model.call(symbols, **mode)
                    if keras_entering.has_inside(model)
                    else model(symbols)
                )
        except Exception as error:
            line = str(error).strip().splitlines()[0]
            raise ModelError(f"Keras cannot run {model.name!r} on these inputs: {line}") from error
        self._lifted = lifted
        self._lasting = {id(x) for inner in functional(model) for x in inner._operations}
        self._names = keras_names.of(model)
        # At inference it is the layer inside of it, and reads nothing else.
        normalised = keras.layers.SpectralNormalization
        inside = (x for x in model._flatten_layers() if isinstance(x, normalised) and x.built)
        self._parts = {id(layer.vector_u) for layer in inside}
        self._attributes = keras_names.attributes(model)
        self._alive = (symbols, outputs)  # an id is a name only while its tensor lives
        flat = keras.tree.flatten(outputs)
        for tensor in flat:
            self._visit(tensor)
        self.outputs = tuple(self._refs[id(tensor)] for tensor in flat)
        named = {id(tensor): key for key, tensor in returned.leaves(outputs)}
        self.keys = tuple(named.get(id(tensor), "") for tensor in flat)
        names = getattr(model, "output_names", None) or ()
        if len(names) == len(flat) and not any(self.keys):
            self.keys = tuple(names)

    def takes(self, number: int) -> tuple[Ref, ...]:
        call = self.calls[number]
        return _refs((call.args, call.kwargs))

    def execute(self, number: int, values: Callable[[Ref], Any], dtype: Dtype) -> list[Any]:
        call = self.calls[number]
        kernels = keras_leaks.NO_FLOAT64[keras.backend.backend()]
        own: Dtype = "float32" if call.step.kind in kernels else dtype
        with self._handed(number):
            try:
                output = _run(call, values, own)
            except Exception:  # it names float32 itself
                if own == "float32":
                    raise
                output = _run(call, values, "float32")
        return [as_dtype(leaf, dtype) for leaf in keras.tree.flatten(output)]

    def _handed(self, number: int | None = None) -> AbstractContextManager[None]:
        """What the model draws at inference, if it does: all of it, or in a call of this number."""
        drawing = self._draws()
        if drawing is None:
            return nullcontext()
        size = keras_inference_draws.size(self._inputs)
        if number is None:
            return drawing.handed(size)
        same = self.calls[number].operation
        turns = [n for n, call in enumerate(self.calls) if call.operation is same]
        return drawing.handed(size, turns.index(number), len(turns))

    def _draws(self) -> keras_inference_draws.InferenceDraws | None:
        """What the model is handed; a training hands it other draws."""
        return None if self._training else keras_inference_draws.of(self._model)

    def _visit(self, tensor: Any) -> None:
        """Record what made this tensor, after what made its arguments: in the order of the data."""
        waiting = [tensor._keras_history.operation._inbound_nodes[tensor._keras_history.node_index]]
        while waiting:
            node = waiting[-1]
            if id(node.output_tensors[0]) in self._refs:
                waiting.pop()
                continue
            known = self._refs.keys() | self._lifted.keys()
            before = [_node(x) for x in node.input_tensors if id(x) not in known]
            if before:
                waiting.extend(reversed(before))
            else:
                self._add(node)
                waiting.pop()

    def _add(self, node: Node) -> None:
        operation = node.operation
        kind = type(operation).__name__
        if kind in ALIASES and not isinstance(operation, Layer):
            self._refs[id(node.output_tensors[0])] = self._refs[id(node.input_tensors[0])]
            return

        def as_ref(leaf: Any) -> Any:
            return self._refs.get(id(leaf)) or self._lifted.get(id(leaf), (leaf, leaf))[1]

        args, kwargs = keras.tree.map_structure(
            as_ref, (node.arguments.args, dict(node.arguments.kwargs))
        )
        if isinstance(operation, Layer) and operation._call_has_training_arg:
            # What a person's own code says outright stays so, as a dropout that is never off.
            kwargs["training"] = self._training or kwargs.get("training") is True
        number = self._again(operation, args, kwargs)
        is_again = number < len(self.calls)
        for leaf, tensor in enumerate(node.output_tensors):
            self._refs[id(tensor)] = Ref(number, leaf)
        if is_again:
            return
        takes = tuple(self._name(ref) for ref in _refs((args, kwargs)))
        shape = tuple(node.output_tensors[0].shape)
        step = self._step(operation, kind, shape, takes, args, kwargs)
        call = Call(step, operation, args, kwargs)
        known = _own_function(call, tuple(node.input_tensors[0].shape)) if takes else None
        call = call if known is None else replace(call, step=_with(step, known))
        if not call.step.is_narrow and _is_own(operation):
            given = {self._refs[id(x)]: x for x in node.input_tensors if id(x) in self._refs}
            with self._handed():
                is_narrow = _rounds(call, given)
            call = replace(call, step=replace(call.step, is_narrow=is_narrow))
        self.calls.append(call)

    def _again(self, operation: Any, args: Any, kwargs: Any) -> int:
        """The number of the call in which a layer was given the same before, or of a new one: what
        draws, or keeps a state, answers otherwise then."""
        is_fixed = not getattr(operation, "stateful", False) and not any(
            "seed_generator" in v.path for v in getattr(operation, "variables", ())
        )
        if is_fixed and not self._training and _are_plain((args, kwargs)):
            for number, call in enumerate(self.calls):
                own = call.args, call.kwargs
                if call.operation is operation and _are_plain(own) and own == (args, kwargs):
                    return number
        return len(self.calls)

    def _step(
        self, operation: Any, kind: str, shape: Any, takes: Any, args: Any, kwargs: Any
    ) -> Step:
        inner = operation.layer if kind in WRAPPERS else operation
        backend = keras.backend.backend()
        owner = inner if isinstance(operation, keras.layers.SpectralNormalization) else operation
        activation = getattr(getattr(inner, "activation", None), "__name__", "")
        is_layer = isinstance(operation, Layer)
        settings = keras_described.settings(owner, args, kwargs) | keras_described.policy(owner)
        constants = [args, kwargs] if is_layer else [args, kwargs, vars(operation)]
        is_rounded = any(map(keras_leaks.is_rounded, keras.tree.flatten(constants)))
        name = self._numbered(operation.name if is_layer else self._lasting_name(operation))
        return Step(
            name,
            type(owner).__name__,
            shape,
            self._attributes.get(id(operation), ""),
            activation="" if activation == "linear" else activation,
            inputs=takes,
            variables=tuple(self.variable(v, owner) for v in operation.variables)
            if is_layer
            else (),
            settings=settings,
            is_narrow=is_rounded
            or (_is_own(operation) and keras_leaks.is_own_narrow(backend, operation))
            or keras_leaks.is_narrow(
                backend,
                kind if owner is not operation else type(inner).__name__,
                activation,
                settings,
            ),
            where=places.built(operation),
            base=keras_described.base(owner, settings),
            constants=self._given(name, (args, kwargs)),
        )

    def _given(self, step: str, given: Any) -> tuple[Variable, ...]:
        """The numbers that a step is given, which no input and no variable is: those that another
        has, too, under the same name."""
        held = [x for x in keras.tree.flatten(given) if keras_described.is_constant(x)]
        for leaf in held:
            made = keras_described.constant(leaf, step, len(self._constants))
            self._constants.setdefault(id(leaf), made)
        return tuple(self._constants[id(leaf)] for leaf in held)

    def variable(self, found: Any, layer: Any = None) -> Variable:
        """What stands for a variable of the model's."""
        return keras_described.variable(found, self.name_of(found), layer, id(found) in self._parts)

    def name_of(self, variable: Any) -> str:
        return self._names.get(id(variable), str(variable.path))

    def _name(self, ref: Ref) -> str:
        return name_of(ref, self.calls)

    def _lasting_name(self, operation: Any) -> str:
        """Without Keras's own number where the operation is made anew in every pass, and counted
        up by it."""
        is_lasting = id(operation) in self._lasting
        return operation.name if is_lasting else NUMBER.sub("", operation.name)

    def _numbered(self, name: str) -> str:
        """A shared layer's second call is another step. Behind a colon stands a value's place."""
        name = name.replace(":", "_")
        self._counts[name] = self._counts.get(name, 0) + 1
        return name if self._counts[name] == 1 else f"{name} ({self._counts[name]})"


def _own_function(call: Call, shape: tuple[int | None, ...]) -> Known | None:
    """The activation that a layer has, or is, by a function of a person's own.

    shape: of what the layer takes; None for a size that Keras leaves open.
    """
    layer = call.operation
    function = getattr(layer, "activation", None)
    if callable(function) and not is_keras(function):
        return keras_functions.recognised(_on_tensors(function))
    is_own = isinstance(layer, keras.layers.Lambda) or not is_keras(layer)
    is_plain = isinstance(layer, Layer) and is_own and not layer.variables and not layer._layers
    if not is_plain or len(_refs((call.args, call.kwargs))) != 1 or call.step.shape != shape:
        return None
    alone = _on_tensors(lambda x: _run(call, lambda _: x, "float64"))
    return keras_functions.recognised(alone, tuple(size or OPEN for size in shape))


def _rounds(call: Call, given: dict[Ref, Any]) -> bool:
    """Does a layer of a person's own round a number to float32 in a float64 model, as
    `ops.cast(0.1, x.dtype)` does? Tried on random values. given: the symbols of what it takes."""
    generator = np.random.default_rng(0)
    values = {ref: _drawn(symbol, generator) for ref, symbol in given.items()}

    def run() -> list[Any]:
        return list(keras.tree.flatten(_run(call, values.__getitem__, "float64")))

    try:
        # Of whole numbers alone, as of positions, no small step of an input would show it.
        is_of_whole = not call.step.variables and not any(map(_is_float, values.values()))
        return keras_leaks.are_narrow(run(), is_of_whole) or keras_constants.are_rounded(run)
    except Exception:  # it takes other values, or names float32 itself
        return False


def _is_float(tensor: Any) -> bool:
    return "float" in keras.backend.standardize_dtype(tensor.dtype)


def _drawn(symbol: Any, generator: np.random.Generator) -> Any:
    shape = tuple(size or OPEN for size in symbol.shape)
    is_float = "float" in str(symbol.dtype)
    found = generator.normal(size=shape) if is_float else generator.integers(0, 2, shape)
    return ops.convert_to_tensor(found, "float64" if is_float else symbol.dtype)


def _is_own(operation: Any) -> bool:
    """A layer of a person's own, or one that calls a person's function."""
    is_lambda = isinstance(operation, keras.layers.Lambda)
    return isinstance(operation, Layer) and (is_lambda or not is_keras(operation))


def _on_tensors(function: Callable[[Any], Any]) -> Callable[[Array], Array]:
    return lambda x: ops.convert_to_numpy(function(ops.convert_to_tensor(x, "float64")))


def _with(step: Step, known: Known) -> Step:
    """The step of a layer whose own function is that activation; without weights, it is no more."""
    kind = step.kind if step.variables else "Activation"
    return replace(
        step,
        kind=kind,
        activation=known.name,
        settings={**step.settings, "activation": known.config},
        is_narrow=step.is_narrow
        or (
            known.is_keras
            and keras_leaks.is_narrow(keras.backend.backend(), kind, known.name, step.settings)
        ),
    )


def _run(call: Call, values: Callable[[Ref], Any], dtype: Dtype) -> Any:
    def value(leaf: Any) -> Any:
        found = values(leaf) if isinstance(leaf, Ref) else leaf
        return as_dtype(found, dtype)

    args, kwargs = keras.tree.map_structure(value, (call.args, call.kwargs))
    if isinstance(call.operation, keras.layers.MultiHeadAttention):
        _mark(args, kwargs)
    if isinstance(call.operation, Layer):
        with computing_in(call.operation, dtype), states_aside(call.operation, dtype):
            return keras_backend.called(call.operation, *args, **kwargs)
    return ops.cast(args[0], dtype) if is_cast(call.operation) else call.operation(*args, **kwargs)


def _mark(args: Any, kwargs: Any) -> None:
    """Keras's attention takes the mask of its queries from them alone, whatever it is given."""
    mask = kwargs.get("query_mask")
    if mask is not None:
        set_keras_mask(args[0] if args else kwargs["query"], mask)


def _symbol(array: Array) -> Any:
    return keras.Input(batch_shape=array.shape, dtype=str(array.dtype))


def _node(tensor: Any) -> Node:
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _are_plain(given: Any) -> bool:
    return all(isinstance(x, (Ref, *PLAIN)) for x in keras.tree.flatten(given))


def _refs(tree: Any) -> tuple[Ref, ...]:
    return tuple(leaf for leaf in keras.tree.flatten(tree) if isinstance(leaf, Ref))
