"""keras-hub's DINOv2 against transformers': both halves of a gated layer in one kernel, scales of
each layer, and Keras's second table of positions, which only a training reads."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, put, translated

KIND = "vision"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}
SHAPE = (28, 28, 3)


def keras_model() -> Any:
    from keras_hub.models import DINOV2Backbone

    return DINOV2Backbone(
        *(7, 2, 32, 4, 64),
        layer_scale_init_value=0.5,
        use_swiglu_ffn=True,
        image_shape=(28, 28, 3),
        position_embedding_shape=(28, 28),
    )


def torch_module() -> Any:
    from torch import nn
    from transformers import Dinov2Config, Dinov2Model

    config = Dinov2Config(
        image_size=28,
        patch_size=7,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        mlp_ratio=2,
        layerscale_value=0.5,
        use_swiglu_ffn=True,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dino = Dinov2Model(config)

        def forward(self, images: Any) -> Any:
            return self.dino(images.permute(0, 3, 1, 2)).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    values = owners(keras_model)
    raw, embeddings = values.pop("embeddings"), module.dino.embeddings
    put(embeddings.cls_token, raw["cls_token"])
    put(embeddings.position_embeddings, raw["interpolated_position_embeddings"])
    names = (
        (r"^encoder/layers_(\d)/", r"encoder.layer.\1."),
        ("attention/attention/attention_output", "attention.o_proj"),
        (r"attention/attention/(\w).*$", r"attention.\1_proj"),
        ("weights_out", "down_proj"),
        ("/", "."),
    )
    for path, held in values.items():
        place = translated(path, names)
        if "lambda1" in held:
            put(module.dino.get_submodule(place).lambda1, held["lambda1"])
        elif path.endswith("weights_in"):
            halves = ({n: np.split(x, 2, -1)[k] for n, x in held.items()} for k in (0, 1))
            for name, half in zip(("gate_proj", "up_proj"), halves, strict=True):
                fill(module.dino.get_submodule(place.replace("weights_in", name)), half)
        else:
            fill(module.dino.get_submodule(place), held)
