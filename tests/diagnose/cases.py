"""Ports with a planted mistake, made into cases, and played under the changes of a hypothesis."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from parity.diagnose.causes import CAUSES
from parity.diagnose.hypotheses import hypotheses
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Array, Step
from parity.records.interventions import Lent
from parity.sides.changed import Changed
from parity.sides.program import MODEL_INPUT, Ref, run
from parity.sides.tape import Tape

Body = Callable[..., Tensor]
Layer = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], tuple[int, ...]]

NOISE = 1e-12  # float64, of outputs near 1
CHANNELS_LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1)}  # Keras's axis i is torch's axis [i]


class Port(nn.Module):
    def __init__(self, body: Body, **modules: nn.Module) -> None:
        super().__init__()
        self.body = body
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, *x: Tensor) -> Tensor:
        return self.body(self, *x)


@dataclass(frozen=True)
class Planted:
    """A port, what it should compute, and the Keras layers, in torch's layout."""

    cause: str
    keras: list[Layer]  # class, get_config(), and the output's shape of all but the last
    port: Port
    faithful: Body  # of the port and its inputs
    inputs: tuple[Tensor, ...]
    is_sequence: bool = False  # (N, T, features) on both sides
    keras_shape: tuple[int, ...] = ()  # of the output, where it is not torch's with channels last
    note: str = ""
    values: Mapping[str, Array] = field(default_factory=dict)  # of Keras's, as a Case has them

    def __str__(self) -> str:
        return f"{self.cause} {self.note}".strip()


def planted(
    cause: str,
    keras: Layer | list[Layer],
    body: Body,
    faithful: Body,
    *x: Tensor,
    note: str = "",
    is_sequence: bool = False,
    keras_shape: tuple[int, ...] = (),
    values: Mapping[str, Array] | None = None,
    **modules: nn.Module,
) -> Planted:
    layers = keras if isinstance(keras, list) else [keras]
    port = Port(body, **modules).double().eval()
    return Planted(cause, layers, port, faithful, x, is_sequence, keras_shape, note, values or {})


def image(*shape: int) -> Tensor:
    """Values of both signs that no two of which are equal, the same each time."""
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def record(port: Port, inputs: tuple[Tensor, ...]) -> Tape:
    marked = [x.clone() for x in inputs]
    with torch.no_grad(), Tape(port, *marked, values=False) as tape:
        port(*marked)
    return tape


def play(tape: Tape, inputs: tuple[Tensor, ...], found: Hypothesis | None) -> Tensor:
    program = Changed(tape, found.changes if found else ())
    feeds = {Ref(MODEL_INPUT, i): x.clone() for i, x in enumerate(inputs)}
    last = len(tape.calls) - 1
    with torch.no_grad():
        output: Tensor = run(program, range(len(tape.calls)), feeds, Ref(last), "float64")
    return output


def case_of(one: Planted, tape: Tape) -> Case:
    shape, rank = one.inputs[0].shape, one.inputs[0].ndim
    axes = tuple(range(rank)) if one.is_sequence else CHANNELS_LAST.get(rank, tuple(range(rank)))
    with torch.no_grad():
        out = tuple(one.faithful(one.port, *one.inputs).shape)
    if not one.is_sequence and len(out) > 2:
        out = (out[0], *out[2:], out[1])
    out = one.keras_shape or out
    steps: list[Step] = []
    for number, layer in enumerate(one.keras):
        kind, settings, *given = layer
        inputs = ("",) * len(one.inputs) if not number else (steps[-1].name,)
        steps.append(
            Step(f"keras_{number}", kind, given[0] if given else out, inputs=inputs,
                 settings=settings)
        )  # fmt: skip
    torch_steps = tuple(call.step for call in tape.calls)
    own = tuple(shape[axis] for axis in axes)
    lent = {role: Lent(role, array) for role, array in one.values.items()}
    return Case(tuple(steps), torch_steps, own, out, axes, lent)


def difference(output: Tensor, wanted: Tensor) -> float:
    if output.shape != wanted.shape or not torch.isfinite(output).all():
        return float("inf")
    return float((output - wanted).abs().max())


def effect(tape: Tape, one: Planted, found: Hypothesis, wanted: Tensor) -> float:
    """The difference under a hypothesis; infinite where its changes cannot be made."""
    try:
        return difference(play(tape, one.inputs, found), wanted)
    except (RuntimeError, ValueError, AttributeError, IndexError, KeyError, TypeError):
        return float("inf")


def diagnosis(one: Planted) -> Hypothesis | None:
    """The first hypothesis that brings the difference to noise."""
    torch.manual_seed(0)
    before = copy.deepcopy(one.port.state_dict())
    attributes = {name: dict(m.__dict__) for name, m in one.port.named_modules()}
    tape = record(one.port, one.inputs)
    with torch.no_grad():
        wanted = one.faithful(one.port, *one.inputs)
    assert difference(play(tape, one.inputs, None), wanted) > 1e-9, "no mistake is planted"
    tried = list(hypotheses(case_of(one, tape)))
    assert all(found.cause in CAUSES for found in tried)
    assert all(found.says and found.fix for found in tried)
    found = next((h for h in tried if effect(tape, one, h, wanted) < NOISE), None)
    for name, tensor in one.port.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    for name, module in one.port.named_modules():
        assert module.__dict__.keys() == attributes[name].keys()
        plain = (int, float, str, tuple, bool)
        own = {n: v for n, v in module.__dict__.items() if isinstance(v, plain)}
        assert own == {n: attributes[name][n] for n in own}
    return found
