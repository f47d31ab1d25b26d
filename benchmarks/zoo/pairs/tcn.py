"""keras-tcn against pytorch-tcn: dilated causal convolutions, layer normalisation, residuals."""

from typing import Any

from benchmarks.zoo.by_hand import fill_all, owners

KIND = "time series"
PACKAGES = ("keras-tcn", "pytorch-tcn")
TRUTH = {"layernorm-epsilon": 6}
SHAPE = (40, 8)


def keras_model() -> Any:
    import keras
    from tcn import TCN

    layer = TCN(
        *(16, 3, 1, (1, 2, 4)),
        return_sequences=True,
        use_skip_connections=False,
        use_layer_norm=True,
    )
    return keras.Sequential([keras.Input((40, 8)), layer])


def torch_module() -> Any:
    from pytorch_tcn import TCN

    return TCN(8, [16, 16, 16], 3, [1, 2, 4], use_norm="layer_norm", input_shape="NLC")


def copy(keras_model: Any, module: Any) -> None:
    values = [*owners(keras_model).values()]
    for block in range(3):
        part = module.network[block]
        names = ["conv1", "norm1", "conv2", "norm2", *(["downsample"] if block == 0 else [])]
        here = [values.pop(0) for _ in names]
        fill_all([getattr(part, name) for name in names], here)
    assert not values


def mend(module: Any) -> None:
    for block in module.network:
        block.norm1.eps = block.norm2.eps = 1e-3
