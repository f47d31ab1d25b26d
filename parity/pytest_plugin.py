"""A pytest fixture for a person's own repository: `def test_port(parity): parity.check(...)`.

    def test_port(parity):
        parity.check("my.keras_net:build", "my.torch_net:Net")

    @pytest.mark.parity(backend="jax", dtype="float64")
    def test_another_port_of_a_registered_pair(parity):
        parity.check_pair("mlp", torch="my_port.py")

    def test_without_keras(parity):
        parity.check_reference("reference", "my.torch_net:Net")

`pytest --parity-record DIR` records what Keras gives in each check; with `--parity-reference DIR`
the same tests run on torch alone.

The test fails with the table of layers, the first that differs, and the cause. Where a test asserts
a report by itself (`assert report`), the report is shown as a section of its failure.
"""

import inspect
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from parity.api import Report
    from parity.sides.calls import Remote
    from parity.sides.process import Sides
    from parity.sides.verbs import TorchVerbs

BACKENDS = ("tensorflow", "jax", "torch")
DTYPES = ("float32", "float64", "both", "bfloat16", "float16")
SETTINGS = {
    "backend": "Keras's backend, for models that are given by name (default: tensorflow)",
    "dtype": "in which float types layers are judged (default: both); with bfloat16 or float16 in "
    "both, and the port in this low precision",
}
DEFAULTS = {"backend": "tensorflow", "dtype": "both"}
CHOICES = {"backend": BACKENDS, "dtype": DTYPES}
FOLDERS = {
    "record": "also record in this folder, for each check that passes, what Keras gives",
    "reference": "check against what was recorded in this folder, with torch alone",
}
MARKER = (
    "parity(backend='tensorflow', dtype='both'): how the test's fixture `parity` checks; it wins "
    "over the options --parity-backend and --parity-dtype, which win over parity_backend and "
    "parity_dtype of the ini file"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parity", "Keras-to-PyTorch parity")
    for name, about in SETTINGS.items():
        group.addoption(f"--parity-{name}", choices=CHOICES[name], help=about)
        parser.addini(f"parity_{name}", about, default=DEFAULTS[name])
    for name, about in FOLDERS.items():
        group.addoption(f"--parity-{name}", metavar="DIR", type=Path, help=about)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    if all(config.getoption(f"--parity-{name}") for name in FOLDERS):
        raise pytest.UsageError("--parity-record and --parity-reference: give one of them")


def pytest_report_header(config: pytest.Config) -> str | None:
    """A word on xdist: each of its processes has a pair of workers of its own."""
    count, how = config.getoption("numprocesses", None), config.getoption("dist", "no")
    if not count or how == "loadgroup":
        return None
    return (
        f"parity: up to {count} x 2 framework processes; --dist loadgroup keeps all tests that use "
        "the fixture in one process, with two"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For `--dist loadgroup`: where a framework is imported once, the others wait for less."""
    for item in items:
        if "parity" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("parity"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(AssertionError):
        for name, found in _reports(call.excinfo):
            report.sections.append((f"parity: {name}", str(found)))
    return report


def _reports(failure: pytest.ExceptionInfo[BaseException]) -> list[tuple[str, Any]]:
    """The reports, by name, that do not pass, among the variables of the test that failed."""
    if not failure.traceback:
        return []
    known = failure.traceback[-1].frame.f_locals
    return [(n, x) for n, x in known.items() if _is_report(x) and not x]


def _is_report(value: Any) -> bool:
    """Without importing what a run that checks nothing does not need."""
    return type(value).__name__ == "Report" and type(value).__module__.startswith("parity.")


class Workers:
    """The processes of a session, by Keras's backend: started when a test first needs them."""

    def __init__(self) -> None:
        self._started: dict[str, Sides] = {}
        self._torch: Remote[TorchVerbs] | None = None

    def on(self, backend: str) -> "Sides":
        if backend not in self._started:
            from parity.sides.process import Sides

            self._started[backend] = Sides(backend)
        return self._started[backend]

    def torch(self) -> "Remote[TorchVerbs]":
        """The torch process of any two, where they are there, else one by itself."""
        for sides in self._started.values():
            return sides.torch
        if self._torch is None:
            from parity.sides.process import Worker

            self._torch = Worker("torch")
        return self._torch

    def close(self) -> None:
        for sides in self._started.values():
            sides.close()
        if self._torch is not None:
            self._torch.close()


class Parity:
    """What the fixture gives: the checks of the library, for one test."""

    def __init__(self, item: pytest.Item, workers: Workers) -> None:
        """Raises pytest.UsageError where a setting of the ini file or the marker is none."""
        self._item, self._workers = item, workers
        self._count = 0  # checks so far
        self._backend = _setting(item, "backend")
        wanted = _setting(item, "dtype")
        self._dtype: Any = None if wanted == "both" else wanted

    def check(self, keras_model: Any, torch_module: Any, *args: Any, **settings: Any) -> "Report":
        """As parity.check, with the same arguments; fails the test unless the verdict is pass."""
        __tracebackhide__ = True
        from parity import api

        settings.setdefault("dtype", self._dtype)
        given = inspect.signature(api.check).bind(keras_model, torch_module, *args, **settings)
        return self._passed(lambda: self._checked(api.check, given.arguments))

    def check_pair(self, name: str, torch: Any = None, **settings: Any) -> "Report":
        """As parity.check_pair, with the same arguments; fails the test unless it passes."""
        __tracebackhide__ = True
        from parity import api
        from parity.pairs import select

        settings.setdefault("dtype", self._dtype)
        given = inspect.signature(api.check_pair).bind(name, torch, **settings).arguments

        def checked() -> "Report":
            (pair,) = select([name])
            files = {"keras_model": pair.keras, "torch_module": torch or pair.torch}
            return self._checked(api.check_pair, given | files)

        return self._passed(checked)

    def check_reference(self, reference: Any, torch_module: Any, **settings: Any) -> "Report":
        """As parity.check_reference, with the same arguments; fails the test unless it passes."""
        __tracebackhide__ = True
        from parity import api

        settings.setdefault("dtype", self._dtype)
        return self._passed(lambda: api.check_reference(reference, torch_module, **settings))

    def _checked(self, check: Callable[..., "Report"], given: dict[str, Any]) -> "Report":
        """The report of a check; what Keras gives in it is recorded, or was, where that is asked
        for."""
        from parity import api
        from parity.errors import ParityError

        self._count += 1
        if recorded := self._place("reference"):
            if not recorded.is_dir():
                raise ParityError(f"no reference {recorded}: make it with --parity-record")
            return api.check_reference(recorded, **_taken(api.check_reference, given))
        report = check(**_taken(check, given))
        place = self._place("record")
        if place and report:
            place.parent.mkdir(parents=True, exist_ok=True)
            report = api.record(to=place, **_taken(api.record, given))
        return report

    def _place(self, name: str) -> Path | None:
        """Where the references of all tests lie, this check's, by the test's id."""
        folder: Path | None = self._item.config.getoption(f"--parity-{name}")
        number = f"-{self._count}" if self._count > 1 else ""
        own = re.sub(r"[^\w.-]+", "-", self._item.nodeid).strip("-")
        return folder / f"{own}{number}" if folder else None

    def _passed(self, check: Callable[[], "Report"]) -> "Report":
        """What a check found, where it passes; fails the test otherwise."""
        __tracebackhide__ = True
        from parity.checking.show.console import told
        from parity.errors import ParityError
        from parity.sides.sharing import lending, lending_torch

        problem = ""
        try:
            workers = self._workers
            with lending(lambda: workers.on(self._backend)), lending_torch(workers.torch):
                report = check()
            self._note(report)
            if not report:  # the verdict, unbroken; it is the report's own first paragraph
                rest = str(report).partition("\n\n")[2]
                problem = f"{told(report)}\n\n{rest}"
        except ParityError as error:
            problem = str(error)
        if problem:  # outside of the handler: a person needs no trace of the tool
            pytest.fail(problem, pytrace=False)
        return report

    def _note(self, report: "Report") -> None:
        """For JUnit's file and other reporters, as `record_property` does."""
        causes = sorted({cause.cause for found in report.diagnosis for cause in found.causes})
        properties = {"parity_pair": report.pair, "parity_verdict": report.verdict}
        if report.first_divergence is not None:
            properties["parity_first_divergence"] = report.first_divergence.keras
        if causes:
            properties["parity_causes"] = ", ".join(causes)
        self._item.user_properties.extend(properties.items())


def _taken(function: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    """What a function takes of what was given."""
    return {name: given[name] for name in inspect.signature(function).parameters if name in given}


def _setting(item: pytest.Item, name: str) -> str:
    """The marker nearest to the test wins over the option, and that over the ini file."""
    config = item.config
    told = [mark.kwargs[name] for mark in item.iter_markers("parity") if name in mark.kwargs]
    found = [*told, config.getoption(f"--parity-{name}"), config.getini(f"parity_{name}")]
    value = next(str(x) for x in found if x is not None)
    if value not in CHOICES[name]:
        raise pytest.UsageError(
            f"parity {name}={value!r} of {item.nodeid}: choose {', '.join(CHOICES[name])}"
        )
    return value


@pytest.fixture(scope="session")
def _parity_workers() -> Iterator[Workers]:
    found = Workers()
    yield found
    found.close()


@pytest.fixture
def parity(request: pytest.FixtureRequest, _parity_workers: Workers) -> Parity:
    """Check a torch module against the Keras model it was translated from."""
    return Parity(request.node, _parity_workers)
