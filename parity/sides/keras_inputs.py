"""What inputs a Keras model takes: shapes, dtypes, and which elements are looked up in a table.

Whether a number is an index is not for its `Input` to say, whose dtype is a float's unless somebody
thought of it. So numbered elements are sent through the model, and it is watched where they arrive.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras.src.layers.layer import Layer

from parity.records.comparison import Array
from parity.records.inputs import InputSpec, Shape, closed, halved
from parity.sides.keras_entering import is_keras
from parity.sides.keras_graph import Call, Graph
from parity.sides.keras_sources import arranged
from parity.sides.program import MODEL_INPUT, Ref

NAMELESS = re.compile(r"(keras_tensor|input|input_layer)(_\d+)?")  # Keras's own names
WHOLE = "int32"
COMPARED = ("Equal", "NotEqual")
SUMS = ("Abs", "Absolute", "Square", "Sum", "Max", "Mean", "Any")

Said = tuple[Shape, str]  # of an input, and its dtype
Arrival = tuple[int, Array]  # how many a table knows, and what is looked up in it


def specs(model: Any, shape: tuple[int, ...] | None = None) -> dict[str, InputSpec]:
    """What a model takes, by name, in the order in which it takes it; nothing where it does not
    say, and no shape of one sample is given.

    Names are those of a dictionary of inputs, in their alphabet's order, which is Keras's; those
    that a person gave; otherwise numbers.
    """
    found = _said(model)
    if shape is not None and len(found) < 2:
        kind = next((kind for _, kind in found.values()), keras.config.floatx())
        found = {next(iter(found), "0"): ((None, *shape), kind)}
    kinds = {name: kind for name, (_, kind) in found.items()}
    found, graph = _runnable(model, found, kinds)
    sizes = _sizes(found)
    bounds, masks = _watched(model, graph, sizes, kinds)
    are_items = not found.keys() <= {"0"} and isinstance(_structure(model), Mapping)
    return {
        name: _spec(InputSpec(one, kind, bounds[name], are_items, mask_value=masks.get(name)))
        for name, (one, kind) in found.items()
    }


def _runnable(
    model: Any, found: dict[str, Said], kinds: dict[str, str]
) -> tuple[dict[str, Said], Graph | None]:
    """Shapes that the model can be run on, and its graph then; as they are, where it can on none:
    what cannot be run here says so where it is compared."""
    even = {name: (halved(shape), kind) for name, (shape, kind) in found.items()}
    for said in (found, even) if even != found else (found,):
        with contextlib.suppress(Exception):
            return said, _traced(model, _sizes(said), kinds)
    return found, None


def _sizes(found: dict[str, Said]) -> dict[str, tuple[int, ...]]:
    return {name: (shape[0] or 1, *closed(shape)) for name, (shape, _) in found.items()}


def _spec(found: InputSpec) -> InputSpec:
    assert found.below is not None
    if not found.below.any():
        return replace(found, below=None)
    return replace(found, dtype=WHOLE) if found.below.all() and found.dtype != "bool" else found


def _structure(model: Any) -> Any:
    """In what the model takes its inputs, by name where that is a dictionary."""
    said = getattr(model, "_inputs_struct", None)
    return _built_with(model) if said is None else said


def _said(model: Any) -> dict[str, Said]:
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, dict):
        tensors = dict(sorted(structure.items()))
    else:
        several = keras.tree.flatten(getattr(model, "inputs", None) or [])
        tensors = dict(zip(_names([x.name for x in several]), several, strict=True))
    if tensors:
        return {name: (tuple(x.shape), str(x.dtype)) for name, x in tensors.items()}
    return _built_with(model)


def _names(names: list[str]) -> list[str]:
    """A person's own, if all are; else numbers."""
    are_given = not any(NAMELESS.fullmatch(name) or name.isdecimal() for name in names)
    if are_given and len(set(names)) == len(names):
        return names
    return [str(number) for number in range(len(names))]


def _built_with(model: Any) -> dict[str, Said]:
    """The shapes that a model of a person's own class was called with before."""
    known = getattr(model, "_build_shapes_dict", None) or {}
    given = next(iter(known.values()), None) if len(known) == 1 else None
    named = given if isinstance(given, Mapping) else {"0": given}
    if not all(_is_shape(shape) for shape in named.values()):
        return {}
    floats = keras.config.floatx()
    return {name: ((None, *shape[1:]), floats) for name, shape in sorted(named.items())}


def _is_shape(found: Any) -> bool:
    return isinstance(found, tuple) and all(n is None or isinstance(n, int) for n in found)


def _watched(
    model: Any, graph: Graph | None, sizes: dict[str, tuple[int, ...]], kinds: dict[str, str]
) -> tuple[dict[str, Array], dict[str, float]]:
    """For each element of a sample of these inputs, how many whole numbers it may be, 0 for any;
    and what steps of them are left out by."""
    vocabulary = _vocabulary(model)
    masks: dict[str, float] = {}
    found = {name: np.zeros(size[1:], np.int64) for name, size in sizes.items()}
    with contextlib.suppress(Exception):
        if graph is not None:
            masks = _masks(graph, [*sizes])
            found = _bounds(graph, sizes, kinds)
    for name, below in found.items():
        if kinds[name].startswith(("int", "uint")) and vocabulary and not below.any():
            below[...] = vocabulary  # on its way to a table it is changed: no more is known
    return found, masks


def _masks(graph: Graph, names: list[str]) -> dict[str, float]:
    """What a Masking layer leaves out of an input, or a number that its elements are compared with,
    as they are or summed up."""
    found: dict[str, float] = {}
    for number, call in enumerate(graph.calls):
        mark = _mark(call)
        taken = graph.takes(number)
        while mark is not None and len(taken) == 1 and taken[0].call != MODEL_INPUT:
            before = taken[0].call
            is_summed = graph.calls[before].step.kind in SUMS and mark == 0
            taken = graph.takes(before) if is_summed else ()
        if mark is not None and len(taken) == 1:
            found.setdefault(names[taken[0].leaf], mark)
    return found


def _mark(call: Call) -> float | None:
    if isinstance(call.operation, keras.layers.Masking):
        return float(call.operation.mask_value)
    numbers = [x for x in call.args if isinstance(x, int | float)]
    return float(numbers[0]) if call.step.kind in COMPARED and len(numbers) == 1 else None


def _vocabulary(model: Any) -> int:
    """How many integers the smallest embedding of the model knows; 0 where it has none."""
    tables = [x for x in model._flatten_layers() if isinstance(x, keras.layers.Embedding)]
    return min((table.input_dim for table in tables), default=0)


def _traced(model: Any, sizes: dict[str, tuple[int, ...]], kinds: dict[str, str]) -> Graph:
    """Raises what Keras does."""
    numbers = np.arange(_total(sizes))
    with _entered():
        return Graph(model, arranged(model, _numbered(numbers, sizes, kinds)))


def _total(sizes: dict[str, tuple[int, ...]]) -> int:
    """How many elements these inputs have, and one more, as a loop of one has no other order."""
    return sum(int(np.prod(size)) for size in sizes.values()) + 1


def _numbered(
    numbers: Array, sizes: dict[str, tuple[int, ...]], kinds: dict[str, str]
) -> dict[str, Array]:
    """These numbers, but for the last one, as the model takes them."""
    ends = np.cumsum([int(np.prod(size)) for size in sizes.values()])
    parts = np.split(numbers[:-1], ends[:-1])
    return {
        name: part.reshape(size).astype(kinds[name])
        for (name, size), part in zip(sizes.items(), parts, strict=True)
    }


def _bounds(
    graph: Graph, sizes: dict[str, tuple[int, ...]], kinds: dict[str, str]
) -> dict[str, Array]:
    """The bounds of the elements that arrive at a table as they are."""
    total = _total(sizes)
    plain = np.arange(total)
    # In another order, in which nothing keeps its place: what arrives in both is the element.
    circle = np.random.default_rng(0).permutation(total)
    other = np.empty(total, np.int64)
    other[circle] = np.roll(circle, -1)
    below = np.zeros(total, np.int64)
    if any(_table(call, graph) for call in graph.calls):
        orders = (plain, other)
        both = [_arrivals(graph, _numbered(numbers, sizes, kinds)) for numbers in orders]
        for (count, once), (_, again) in zip(*both, strict=True):
            is_place = (once >= 0) & (once < total) & (once == np.floor(once))
            places = once[is_place].astype(np.int64)
            places = places[other[places] == again[is_place]]
            known = below[places]
            below[places] = np.where(known == 0, count, np.minimum(known, count))
    whole = dict.fromkeys(kinds, "int64")
    # One sample's; of an input of no axes, an array as well.
    return {name: np.array(found[0]) for name, found in _numbered(below, sizes, whole).items()}


def _arrivals(graph: Graph, inputs: dict[str, Array]) -> list[Arrival]:
    """What is looked up in each table, as far as no weights are needed to say it."""
    values = {
        Ref(MODEL_INPUT, n): keras.ops.convert_to_tensor(x) for n, x in enumerate(inputs.values())
    }
    found: list[Arrival] = []
    for number, call in enumerate(graph.calls):
        taken = graph.takes(number)
        table = _table(call, graph)
        needed = taken[-1:] if table else taken
        if not taken or any(ref not in values for ref in needed):
            continue
        if table:
            looked_up = keras.ops.convert_to_numpy(values[taken[-1]])
            found.append((table, looked_up.astype(np.float64).ravel()))
        elif not call.step.variables:
            with contextlib.suppress(Exception):  # it may refuse such numbers
                leaves = graph.execute(number, values.__getitem__, "float32")
                values.update({Ref(number, leaf): value for leaf, value in enumerate(leaves)})
    return found


def _table(call: Call, graph: Graph) -> int:
    """How many whole numbers this call can look up; 0 where it looks up none."""
    operation = call.operation
    inner = operation.layer if call.step.kind == "TimeDistributed" else operation
    if isinstance(inner, keras.layers.Embedding):
        return 0 if call.kwargs.get("reverse") else int(inner.input_dim)
    if isinstance(inner, keras.layers.CategoryEncoding):
        return int(inner.num_tokens or 0)
    if call.step.kind in ("OneHot", "MultiHot"):
        return int(operation.num_classes)
    if call.step.kind == "Take" and len(call.args) > 1:
        shape = _shape(call.args[0], graph)
        return int(np.prod(shape) if operation.axis is None else shape[operation.axis])
    return 0


def _shape(found: Any, graph: Graph) -> tuple[int, ...]:
    """Of a tensor, or of what another call gives; of an input, no more is known than its rank."""
    if not isinstance(found, Ref):
        return tuple(found.shape)
    return tuple(graph.calls[found.call].step.shape) if found.call != MODEL_INPUT else (0,) * 9


@contextlib.contextmanager
def _entered() -> Iterator[None]:
    """While symbolic tensors go through, look into lambdas, and layers of a person's own."""
    original = Layer.__call__

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(Exception):  # what a backend's own functions compute stays whole
            if isinstance(self, keras.layers.Lambda):
                return self.function(*args, **(self.arguments or {}))
            if self.built and not is_keras(self):
                return self.call(*args, **kwargs)
        return original(self, *args, **kwargs)

    Layer.__call__ = call
    try:
        yield
    finally:
        Layer.__call__ = original
