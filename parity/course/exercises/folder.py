"""An exercise's folder: the faulty port, the Keras file to read beside it, and the test."""

import textwrap
from pathlib import Path
from typing import Any

from parity.course.exercises.exercise import Exercise, faulty, keras_model
from parity.errors import ParityError
from parity.gates import GATES
from parity.language import gettext as _
from parity.language import languages, speaking, told
from parity.records import files

WIDTH = 100  # columns of the README

TEST = '''\
"""Exercise {number} of {pair}: port.py has one mistake. Make this test pass."""

from pathlib import Path

PORT = Path(__file__).with_name("port.py")


def test_port(parity):
    parity.check_pair("{pair}", torch=PORT, dtype="float64", explain=False)
'''


def _readme(words: dict[str, Any]) -> str:
    text = _(
        """\
# Exercise {number} of {pair}: {title}

{task}

`port.py` is a port of `keras_model.py` with one mistake in it.

1. Read both. Before you run anything, write down which alarm will ring first:

   - gate ({gates}):
   - layer, by its name in Keras, or none:

2. Run `pytest {name}` in the folder that holds this one. The test fails, and shows the gate and
   the layer at which the two models part, but not why.
3. Mend `port.py` until the test passes.

`parity exercise {pair} {number} --predict GATE LAYER` answers your prediction, `--hint` helps,
`--solution` tells.
The test runs the Keras model that is installed: a change to `keras_model.py` changes nothing.
"""
    )
    return text.format(**words)


def contents(exercise: Exercise) -> dict[str, str]:
    """The name of each file, and its text."""
    words = vars(exercise) | {
        "gates": ", ".join(GATES),
        "name": exercise.name,
        "title": told(exercise.title),
        "task": textwrap.fill(told(exercise.task), WIDTH, break_on_hyphens=False),
    }
    return {
        "README.md": _readme(words),
        "keras_model.py": keras_model(exercise),
        "port.py": faulty(exercise),
        f"test_{exercise.name}.py": TEST.format(**words),
    }


def write(exercise: Exercise, out: Path, force: bool = False) -> Path:
    """Write the folder OUT/PAIR_N and return it.

    Raises ParityError, and writes nothing, where a file there was edited; `force` overwrites it.
    As it is written in another language it is not. What is no file is in the way in any case.
    """
    folder = out / exercise.name
    texts = contents(exercise)
    for name in texts:
        if (folder / name).exists() and not (folder / name).is_file():
            raise ParityError(f"{folder / name} is no file; choose another --out")
    known = [_in_language(name, exercise) for name in languages()]
    edited = [name for name in texts if _is_edited(folder / name, [x[name] for x in known])]
    if edited and not force:
        raise ParityError(
            f"{folder} was edited ({', '.join(edited)}); "
            "--force overwrites it, or choose another --out"
        )
    for name, text in texts.items():
        files.write_text(folder / name, text)
    return folder


def _in_language(name: str, exercise: Exercise) -> dict[str, str]:
    with speaking(name):
        return contents(exercise)


def _is_edited(path: Path, texts: list[str]) -> bool:
    try:
        return path.exists() and path.read_bytes() not in [text.encode() for text in texts]
    except OSError as error:
        raise ParityError(f"{path} cannot be read: {error.strerror}") from error
