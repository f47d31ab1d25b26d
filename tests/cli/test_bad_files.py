"""Files that `parity check` is given and cannot use: generated, each refused by its name."""

import io
import random
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.refusing import Refusal, refusal

__all__ = ["refusal"]

OWN = ("check", "--keras", "tests.own.keras_net:build", "--torch", "tests.own.torch_net:Net")


def npy(value: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, value, allow_pickle=True)
    return file.getvalue()


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def header(text: str) -> bytes:
    """An .npy file with this header, and four values."""
    padded = text.ljust(117).encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded + bytes(16)


def shaped(shape: str, kind: str = "<f4") -> bytes:
    return header(f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}")


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


WHOLE_NPY, WHOLE_NPZ = npy(np.ones((3, 4), "float32")), npz(x=np.ones((3, 4), "float32"))
VALUES = WHOLE_NPZ.index(np.ones(12, "float32").tobytes())
RANDOM = random.Random(0)
DECLARED = np.zeros(3, [("a", "f4"), ("b", "i4")])
INPUTS: dict[str, bytes] = {
    "empty": b"",
    "text": b"1 2 3 4\n",
    "pickled": npy(np.array([{"a": 1}], dtype=object)),
    "objects": npz(x=np.array([None, 1], dtype=object)),
    "texts": npy(np.array(["a", "b"])),
    "bytes": npz(x=np.array([b"a", b"b"])),
    "complex": npy(np.ones((3, 4), complex)),
    "dates": npy(np.array(["2026-01-01"], "datetime64[D]")),
    "records": npy(DECLARED),
    "scalar": npy(np.float32(1)),
    "no samples": npy(np.zeros((0, 4))),
    "no values": npz(x=np.zeros((3, 0))),
    "one of two is no number": npz(x=np.ones((3, 4)), y=np.array(["a"])),
    "no member": zipped(),
    "a text in the zip": zipped(**{"x.npy": b"hello"}),
    "an empty array in the zip": zipped(**{"x.npy": b""}),
    "negative shape": shaped("(-3, 4)"),
    "no header": header("nothing"),
    "code for a header": header("__import__('os').abort()"),
    "deep header": header("(" * 100),
    "unknown type": shaped("(2, 2)", "<q9"),
    "shape of texts": shaped("('a', 'b')"),
    "later version": b"\x93NUMPY\x09\x00" + WHOLE_NPY[8:],
    **{f"absurd shape {n}": shaped(f"({10**n}, 4)") for n in (3, 9, 15, 18, 30)},
    **{f"absurd rank {n}": shaped(f"({'1, ' * n})") for n in (65, 200)},
    **{f"npy cut at {n}": WHOLE_NPY[:n] for n in range(1, len(WHOLE_NPY), 19)},
    **{f"npz cut at {n}": WHOLE_NPZ[:n] for n in range(1, len(WHOLE_NPZ), 31)},
    **{f"wrong CRC at {n}": flipped(WHOLE_NPZ, VALUES + n) for n in range(0, 48, 8)},
    **{f"random bytes {n}": RANDOM.randbytes(1 + 13 * n) for n in range(8)},
    **{f"a random zip {n}": b"PK\x03\x04" + RANDOM.randbytes(40 * n) for n in range(1, 5)},
}


@pytest.mark.parametrize("data", INPUTS.values(), ids=INPUTS)
def test_inputs(data: bytes, refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(data)
    assert str(path) in refusal(*OWN, "--inputs", path)


MAPS: dict[str, bytes] = {
    "no UTF-8": b'[layers]\n"\xff" = "a"\n',
    "UTF-16": '[layers]\nhidden = "hidden"\n'.encode("utf-16"),
    "no TOML": b"layers: hidden\n",
    "JSON": b'{"layers": {}}',
    "cut": b'[layers]\nhidden = "hid',
    "twice": b"[layers]\na = 'b'\na = 'c'\n",
    "zero byte": b"[layers]\x00\n",
    "nested without end": b"x = " + b"[" * 100_000,
    "a number too long": b"x = " + b"9" * 5000,
    "no such table": b"[layer]\nhidden = 'hidden'\n",
    "a name beside the tables": b"hidden = 'hidden'\n",
    "a table of tables": b"[[layers]]\nhidden = 'hidden'\n",
    "a table in a table": b"[layers.hidden]\ntorch = 'hidden'\n",
    "no axes": b"[weights]\nk = { torch = 'w', axes = 1 }\n",
    "a text of axes": b"[weights]\nk = { torch = 'w', axes = '10' }\n",
    "axis twice": b"[weights]\nk = { torch = 'w', axes = [1, 1] }\n",
    "axis too far": b"[weights]\nk = { torch = 'w', axes = [1, 2] }\n",
    "negative axis": b"[weights]\nk = { torch = 'w', axes = [-1, 0] }\n",
    "half an axis": b"[weights]\nk = { torch = 'w', axes = [0.0, 1.0] }\n",
    "truth values of axes": b"[weights]\nk = { torch = 'w', axes = [false, true] }\n",
    "mixed axes": b"[weights]\nk = { torch = 'w', axes = [0, 'b'] }\n",
    "nested axes": b"[weights]\nk = { torch = 'w', axes = [[0], [1]] }\n",
    "no torch weight": b"[weights]\nk = { axes = [1, 0] }\n",
    "a name misspelt": b"[weights]\nk = { torch = 'w', axis = [1, 0] }\n",
    "two torch weights": b"[weights]\nk = { torch = ['w', 'v'] }\n",
    "another order": b"[inputs]\nx = 'channels_second'\n",
    "a list of orders": b"[inputs]\nx = ['channels_last']\n",
    "an empty list": b"[layers]\nhidden = []\n",
    "a list of numbers": b"[layers]\nhidden = ['a', 1]\n",
    "an empty name": b"[layers]\nhidden = ''\n",
    **{
        f"{section} is {value}": f"{section} = {value}\n".encode()
        for section in ("layers", "weights", "inputs")
        for value in ("3", "true", "'text'", "[1]", "1979-05-27", "nan")
    },
    **{
        f"{section} holds {value}": f"[{section}]\nhidden = {value}\n".encode()
        for section in ("layers", "weights", "inputs")
        for value in ("3", "true", "1.5", "[1]", "[['a']]", "12:00:00", "{ a = 1 }")
    },
}


@pytest.mark.parametrize("data", MAPS.values(), ids=MAPS)
def test_a_map(data: bytes, refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes(data)
    assert str(path) in refusal(*OWN, "--map", path)


STRANGE = "class Strange(BaseException):\n    def __str__(self): raise ValueError('no')\n"
RULES: dict[str, str] = {
    "raises": "raise ValueError('of its own')",
    "raises lines": "raise ValueError('one\\ntwo\\nthree')",
    "raises nothing": "raise ValueError",
    "raises controls": "raise ValueError('\\x1b[2J\\x07')",
    "raises what has no words": f"{STRANGE}raise Strange",
    "raises itself": "raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])",
    "ends with 0": "import sys\nsys.exit(0)",
    "ends with 1": "import sys\nsys.exit(1)",
    "ends with 4": "import sys\nsys.exit(4)",
    "ends with a text": "import sys\nsys.exit('done')",
    "ends": "raise SystemExit",
    "stops generating": "raise GeneratorExit",
    "is no Python": "def (:",
    "has a zero byte": "a = '\x00'",
    "recurs": "def f(): f()\nf()",
    "imports what is not there": "import no_such_module",
    "imports itself in part": "from . import rules",
    "has a name misspelt": "import parity\nparity.rules('A', torch=('B',), operation='c')",
    "has a rule misspelt": "import parity\nparity.rule('A')",
    "divides": "1 / 0",
}


@pytest.mark.parametrize(("name", "code"), RULES.items(), ids=RULES)
def test_rules(
    name: str, code: str, refusal: Refusal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The traceback of a person's own module lies in the file that the line names."""
    module = f"bad_rules_{list(RULES).index(name)}"
    (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    said = refusal(*OWN, "--rules", module)
    assert f"{module} cannot be imported: " in said
    (trace,) = re.findall(r"\(traceback: (.*)\)$", said)
    assert (
        Path(trace).read_text(encoding="utf-8").startswith(("Traceback", "  + Exception", "  File"))
    )


@pytest.mark.parametrize("module", [".", "..", "a/b", "no.such", "ä ö", "a\nb", "-", "a" * 5000])
def test_rules_that_are_not_there(module: str, refusal: Refusal) -> None:
    refusal(*OWN, f"--rules={module}")
