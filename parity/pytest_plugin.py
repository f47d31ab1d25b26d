"""A pytest fixture for a person's own repository: `def test_port(parity): parity.check(...)`.

    def test_port(parity):
        parity.check("my.keras_net:build", "my.torch_net:Net")

    def test_another_port_of_a_registered_pair(parity):
        parity.check_pair("mlp", torch="my_port.py")

The test fails with the table of layers, the first that differs, and the cause.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from parity.api import Report
    from parity.sides.process import Sides

BACKENDS = ("tensorflow", "jax", "torch")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parity", "Keras-to-PyTorch parity")
    group.addoption(
        "--parity-backend",
        choices=BACKENDS,
        default="tensorflow",
        help="Keras's backend, for models that are given by name (default: tensorflow)",
    )
    group.addoption(
        "--parity-dtype",
        choices=("float32", "float64", "both"),
        default="both",
        help="in which float types layers are judged (default: both)",
    )


class Parity:
    """What the fixture gives."""

    def __init__(self, config: pytest.Config) -> None:
        self._backend: str = config.getoption("--parity-backend")
        wanted: str = config.getoption("--parity-dtype")
        self._dtype: Any = None if wanted == "both" else wanted
        self._sides: Sides | None = None

    def check(self, keras_model: Any, torch_module: Any, *args: Any, **settings: Any) -> "Report":
        """As parity.check, with the same arguments; fails the test unless the verdict is pass."""
        __tracebackhide__ = True
        from parity import api

        settings.setdefault("dtype", self._dtype)
        return self._passed(lambda: api.check(keras_model, torch_module, *args, **settings))

    def check_pair(self, name: str, torch: Any = None, **settings: Any) -> "Report":
        """As parity.check_pair, with the same arguments; fails the test unless it passes."""
        __tracebackhide__ = True
        from parity import api

        settings.setdefault("dtype", self._dtype)
        return self._passed(lambda: api.check_pair(name, torch, **settings))

    def close(self) -> None:
        if self._sides is not None:
            self._sides.close()

    def _passed(self, check: Callable[[], "Report"]) -> "Report":
        """What a check found, where it passes; fails the test otherwise."""
        __tracebackhide__ = True
        from parity.checking.show.console import told
        from parity.errors import ParityError
        from parity.sides.sharing import lending

        problem = ""
        try:
            with lending(self._workers):
                report = check()
            problem = "" if report else f"{told(report)}\n\n{report}"
        except ParityError as error:
            problem = str(error)
        if problem:  # outside of the handler: a person needs no trace of the tool
            pytest.fail(problem, pytrace=False)
        return report

    def _workers(self) -> "Sides":
        """The two processes, started when a test first needs them; all of a session share them."""
        if self._sides is None:
            from parity.sides.process import Sides

            self._sides = Sides(self._backend)
        return self._sides


@pytest.fixture(scope="session")
def parity(request: pytest.FixtureRequest) -> Iterator[Parity]:
    """Check a torch module against the Keras model it was translated from."""
    found = Parity(request.config)
    yield found
    found.close()
