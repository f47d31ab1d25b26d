"""The translations, gate by gate: `pytest tests/parity` verifies them.

All on tensorflow; on jax, where each shape is compiled, each has its turn every third day.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from math import inf

import pytest

from parity.checking.options import Options
from parity.checking.probe import Probe
from parity.checking.run import check
from parity.course.twins import source
from parity.numerics.noise import LIMIT
from parity.pairs import PAIRS
from parity.records.comparison import GateResult, Report
from parity.records.pair import Pair
from parity.sides.process import Sides
from tests.in_turn import in_turn

CHECKED = {"tensorflow": PAIRS, "jax": in_turn(PAIRS, 3)}
DTYPES = ("float32", "float64")
FLOAT64_BOUND = 1e-14
LOCKSTEP_BOUND = 1e-14
UNHURRIED = Options(budget=inf)  # a verdict is no matter of what else the machine does

Find = Callable[[Pair, str], Report]

CASES = [(pair, backend) for backend, chosen in CHECKED.items() for pair in chosen]
cases = pytest.mark.parametrize(
    ("pair", "backend"), CASES, ids=[f"{pair.name}-{backend}" for pair, backend in CASES]
)
dtypes = pytest.mark.parametrize("dtype", DTYPES)


@pytest.fixture(scope="module")
def find(sides_on: Callable[[str], Sides], shown: Probe) -> Iterator[Find]:
    """The report of a pair on a backend. Both backends' checks run side by side, from the start."""

    def run_all(backend: str, done: dict[str, Future[Report]]) -> None:
        for pair in CHECKED[backend]:
            try:
                done[pair.name].set_result(check(pair, sides_on(backend), UNHURRIED, shown))
            except BaseException as error:
                done[pair.name].set_exception(error)

    reports: dict[str, dict[str, Future[Report]]] = {
        backend: {pair.name: Future() for pair in chosen} for backend, chosen in CHECKED.items()
    }
    with ThreadPoolExecutor(len(CHECKED)) as pool:
        for backend in CHECKED:
            pool.submit(run_all, backend, reports[backend])
        yield lambda pair, backend: reports[backend][pair.name].result(timeout=600)


def gate(report: Report, name: str, dtype: str = "") -> GateResult:
    return next(g for g in report.gates if (g.name, g.dtype) == (name, dtype))


@cases
def test_structure(find: Find, pair: Pair, backend: str) -> None:
    found = gate(find(pair, backend), "structure")
    assert found.verdict == "pass", found
    assert found.layers


@cases
def test_weights(find: Find, pair: Pair, backend: str) -> None:
    found = gate(find(pair, backend), "weights")
    assert found.verdict == "pass", found
    assert found.layers


@dtypes
@cases
def test_forward(find: Find, pair: Pair, backend: str, dtype: str) -> None:
    found = gate(find(pair, backend), "forward", dtype)
    assert found.verdict == "pass", found
    assert found.layers
    for layer in found.layers:
        assert layer.noise_ratio is not None
        assert layer.noise_ratio <= LIMIT, layer
        if dtype == "float64":
            assert layer.max_abs is not None
            assert layer.max_abs <= FLOAT64_BOUND, layer


@cases
def test_no_layer_is_run_by_itself_where_both_models_agree(
    find: Find, pair: Pair, backend: str
) -> None:
    """But for those that Keras computes in float32."""
    for dtype in DTYPES:
        for layer in gate(find(pair, backend), "forward", dtype).layers:
            assert (layer.isolated_ratio is None) or backend != "tensorflow", layer


@dtypes
@cases
def test_output(find: Find, pair: Pair, backend: str, dtype: str) -> None:
    """What both return, run whole and plain, on several draws of inputs and weights."""
    found = gate(find(pair, backend), "output", dtype)
    assert found.verdict == "pass", found
    assert "5 draws" in found.note


@dtypes
@cases
def test_loss(find: Find, pair: Pair, backend: str, dtype: str) -> None:
    """The same predictions and targets give the same loss and metric."""
    found = gate(find(pair, backend), "loss", dtype)
    assert found.verdict == "pass", found
    assert len(found.layers) == 4


@dtypes
@cases
def test_gradients(find: Find, pair: Pair, backend: str, dtype: str) -> None:
    """One batch in training mode, with shared masks and noise: every gradient agrees."""
    report = find(pair, backend)
    found = gate(report, "gradients", dtype)
    assert found.verdict == "pass", found
    parameters = len(gate(report, "weights").layers)
    assert len(found.layers) == parameters + 2, "the loss and the input besides"


@dtypes
@cases
def test_optimizer(find: Find, pair: Pair, backend: str, dtype: str) -> None:
    """Ten steps on identical gradients, updates and state."""
    found = gate(find(pair, backend), "optimizer", dtype)
    assert found.verdict == "pass", found
    named = {layer.keras for layer in found.layers}
    assert {"iteration", "learning_rate"} <= named
    if "optimizers.Adam(" in source(pair.keras):
        assert {"momentum", "velocity", "epsilon"} <= named


@dtypes
@cases
def test_lockstep(find: Find, pair: Pair, backend: str, dtype: str) -> None:
    """Real training steps: the port drifts no faster than the model from itself."""
    found = gate(find(pair, backend), "lockstep", dtype)
    assert found.verdict == "pass", found
    assert [layer.keras for layer in found.layers] == ["step 0", "step 1", "step 2", "step 5"]
    if dtype == "float64":
        assert all((layer.max_abs or 0) < LOCKSTEP_BOUND for layer in found.layers)


@pytest.mark.parametrize(
    ("name", "leaks"), [("mlp", ["fc1", "fc2", "fc3"]), ("cnn", ["out"]), ("conv_ae", [])]
)
def test_float32_leak_of_kerass_torch_backend(
    sides_on: Callable[[str], Sides], shown: Probe, name: str, leaks: list[str]
) -> None:
    """On torch, Keras multiplies float64 matrices in float32 (keras#23704): the check says where.

    When Keras mends it this test fails, and the pin goes.
    """
    (pair,) = (pair for pair in PAIRS if pair.name == name)
    choice = Options(gates=("forward",))
    report = check(pair, sides_on("torch"), choice, shown)
    assert gate(report, "forward", "float32").verdict == "pass"
    wide = gate(report, "forward", "float64")
    named = [layer.keras for layer in wide.layers if "computes this Dense in float32" in layer.note]
    assert named == leaks
    assert wide.verdict == "pass", "it is judged by the noise of float32"
