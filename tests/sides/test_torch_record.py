"""A pass that is recorded in training mode trains what a training loop would."""

import torch
from torch import nn

from parity.sides import torch_record


class Frozen(nn.Module):
    """Its normalisation infers, as its own `train` has it."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        self.drop = nn.Dropout(0.5)

    def train(self, mode: bool = True) -> "Frozen":
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.drop(self.norm(x))
        return found


def modes(module: nn.Module) -> dict[str, bool]:
    makers = {"0": lambda: torch.randn(4, 3)}
    _, trace = torch_record.record(module, makers, training=True)
    return {step.path: step.settings["training"] for step in trace.steps}


def test_a_train_of_a_persons_own_is_heard_though_nobody_called_it() -> None:
    assert modes(Frozen()) == {"norm": False, "drop": True}


def test_a_module_as_it_was_made_trains_but_for_what_was_put_to_inference() -> None:
    module = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5))
    assert modes(module) == {"0": True, "1": True}
    module[0].eval()
    assert modes(module) == {"0": False, "1": True}
    assert not module[0].training
    assert module.training
