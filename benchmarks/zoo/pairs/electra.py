"""keras-hub's ELECTRA against transformers', whose GELU is the exact one; embeddings are narrow."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH = {"gelu": 2}


def inputs() -> dict[str, np.ndarray]:
    """Words first and padding behind them."""
    draw = np.random.default_rng(0)
    mask = np.ones((3, 7), np.int32)
    mask[1, 5:] = 0
    return {
        "token_ids": draw.integers(0, 100, (3, 7)).astype(np.int32),
        "segment_ids": draw.integers(0, 2, (3, 7)).astype(np.int32),
        "padding_mask": mask,
    }


def keras_model() -> Any:
    import keras
    from keras_hub.models import ElectraBackbone

    whole = ElectraBackbone(100, 2, 4, 32, 16, 64, max_sequence_length=24)
    return keras.Model(whole.input, whole.output["sequence_output"])


def torch_module() -> Any:
    from torch import nn
    from transformers import ElectraConfig, ElectraModel

    config = ElectraConfig(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        embedding_size=16,
        hidden_size=32,
        intermediate_size=64,
        max_position_embeddings=24,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.electra = ElectraModel(config)

        def forward(self, token_ids: Any, segment_ids: Any, padding_mask: Any) -> Any:
            return self.electra(token_ids, padding_mask, segment_ids).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^token_embedding", "electra.embeddings.word_embeddings"),
        ("^position_embedding", "electra.embeddings.position_embeddings"),
        ("^segment_embedding", "electra.embeddings.token_type_embeddings"),
        ("^embeddings_layer_norm", "electra.embeddings.LayerNorm"),
        ("^embeddings_projection", "electra.embeddings_project"),
        (r"^transformer_layer_(\d)/", r"electra.encoder.layer.\1."),
        ("self_attention_layer/attention_output", "attention.output.dense"),
        ("self_attention_layer/", "attention.self."),
        ("self_attention_layer_norm", "attention.output.LayerNorm"),
        ("feedforward_layer_norm", "output.LayerNorm"),
        ("feedforward_intermediate_dense", "intermediate.dense"),
        ("feedforward_output_dense", "output.dense"),
    )
    fill_by_name(keras_model, module, names)


def mend(module: Any) -> None:
    from torch import nn

    for part in module.electra.encoder.layer:
        part.intermediate.intermediate_act_fn = nn.GELU(approximate="tanh")
