"""keras-hub's FNet against transformers': a Fourier transform in place of attention."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    return {
        "token_ids": draw.integers(0, 100, (3, 7)).astype(np.int32),
        "segment_ids": draw.integers(0, 2, (3, 7)).astype(np.int32),
    }


def keras_model() -> Any:
    from keras_hub.models import FNetBackbone

    return FNetBackbone(100, 2, 32, 64, max_sequence_length=24, num_segments=2)


def torch_module() -> Any:
    from torch import nn
    from transformers import FNetConfig, FNetModel

    config = FNetConfig(
        vocab_size=100,
        num_hidden_layers=2,
        hidden_size=32,
        intermediate_size=64,
        max_position_embeddings=24,
        type_vocab_size=2,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fnet = FNetModel(config)

        def forward(self, token_ids: Any, segment_ids: Any) -> dict[str, Any]:
            found = self.fnet(token_ids, token_type_ids=segment_ids)
            return {
                "sequence_output": found.last_hidden_state,
                "pooled_output": found.pooler_output,
            }

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^token_embedding", "fnet.embeddings.word_embeddings"),
        ("^position_embedding", "fnet.embeddings.position_embeddings"),
        ("^segment_embedding", "fnet.embeddings.token_type_embeddings"),
        ("^embeddings_layer_norm", "fnet.embeddings.LayerNorm"),
        ("^embedding_projection", "fnet.embeddings.projection"),
        ("^pooled_dense", "fnet.pooler.dense"),
        (r"^f_net_layer_(\d)/", r"fnet.encoder.layer.\1."),
        ("mixing_layer_norm", "fourier.output.LayerNorm"),
        ("output_layer_norm", "output.LayerNorm"),
        ("intermediate_dense", "intermediate.dense"),
        ("output_dense", "output.dense"),
    )
    fill_by_name(keras_model, module, names)
