"""ncps's closed-form continuous-time cell, of Keras and of torch: a loop over the steps.

Not the same: torch's takes the tanh of both of its parts, and adds what Keras subtracts.
"""

from typing import Any

from benchmarks.zoo.by_hand import fill, fill_all, owners

KIND = "time series"
PACKAGES = ("ncps.keras", "ncps.torch")
TRUTH = {"activation-extra": 24, "sign": 12}
SHAPE = (12, 5)
SIZES: dict[str, Any] = {
    "return_sequences": True,
    "backbone_units": 16,
    "backbone_layers": 1,
    "backbone_dropout": 0.0,
}


def keras_model() -> Any:
    import keras
    from ncps.keras import CfC

    return keras.Sequential([keras.Input((12, 5)), CfC(9, **SIZES)])


def torch_module() -> Any:
    from ncps.torch import CfC
    from torch import nn

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cfc = CfC(5, 9, **SIZES)

        def forward(self, x: Any) -> Any:
            return self.cfc(x)[0]

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    own, backbone, *times = owners(keras_model).values()
    cell = module.cfc.rnn_cell
    fill_all([cell.backbone[0], cell.time_a, cell.time_b], [backbone, *times])
    for name in ("ff1", "ff2"):
        fill(getattr(cell, name), {"kernel": own[f"{name}_weight"], "bias": own[f"{name}_bias"]})


def mend(module: Any) -> None:
    from torch import nn

    cell = module.cfc.rnn_cell
    cell.tanh = nn.Identity()
    cell.time_a.weight.data.neg_()
    cell.time_a.bias.data.neg_()
