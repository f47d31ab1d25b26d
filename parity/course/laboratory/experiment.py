"""What an entry of the catalogue is: a claim in words, and the experiment that must bear it out.

An entry is a class that serves as a namespace; it is never instantiated. Its functions take the
framework that they run in as their first argument, so that one file can show both sides though
they run in processes of their own:

    class LeakyReluSlope(Experiment):
        '''The slope of a leaky ReLU.'''

        id = "leaky-relu-slope"
        keras_does = "The layer's slope is 0.3."
        torch_does = "The slope is 0.01."
        naive_error = "Negative values come out thirty times smaller."
        faithful_line = "nn.LeakyReLU(0.3)"
        source = ("keras.io/api/layers/activation_layers/leaky_relu",)
        apart = 0.1

        def given(rng):                   # NumPy arrays by name, the same for all
            return {"x": rng.normal(size=(8, 4)).astype("float32")}

        def in_keras(keras, x):           # x: a NumPy array
            return keras.layers.LeakyReLU()(x)

        def naive(torch, x):              # x: a tensor; the docstring names the translation
            '''nn.LeakyReLU()'''
            return torch.nn.LeakyReLU()(x)

        def faithful(torch, x):
            return torch.nn.LeakyReLU(0.3)(x)

Outcomes are tensors, arrays or numbers, or a dict of them, in Keras's layout; an exception that a
translation raises is an outcome too. Each function runs in a clean state, in float32, with seed 0.
The docstring of `in_keras` says what is measured, where that is not the output.
A class may have several functions whose names begin with `naive`, each a translation that people
write, and several that begin with `faithful`. One without any naive translation is a control: the
frameworks agree, and it is claimed that they do. What several experiments do, and none is about
(the steps by which they measure), may be a plain function of the catalogue: it is shown with each.
"""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, ClassVar

import numpy as np

from parity.course.laboratory.measure import Figure, Measure, relative
from parity.records.comparison import Array

KINDS = ("naive", "faithful")
BACKENDS = ("tensorflow", "jax", "torch")

Given = dict[str, Array]
Translation = Callable[..., Any]


class Experiment:
    """The base of every entry. Its docstring is the entry's title.

    id              the entry's name in the catalogue, stable: pages link to it
    keras_does      what Keras does, by default and otherwise
    torch_does      what PyTorch does
    naive_error     what a port that does not know gets wrong; figures are measured, not written
    faithful_line   the line of PyTorch that is right
    source          where it is documented or discussed
    note            what else there is to know; where backends or versions differ
    backends        Keras's backends that the claim is about
    measure         how far an outcome is from Keras's (parity/course/laboratory/measure.py)
    apart           every naive translation is at least so far away: the claim
    close           every faithful one is at most so far away: the claim
    """

    id: ClassVar[str]
    keras_does: ClassVar[str]
    torch_does: ClassVar[str]
    naive_error: ClassVar[str] = ""
    faithful_line: ClassVar[str]
    source: ClassVar[tuple[str, ...]]
    note: ClassVar[str] = ""
    backends: ClassVar[tuple[str, ...]] = BACKENDS
    measure: ClassVar[Measure] = staticmethod(relative)
    apart: ClassVar[float]
    close: ClassVar[float] = 1e-5

    in_keras: ClassVar[Translation]

    @staticmethod
    def given(rng: np.random.Generator) -> Given:
        """What all functions are given beside their framework."""
        return {}


Entry = type[Experiment]


def title(entry: Entry) -> str:
    return inspect.cleandoc(entry.__doc__ or entry.id).partition("\n")[0].removesuffix(".")


def area(entry: Entry) -> str:
    """The name of the entry's file, in words: "padding and pooling"."""
    return entry.__module__.rpartition(".")[2].replace("_", " ")


def translations(entry: Entry, kind: str) -> dict[str, Translation]:
    """The entry's functions whose names begin with `kind`, "naive" or "faithful", in order."""
    return {name: found for name, found in vars(entry).items() if _is_translation(name, kind)}


def _is_translation(name: str, kind: str) -> bool:
    return name.partition("_")[0] == kind and name not in ("naive_error", "faithful_line")


def functions(entry: Entry) -> list[Translation]:
    """Keras's, then the naive ones, then the faithful ones."""
    return [entry.in_keras, *(x for kind in KINDS for x in translations(entry, kind).values())]


def label(translation: Translation) -> str:
    """What a translation is called on a page: its docstring."""
    return inspect.cleandoc(translation.__doc__ or "")


def measured(entry: Entry) -> str:
    """What of both sides is compared: the docstring of `in_keras`; "" where it is the output."""
    return label(entry.in_keras)


def code(function: Translation) -> str:
    """The source of one of an entry's functions, as it stands in its file."""
    return textwrap.dedent(inspect.getsource(function)).rstrip()


def helpers(entry: Entry) -> tuple[Translation, ...]:
    """The catalogue's plain functions that the functions of an entry call, in order of need."""
    found: dict[str, Translation] = {}
    waiting = functions(entry)
    while waiting:
        function = waiting.pop(0)
        for name in _names(function.__code__):
            called = function.__globals__.get(name)
            if not isinstance(called, FunctionType) or name in found:
                continue
            if _folder(called.__module__) == _folder(entry.__module__):
                found[name] = called
                waiting.append(called)
    return tuple(found.values())


def _folder(module: str) -> str:
    return module.rpartition(".")[0]


def _names(code: CodeType) -> Iterator[str]:
    """The global names that a function uses, those of functions within it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def is_control(entry: Entry) -> bool:
    """Does the entry say that the frameworks agree?"""
    return not translations(entry, "naive")


def holds(entry: Entry, kind: str, figure: Figure) -> bool:
    """Does a translation of this kind lie where the entry claims?"""
    if kind == "naive":
        return figure.distance >= entry.apart
    return figure.distance <= entry.close
