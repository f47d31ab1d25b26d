"""The shape of the code: who imports whom, and twin files that can be laid side by side."""

import ast
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from parity.course.twins import sections, source
from parity.pairs import PAIRS, reported

ROOT = Path(__file__).parent.parent
# The rooms and loose files of parity/ from the ground up.
FLOORS = (
    *("errors", "language", "semantics", "records", "pairs", "numerics", "sides", "mapping"),
    *("diagnose", "gates", "train", "checking", "api", "selftest", "results", "course"),
    *("__init__", "pytest_plugin", "cli", "__main__"),
)
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch", "torchvision"}
# Whose subject both frameworks are: Keras's torch backend, and live objects of one process.
BOTH = ("sides/keras_backend.py", "sides/keras_on_torch.py", "sides/local.py", "api.py")

NOT_EVERYWHERE = {
    *("fcntl", "grp", "pwd", "resource", "termios", "/proc", "preexec_fn"),
    *(f"os.{name}" for name in ("fork", "getuid", "kill", "killpg", "nice", "setsid", "sysconf")),
    *("os.sched_getaffinity", "os.sched_setaffinity", "os.uname", "os.O_DIRECTORY"),
    *(f"signal.SIG{name}" for name in ("ALRM", "HUP", "KILL", "USR1")),
    *(f"multiprocessing.{name}" for name in ("Pool", "Process", "Queue")),  # fork, on Linux alone
}
MAY_BE_OF_ONE_SYSTEM = (
    "parity/sides/usage.py",
    "tests/elsewhere/",  # takes it away
    "tests/test_portable.py",
    "tests/cli/test_interrupt.py",  # a group of processes, as a terminal has it
    "tests/test_architecture.py",
)


def imports(path: Path) -> set[str]:
    return set(imports_of(path.read_text(encoding="utf-8")))


def imports_of(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def test_keras_models_import_keras_and_numpy_alone() -> None:
    for path in files("keras_reference"):
        assert tops(imports(path)) <= {"keras", "numpy"}, path


def test_ports_import_torch_numpy_and_keras_s_conventions_alone() -> None:
    for path in files("torch_port"):
        assert tops(imports(path)) <= {"torch", "numpy", "parity"}, path
        ours = {name for name in imports(path) if name.startswith("parity")}
        assert all(name.startswith("parity.semantics.") for name in ours), path


IN_TORCH = (
    *("semantics/", "selftest/port/", "selftest/torch_twin.", "selftest/meddled."),
    "selftest/repairing.",
)


def test_only_the_sides_import_a_framework() -> None:
    for path in files("parity"):
        found = tops(imports(path)) & FRAMEWORKS
        name = path.relative_to(ROOT / "parity").as_posix()
        if name in BOTH:
            continue
        assert not {"keras", "torch"} <= found, path
        if path.parent.name == "sides":
            continue
        if name == "selftest/keras_twin.py":
            assert found == {"keras"}
        elif name.startswith(IN_TORCH):
            assert found <= {"torch"}, path
        elif path.name == "mnist.py":
            assert found == {"torchvision"}
        else:
            assert not found, path


def test_what_one_system_alone_has_stands_in_one_place() -> None:
    for path in [*files("parity"), *files("benchmarks"), *files("tests")]:
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(MAY_BE_OF_ONE_SYSTEM):
            assert not of_one_system(path.read_text(encoding="utf-8")), path
    one_place = ROOT / "parity/sides/usage.py"
    assert of_one_system(one_place.read_text(encoding="utf-8")) == {"/proc", "resource"}


def of_one_system(text: str) -> set[str]:
    """What Windows or macOS lacks, or has with another meaning."""
    named = set(imports_of(text))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            named.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.Constant) and str(node.value).startswith("/proc"):
            named.add("/proc")
        elif isinstance(node, ast.keyword) and node.arg:
            named.add(node.arg)
    return named & NOT_EVERYWHERE


def test_what_one_system_alone_has_would_be_seen() -> None:
    found = of_one_system("import fcntl\nfrom os import uname\nos.kill(1, signal.SIGKILL)")
    assert found == {"fcntl", "os.uname", "os.kill", "signal.SIGKILL"}
    assert of_one_system("open('/proc/meminfo')") == {"/proc"}
    assert of_one_system("Popen(command, preexec_fn=deaf)") == {"preexec_fn"}


def test_texts_are_read_and_written_in_a_named_encoding() -> None:
    for path in [*files("parity"), *files("benchmarks"), *files("tests")]:
        assert not without_encoding(path.read_text(encoding="utf-8")), path


def without_encoding(text: str) -> list[int]:
    """The lines of calls that leave it to the system."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and is_of_text(node)
        if "encoding" not in {word.arg for word in node.keywords}
    ]


def is_of_text(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    is_path_s = called.endswith((".read_text", ".write_text")) and called != "files.write_text"
    return is_path_s or called == "open" or "text" in {word.arg for word in call.keywords}


def test_a_text_without_an_encoding_would_be_seen() -> None:
    assert without_encoding("path.read_text()\nopen(path)\nrun(command, text=True)") == [1, 2, 3]
    assert not without_encoding("path.read_text(encoding='ascii')\nfiles.write_text(a, b)")


def room(name: str) -> str:
    """The room of `parity.mapping.plan`: mapping; of a file beside them its own name."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_imports_run_downward() -> None:
    """A room imports those that stand below it in this list, and none beside or above it."""
    for path in files("parity"):
        own = path.relative_to(ROOT / "parity").parts[0].removesuffix(".py")
        floor = FLOORS.index(own)
        for name in imports(path):
            if name.startswith("parity.") and (other := room(name)) in FLOORS and other != own:
                assert FLOORS.index(other) < floor, f"{path} imports {name}"


def test_every_room_has_its_floor() -> None:
    found = {path.stem for path in (ROOT / "parity").iterdir() if path.stem != "__pycache__"}
    assert found - {"py"} == set(FLOORS)
    loose = list((ROOT / "parity").glob("*.py"))
    assert len(loose) <= 6, "a file has a room"


def test_an_import_upwards_would_be_seen() -> None:
    name = next(imports_of("from parity.checking.run import check"))
    assert FLOORS.index(room(name)) > FLOORS.index("sides")


def imported_by(folder: Path) -> dict[str, set[str]]:
    """Of each file of a package, by its dotted name, the files of the package that it imports."""
    paths = {
        ".".join(path.relative_to(folder.parent).with_suffix("").parts): path
        for path in folder.rglob("*.py")
        if path.name != "__init__.py"
    }
    # `from package.file import name` and `from package import file` both name a file.
    return {
        own: {of for name in imports(path) if (of := nearest(name, paths)) and of != own}
        for own, path in paths.items()
    }


def nearest(name: str, known: Collection[str]) -> str:
    return (
        name if name in known else (parent if (parent := name.rpartition(".")[0]) in known else "")
    )


def test_no_file_imports_itself_by_way_of_others() -> None:
    TopologicalSorter(imported_by(ROOT / "parity")).prepare()


def test_a_circle_of_imports_would_be_seen(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "first.py").write_text("from made import second", encoding="utf-8")
    (made / "second.py").write_text("from made.first import name", encoding="utf-8")
    with pytest.raises(CycleError, match="cycle"):
        TopologicalSorter(imported_by(made)).prepare()


def test_sides_know_nothing_of_a_diagnosis() -> None:
    for path in files("parity/sides"):
        assert not [name for name in imports(path) if name.startswith("parity.diagnose")], path


def test_an_import_of_a_framework_would_be_seen() -> None:
    assert tops(set(imports_of("def f():\n    import torch.nn"))) == {"torch"}
    assert tops(set(imports_of("from keras import layers"))) == {"keras"}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_twin_files_have_the_same_headings_in_the_same_order(pair) -> None:  # type: ignore[no-untyped-def]
    keras, torch = (list(sections(source(module))) for module in (pair.keras, pair.torch))
    assert keras == torch
    assert keras == ["About", "Sizes", "Data", "Model", "Weights", "Output", "Recipe"]


def test_every_model_file_is_registered() -> None:
    for folder in ("keras_reference", "torch_port"):
        names = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
        assert names == {pair.name for pair in PAIRS}
    ports = {path.stem for path in (ROOT / "torch_port/as_reported").glob("*.py")}
    assert ports - {"__init__"} == {pair.name for pair in reported()}
