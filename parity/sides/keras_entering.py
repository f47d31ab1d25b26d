"""Symbolic tensors that go through a Keras model step into whatever has layers inside.

A TimeDistributed layer is the layer in it, of all steps as samples: a port has it so, too.
"""

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops
from keras.src.backend import compute_output_spec, get_keras_mask, set_keras_mask
from keras.src.backend.common.symbolic_scope import in_symbolic_scope
from keras.src.layers.layer import Layer
from keras.src.models.functional import Functional
from keras.src.ops.node import Node

OWN = ("keras.src.", "keras.")
Lifted = dict[int, tuple[Any, Any]]  # a symbol, and the numbers that it stands for
SEQUENCE = 3  # axes of a sequence of features, of which each layer works on the last


@contextlib.contextmanager
def entered(training: bool) -> Iterator[Lifted]:
    """While symbolic tensors go through, step into whatever has layers inside.

    A layer that is given a model's own numbers alone, as latents that are learned, is given symbols
    in their place: it would be done with before the pass, and nothing told of its weights. So is
    one that is given them beside a symbol, as a token to be joined: Keras compares their shapes,
    which are of two kinds. Which symbols stand for which numbers is what this hands out, by the
    symbols' ids.

    What cannot be run symbolically (its `call` uses a backend's own functions) is called whole. A
    layer of a person's own is asked for its shapes by its `call`: Keras may never have asked what
    it declares, as that is of a layer in a layer that declares its own.
    """
    original, declared = Layer.__call__, Layer.compute_output_spec
    adjusted = Functional._adjust_input_rank
    unfolded: dict[int, tuple[Any, Any]] = {}  # by its id, a sequence, and its steps as samples
    lifted: Lifted = {}
    handed: dict[int, Any] = {}  # by its id, a mask that a layer which is entered hands on

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        for symbol in _symbols((args, kwargs)):
            # Keras takes what is multiplied by a number to be sparse, and so is refused by layers.
            symbol._sparse = False
        if has_inside(self):
            # A functional model tells every layer, and Keras's own `__call__` those that ask.
            asked = kwargs if self._call_has_training_arg else _without_training(kwargs)
            with contextlib.suppress(Exception):
                masks = _masks(self, args, asked)
                found = self.call(*args, **{**mode(self, training), **asked, **masks})
                _hand_on_mask(self, found, args, masks, handed)
                return found
        if _is_of_each_step(self, args, kwargs, training):
            with contextlib.suppress(Exception):
                return _of_each_step(self.layer, args[0], unfolded, mode(self.layer, training))
        if not in_symbolic_scope():  # where all are the backend's
            if is_keras(self) and (_symbols((args, kwargs)) or (self.built and self.weights)):
                lift = lambda x: _lifted(x, lifted)  # noqa: E731
                args, kwargs = keras.tree.map_structure(lift, (args, kwargs))
            if self.built and self.variables and not _symbols((args, kwargs)):
                with contextlib.suppress(Exception):
                    return _of_constants(self, args, kwargs)
        taken = _of_entered(self, args, kwargs, handed)
        found = _sized(self, original(self, *args, **{**kwargs, **taken}), args, kwargs)
        if isinstance(self, keras.layers.MultiHeadAttention):  # as its `call` does
            for symbol in _symbols((args, kwargs)):
                set_keras_mask(symbol, None)
        return found

    def spec(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_keras(self):
            with contextlib.suppress(Exception):
                return compute_output_spec(self.call, *args, **kwargs)
        return declared(self, *args, **kwargs)

    def ranked(self: Any, flat: Any) -> Any:
        return adjusted(self, list(map(_of_rank, flat, self._inputs)))

    Layer.__call__, Layer.compute_output_spec = call, spec
    Functional._adjust_input_rank = ranked
    try:
        yield lifted
    finally:
        Layer.__call__, Layer.compute_output_spec = original, declared
        Functional._adjust_input_rank = adjusted


def _without_training(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name != "training"}


def _of_constants(layer: Any, args: Any, kwargs: Any) -> Any:
    """What a layer gives of what depends on no input, as a table of positions: it would be a number
    of nobody's weights."""
    found = layer.compute_output_spec(*args, **kwargs)
    Node(operation=layer, call_args=args, call_kwargs=kwargs, outputs=found)
    return found


def _masks(layer: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """The masks that Keras hands a layer beside its tensors, under the rules of `Layer.__call__`:
    as `mask` where one argument holds all tensors, else each as NAME_mask."""
    call = inspect.signature(layer.call)
    given = call.bind(*args, **kwargs).arguments
    holding = {name: value for name, value in given.items() if _symbols(value)}
    one = len(holding) == 1
    wanted = {"mask" if one else f"{name}_mask": value for name, value in holding.items()}
    return {
        name: keras.tree.map_structure(get_keras_mask, value)
        for name, value in wanted.items()
        if name in call.parameters and given.get(name) is None
    }


def _hand_on_mask(
    layer: Any, found: Any, args: Any, masks: dict[str, Any], handed: dict[int, Any]
) -> None:
    """As `Layer.__call__` does behind the `call` of a layer that supports masks."""
    if layer.supports_masking and args:
        before = masks.get("mask", keras.tree.map_structure(get_keras_mask, args[0]))
        layer._set_mask_metadata(args[0], found, before)
        own = (get_keras_mask(symbol) for symbol in _symbols(found))
        handed.update({id(mask): mask for mask in own if mask is not None})


def _of_entered(layer: Any, args: Any, kwargs: Any, handed: dict[int, Any]) -> dict[str, Any]:
    """The masks among a layer's that an entered one handed on: no step of the pass leaves them on
    what it gives, so that they are values like others."""
    with contextlib.suppress(Exception):  # it names nothing, or takes its tensors otherwise
        return {n: mask for n, mask in _masks(layer, args, kwargs).items() if id(mask) in handed}
    return {}


def _lifted(leaf: Any, lifted: Lifted) -> Any:
    """A symbol for numbers that a model makes of what it holds; other things as they are."""
    if not keras.ops.is_tensor(leaf) or "float" not in keras.backend.standardize_dtype(leaf.dtype):
        return leaf
    symbol = keras.KerasTensor(leaf.shape, leaf.dtype)
    lifted[id(symbol)] = symbol, leaf
    return symbol


def _of_rank(given: Any, taken: Any) -> Any:
    """Without, or with, a last axis of length one, as a model takes it: where Keras adjusts that
    itself, it hands on the result as if it were the input, and the graph never ends there."""
    rank = None if given is None else len(given.shape) - len(taken.shape)
    if rank == 1 and given.shape[-1] == 1:
        return ops.squeeze(given, -1)
    return ops.expand_dims(given, -1) if rank == -1 and taken.shape[-1] == 1 else given


def _is_of_each_step(layer: Any, args: Any, kwargs: Any, training: bool) -> bool:
    """Does a layer run another on each step of an unmasked sequence of maps?

    In training mode a normalisation takes the statistics of one step: it stays as it is.
    """
    if not isinstance(layer, keras.layers.TimeDistributed) or not layer.built:
        return False
    is_masked = kwargs.get("mask") is not None or getattr(args[0], "_keras_mask", None) is not None
    is_of_maps = len(args) == 1 and len(args[0].shape) > SEQUENCE
    moves = training and any("seed" not in v.path for v in layer.layer.non_trainable_variables)
    return is_of_maps and not is_masked and not moves


def _of_each_step(
    layer: Any, sequence: Any, unfolded: dict[int, tuple[Any, Any]], trains: dict[str, bool]
) -> Any:
    """unfolded: what came of such layers before; it is added to."""
    length, sizes = sequence.shape[1], sequence.shape[2:]
    _, steps = unfolded.get(id(sequence), (None, None))
    found = layer(ops.reshape(sequence, (-1, *sizes)) if steps is None else steps, **trains)
    again = ops.reshape(found, (-1, length, *found.shape[1:]))
    unfolded[id(again)] = again, found
    return again


def _sized(layer: Any, result: Any, args: Any, kwargs: Any) -> Any:
    """The result, with the sizes that a layer says are open though what it takes has all of them;
    or that it says of one value that it takes, where another has more samples.

    An EinsumDense does where its `output_shape` has a None; a reshape further on that is written
    with the sizes of what it takes would keep that None, and could not be run. An Attention of one
    query for all samples says that it gives one sample.
    """
    leaves, given = _symbols(result), _symbols((args, kwargs))
    is_unsaid = any(map(_is_open, leaves)) or _are_unlike((args, kwargs))
    if is_unsaid and given and not any(map(_is_open, given)):
        with contextlib.suppress(Exception):
            whole = _symbols(compute_output_spec(layer.call, *args, **kwargs))
            for leaf, found in zip(leaves, whole, strict=True):
                leaf._shape = tuple(found.shape)
    return result


def _are_unlike(given: Any) -> bool:
    """Do some values have more samples than others?"""
    shapes = [tuple(getattr(x, "shape", ())) for x in keras.tree.flatten(given)]
    return len({shape[0] for shape in shapes if shape}) > 1


def _symbols(tree: Any) -> list[Any]:
    return [x for x in keras.tree.flatten(tree) if isinstance(x, keras.KerasTensor)]


def _is_open(symbol: Any) -> bool:
    return None in symbol.shape


def mode(layer: Any, training: bool) -> dict[str, bool]:
    """What tells a layer's `call` that it trains; without it, Keras takes it to infer. A functional
    model is told that it infers, too: so it has its layers do, whatever they were called with."""
    is_told = training or isinstance(layer, Functional)
    return {"training": training} if is_told and layer._call_has_training_arg else {}


def has_inside(layer: Any) -> bool:
    """A model, or a layer of a person's own with layers in it. Keras's own layers are whole."""
    if isinstance(layer, keras.Model):
        return True
    return bool(layer._layers) and not is_keras(layer)


def is_keras(thing: Any) -> bool:
    """Is this a function or a layer of Keras's own?"""
    return (getattr(thing, "__module__", "") or "").startswith(OWN)
