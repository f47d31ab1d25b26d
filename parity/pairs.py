"""The pairs: one line each. The command line, the tests and the tables all read this tuple.

They read it when they are called (`select`, `place`), so that a line that a test adds counts.
"""

import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from parity.errors import ParityError, meant
from parity.records.own_training import Training
from parity.records.pair import SAVED, Margins, Pair, Recipe, Source, Task, is_twin_file, parts

# How far final test figures may be apart and still be called equivalent. A classifier's test loss
# wanders once it overfits, so that 5 % of it says little; an auto-encoder's does not. 0.2 points of
# accuracy are 20 of 10,000 digits, 1.4 standard deviations of the count at 98 %.
CLASSIFIER = Margins(loss=0.05, accuracy=0.002)
AUTOENCODER = Margins(loss=0.02, accuracy=0.002)


def _pair(name: str, task: Task, margins: Margins, about: str) -> Pair:
    files = f"keras_reference.{name}", f"torch_port.{name}"
    return Pair(name, *files, about, Recipe(task, margins))


PAIRS = (
    _pair("mlp", "classify", CLASSIFIER, "multilayer perceptron, 784-500-500-10 with dropout"),
    _pair("cnn", "classify", CLASSIFIER, "two 5x5 convolutions, max pooling, Flatten before Dense"),
    _pair("simple_ae", "reconstruct", AUTOENCODER, "auto-encoder, 784-32-784"),
    _pair(
        "conv_ae",
        "reconstruct",
        AUTOENCODER,
        "convolutional auto-encoder, 'same' pooling of odd sizes",
    ),
    _pair(
        "denoising_ae",
        "reconstruct",
        AUTOENCODER,
        "convolutional denoiser, noise .5 added to the input",
    ),
    _pair(
        "conv_transpose_ae",
        "reconstruct",
        AUTOENCODER,
        "auto-encoder with a transposed-convolution decoder",
    ),
)


FAITHFUL, AS_REPORTED = PORTS = ("faithful", "as_reported")


def reported() -> tuple[Pair, ...]:
    """The pairs that the report has a port of, with that port in place of the faithful one.

    A pair has one where there is a file torch_port/as_reported/NAME.py. Beyond the gate `data` the
    report's ports are shown what the faithful port shows its model, so that the function is judged
    for itself.
    """
    ports = ((pair, f"torch_port.as_reported.{pair.name}") for pair in PAIRS)
    return tuple(
        replace(pair, torch=port, recipe=replace(pair.trained, data=pair.torch))
        for pair, port in ports
        if find_spec(port)
    )


def place(name: str) -> int:
    """Where a pair stands in the registry, to sort by; behind all others where it is in none."""
    order = [pair.name for pair in PAIRS]
    return order.index(name) if name in order else len(order)


def select(names: list[str], port: str = FAITHFUL) -> tuple[Pair, ...]:
    """The pairs of these names, in this order; all of them where none is named.

    port: one of PORTS. Raises ParityError for a name that is not in the registry, and for a pair
    that the report has no port of where its ports are asked for.
    """
    registered = {pair.name: pair for pair in PAIRS}
    unknown = [name for name in names if name not in registered]
    if unknown:
        raise ParityError(
            f"no pair is called {', '.join(f'{x!r}{meant(x, registered)}' for x in unknown)}; "
            f"the pairs are {', '.join(registered)} (`parity list` describes them)"
        )
    known = registered if port == FAITHFUL else {pair.name: pair for pair in reported()}
    without = [name for name in names if name not in known]
    if without:
        has = "has" if len(without) == 1 else "have"
        raise ParityError(
            f"{', '.join(without)} {has} no port as reported; "
            f"the report's pairs are {', '.join(known)}"
        )
    return tuple(known[name] for name in dict.fromkeys(names)) or tuple(known.values())


def own(keras: Source, torch: Source, name: str = "", training: Training | None = None) -> Pair:
    """A person's own pair. Two twin files bring a recipe, whose task their target tells.

    keras, torch: live objects, names or files; see Source. training: how they are trained, where
    no twin files say it.
    """
    has_recipe = training is not None or (is_twin_file(keras) and is_twin_file(torch))
    recipe = Recipe(training=training) if has_recipe else None
    title = name or f"{_title(keras)} and {_title(torch)}"
    return Pair(title, _absolute(keras), _absolute(torch), recipe=recipe)


def in_folders(keras: str, torch: str) -> tuple[Pair, ...]:
    """The pairs of two folders: two files of the same name each. Hidden files, and those whose
    names begin with _, are passed over.

    keras, torch: a folder of twin files, or with what builds the model in each of its files, as
    nets:build. Raises ParityError where a file has no counterpart: it would be compared with
    nothing.
    """
    theirs, ours = _files(keras), _files(torch)
    for here, there, other in ((theirs, ours, torch), (ours, theirs, keras)):
        alone = [file.name for name, file in here.items() if name not in there]
        if alone:
            raise ParityError(
                f"{', '.join(alone)}: no file of that name in {parts(other)[0]}; begin the names "
                "of files that are no model with _"
            )
    if not ours:
        raise ParityError(f"no model in {parts(keras)[0]}: its files .py and .keras are looked for")
    return tuple(
        replace(own(_within(keras, theirs[name]), _within(torch, ours[name])), name=name)
        for name in sorted(ours)
    )


def _files(source: str) -> dict[str, Path]:
    """The files of a folder by what they are called, without what tells their kind."""
    found = (path for path in Path(parts(source)[0]).iterdir() if path.name[0] not in "._")
    return {path.stem: path for path in found if path.suffix in (".py", *SAVED)}


def _within(source: str, file: Path) -> str:
    """What builds the model of a file in a folder."""
    return f"{file}:{parts(source)[1]}".rstrip(":") if file.suffix == ".py" else str(file)


def to_file(pair: Pair) -> Pair:
    """A person's own pair with a name for files, and what it is beside it: my/net.py:Net of
    my/keras_net.py:build is keras_net-net."""
    names = [Path(parts(str(source))[0].removesuffix(".py")) for source in (pair.keras, pair.torch)]
    stems = dict.fromkeys(re.sub(r"\W", "_", name.name.rpartition(".")[2]) for name in names)
    return replace(pair, name="-".join(stems), about=pair.name)


def with_port(pair: Pair, torch: str | Path) -> Pair:
    """A registered pair with another port in place of its own: a module, or a file .py."""
    return replace(pair, torch=_absolute(str(torch)))


def _absolute(source: Source) -> Source:
    """A file as a worker in another folder finds it, too."""
    if not isinstance(source, str):
        return source
    place, attribute = parts(source)
    if not place.endswith(".py"):
        return source
    return ":".join(filter(None, (str(Path(place).absolute()), attribute)))


def _title(model: Source) -> str:
    if isinstance(model, str):
        return model
    name = getattr(model, "name", None)
    return name if isinstance(name, str) else type(model).__name__
