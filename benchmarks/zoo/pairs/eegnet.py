"""mneflow's EEGNet against braindecode's: other normalisations, other paddings."""

from types import SimpleNamespace
from typing import Any

from benchmarks.zoo.by_hand import fill, owners, put

KIND = "EEG"
PACKAGES = ("mneflow", "braindecode")
TRUTH = {"layer-extra": 3, "padding-amount": 2, "bn-axis": 1}
SHAPE = (128, 6)
CHANNELS_FIRST = True
SPECS = {
    "filter_length": 32,
    "depth_multiplier": 2,
    "n_latent": 4,
    "pooling": 4,
    "dropout": 0.1,
    "padding": "same",
    "nonlin": "elu",
    "unitnorm_scope": [],
    "l1_lambda": 0.0,
    "l2_lambda": 0.0,
    "l1_scope": [],
    "l2_scope": [],
}


def keras_model() -> Any:
    """Its graph is drawn without the data set that the class asks for."""
    from unittest import mock

    import keras
    import tensorflow as tf
    from mneflow.models import EEGNet

    inputs = keras.Input((128, 6))
    recipe = SimpleNamespace(
        inputs=keras.layers.Reshape((1, 128, 6))(inputs),
        specs=SPECS,
        dataset=SimpleNamespace(h_params={"n_ch": 6, "n_t": 128}),
        out_dim=3,
    )
    # Keras 3 takes no function of TensorFlow on an input that is a symbol.
    with mock.patch.object(tf, "transpose", keras.ops.transpose):
        outputs = EEGNet.build_graph(recipe)
    return keras.Model(inputs, outputs)


def torch_module() -> Any:
    from braindecode.models import EEGNet

    return EEGNet(
        *(6, 3, 128),
        F1=4,
        D=2,
        kernel_length=32,
        depthwise_kernel_length=8,
        final_layer_with_constraint=True,
    )


def copy(keras_model: Any, module: Any) -> None:
    """What has a place; the first normalisation is of electrodes in Keras, of filters here."""
    conv, norm, spatial, separable, dense = owners(keras_model).values()
    fill(module.conv_temporal, conv)
    module.of_electrodes = norm
    # (electrodes, 1, filters, 2) -> (2 filters, 1, electrodes, 1)
    turned = spatial["kernel"].transpose(2, 3, 0, 1).reshape(8, 1, 6, 1)
    # Keras flattens (steps, filters), the port (filters, steps)
    flattened = dense["fc_weights"].reshape(4, 8, 3).transpose(1, 0, 2).reshape(32, 3)
    parts = (module.conv_spatial, module.final_layer.linearconstraint)
    put(parts[0].parametrizations.weight.original, turned)
    put(parts[1].parametrizations.weight.original, flattened.T)
    put(parts[1].bias, dense["fc_bias"])
    fill(module.conv_separable_depth, {"kernel": separable["depthwise_kernel"]})
    fill(module.conv_separable_point, {"kernel": separable["pointwise_kernel"]})


def mend(module: Any) -> None:
    """Norms are limited in training alone (that of the last layer's weight is above its limit, that
    of the convolution's is not), paddings are uneven, and one normalisation is enough."""
    import torch
    from torch import nn
    from torch.nn.utils.parametrize import remove_parametrizations

    class OfElectrodes(nn.BatchNorm2d):
        def forward(self, x: Any) -> Any:
            return super().forward(x.transpose(1, 2)).transpose(1, 2)

    for part in (module.conv_spatial, module.final_layer.linearconstraint):
        free = part.parametrizations.weight.original.detach().clone()
        remove_parametrizations(part, "weight")
        part.weight = nn.Parameter(free)
    module.bnorm_temporal = OfElectrodes(6, eps=1e-3).eval()
    fill(module.bnorm_temporal, module.of_electrodes)
    module.bnorm_1 = module.bnorm_2 = nn.Identity()
    module.conv_temporal.padding = module.conv_separable_depth.padding = (0, 0)
    module.conv_temporal.register_forward_pre_hook(
        lambda _, given: (torch.nn.functional.pad(given[0], (15, 16)),)
    )
    module.conv_separable_depth.register_forward_pre_hook(
        lambda _, given: (torch.nn.functional.pad(given[0], (3, 4)),)
    )
