"""What a script does is seen by a tape, and comes out the same."""

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from parity.sides.tape import Tape
from parity.sides.unscripted import unscripted

X = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))


class Loops(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(8, 8)

    def forward(self, x: Tensor, times: int = 3) -> tuple[Tensor, Tensor]:
        found = [x]
        for n in range(times):
            if n > 0:
                found.append(F.gelu(self.dense(found[-1]), approximate="tanh") / n)
        return torch.cat(found, 1), F.elu(found[-1], 0.5)


class Resized(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(3, 4, 2, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = F.interpolate(self.up(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        return F.layer_norm(y, [32, 32]).softmax(1)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(x[:, 0])[0]  # type: ignore[no-any-return]


def scripted(module: nn.Module) -> nn.Module:
    made: nn.Module = torch.jit.script(module.eval())
    return made


def traced(module: nn.Module) -> nn.Module:
    made: nn.Module = torch.jit.trace(module.eval(), X)  # type: ignore[no-untyped-call]
    return made


@pytest.fixture(autouse=True)
def quiet() -> None:
    warnings.simplefilter("ignore")  # both are deprecated, and people have them


@pytest.mark.parametrize("made", [scripted, traced])
@pytest.mark.parametrize("kind", [Loops, Resized, Recurrent])
def test_it_gives_the_same(kind: type[nn.Module], made: Callable[[nn.Module], nn.Module]) -> None:
    module = made(kind())
    with torch.no_grad():
        wanted = module(X)
        with unscripted(module):
            found = module(X)
        again = module(X)
    torch.testing.assert_close(found, wanted, rtol=0, atol=0)
    torch.testing.assert_close(again, wanted, rtol=0, atol=0)
    assert isinstance(vars(module).get("forward"), torch.ScriptMethod | None)


@pytest.mark.parametrize("made", [scripted, traced])
def test_a_tape_sees_its_steps(made: Callable[[nn.Module], nn.Module]) -> None:
    layers = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2)]
    module = made(nn.Sequential(*layers))
    with torch.no_grad(), Tape(module, X, values=False) as tape:
        module(X)
    kinds = [call.step.kind for call in tape.calls]
    assert kinds == ["conv2d", "batch_norm", "relu", "flatten", "linear"]
    names = {v.name for call in tape.calls for v in call.step.variables}
    assert names == {name for name in module.state_dict() if "num_batches" not in name}


def test_what_is_not_known_runs_as_a_script() -> None:
    module = scripted(Recurrent())
    with torch.no_grad(), Tape(module, X, values=False) as tape:
        module(X)
    assert tape.calls == []
