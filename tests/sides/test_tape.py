"""The tape sees modules and functions alike, and can play any part again."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity.mapping.ledger import draw_up
from parity.records.comparison import Alignment, Trace, Variable
from parity.sides.program import Names, run
from parity.sides.tape import Tape


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.act = nn.ReLU(inplace=True)
        self.fc = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.conv(x))
        x = F.max_pool2d(x, 2).flatten(1)
        return torch.sigmoid(self.fc(x)) + F.linear(x, self.fc.weight)


def record() -> tuple[Net, Tape, Tensor]:
    torch.manual_seed(0)
    model, x = Net().eval(), torch.randn(4, 1, 6, 6)
    with torch.no_grad(), Tape(model, x) as tape:
        output = model(x)
    return model, tape, output


def play(tape: Tape, steps: Sequence[str], x: torch.Tensor) -> torch.Tensor:
    """These steps again, on another value of what the first of them takes."""
    names = Names(tape.calls)
    numbers = [names.number(step) for step in steps]
    (first,) = tape.takes(numbers[0])
    played: torch.Tensor = run(tape, numbers, {first: x}, names.ref(steps[-1]), "float32")
    return played


def test_every_step_is_seen_in_order() -> None:
    _, tape, _ = record()
    assert [call.step.name for call in tape.calls] == [
        "conv",
        "act",
        "max_pool2d_1",
        "flatten_1",
        "fc",
        "sigmoid_1",
        "linear_1",
        "add_1",
    ]


class Numbered(nn.Module):
    """Its modules are called as functions are numbered."""

    def __init__(self) -> None:
        super().__init__()
        self.relu_1 = nn.ReLU()
        self.relu_2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.relu_2(F.relu(self.relu_1(F.relu(self.relu_1(x)))))
        return found


def test_no_function_has_the_name_of_a_module() -> None:
    model, x = Numbered(), torch.ones(1, 2)
    with torch.no_grad(), Tape(model, x) as tape:
        model(x)
    names = [call.step.name for call in tape.calls]
    assert names == ["relu_1", "relu_3", "relu_1_1", "relu_4", "relu_2"]
    assert [call.step.inputs for call in tape.calls[1:]] == [(name,) for name in names[:-1]]


def test_steps_know_the_parameters_they_use() -> None:
    _, tape, _ = record()
    used = {call.step.name: [v.name for v in call.step.variables] for call in tape.calls}
    assert used["conv"] == ["conv.weight", "conv.bias"]
    assert used["linear_1"] == ["fc.weight"]
    assert used["sigmoid_1"] == []


def test_a_module_that_works_in_place_does_not_alter_what_was_recorded() -> None:
    _, tape, _ = record()
    assert tape.outputs["conv"].min() < 0
    assert tape.inputs["act"].min() < 0
    assert tape.outputs["act"].min() == 0


def test_playing_all_steps_gives_the_output_again() -> None:
    _, tape, output = record()
    names = tuple(call.step.name for call in tape.calls)
    torch.manual_seed(0)
    Net()  # draws the same weights, so that the next draws are the same input
    again = play(tape, names, torch.randn(4, 1, 6, 6))
    assert np.array_equal(again.detach().numpy(), output.numpy())


def test_a_part_is_played_on_another_input() -> None:
    model, tape, _ = record()
    x = torch.randn(5, 8)
    with torch.no_grad():
        played = play(tape, ("fc", "sigmoid_1"), x)
        assert np.array_equal(played.numpy(), torch.sigmoid(model.fc(x)).numpy())


def test_hooks_are_gone_afterwards() -> None:
    model, tape, _ = record()
    calls = len(tape.calls)
    model(torch.randn(1, 1, 6, 6))
    assert len(tape.calls) == calls


class Positions(nn.Module):
    """Its positions are a buffer that a table is called on; the spare one is nobody's."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(6, 3)
        self.register_buffer("places", torch.arange(6))
        self.register_buffer("spare", torch.arange(6))

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = x + self.table(self.places)
        return found


def test_a_tensor_of_its_own_that_a_module_is_called_on_is_used() -> None:
    model, x = Positions().eval(), torch.randn(2, 6, 3)
    with torch.no_grad(), Tape(model, x) as tape:
        model(x)
    (table,) = [call.step for call in tape.calls if call.step.kind == "Embedding"]
    assert table.given == ("places",)
    owned = tuple(Variable(name, name, tuple(t.shape)) for name, t in model.state_dict().items())
    ours = Trace((), {}, {}, ())
    theirs = Trace(tuple(call.step for call in tape.calls), {}, {}, owned)
    assert draw_up(Alignment(()), ours, theirs, {}).uncalled == ("spare",)
