"""keras-hub's DistilBERT against transformers': keys that are padding, and no segments."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    """Words first and padding behind them, as text is: a query without a key is nobody's case."""
    draw = np.random.default_rng(0)
    mask = np.ones((3, 7), np.int32)
    mask[1, 5:] = 0
    return {"token_ids": draw.integers(0, 50, (3, 7)).astype(np.int32), "padding_mask": mask}


def keras_model() -> Any:
    from keras_hub.models import DistilBertBackbone

    return DistilBertBackbone(
        vocabulary_size=50,
        num_layers=2,
        num_heads=4,
        hidden_dim=16,
        intermediate_dim=24,
        max_sequence_length=24,
    )


def torch_module() -> Any:
    from torch import nn
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(
        vocab_size=50,
        n_layers=2,
        n_heads=4,
        dim=16,
        hidden_dim=24,
        max_position_embeddings=24,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = DistilBertModel(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.bert(token_ids, padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^token_and_position_embedding/token", "bert.embeddings.word"),
        ("^token_and_position_embedding/position", "bert.embeddings.position"),
        ("_embedding$", "_embeddings"),
        ("^embeddings_layer_norm", "bert.embeddings.LayerNorm"),
        (r"^transformer_layer_(\d)/", r"bert.transformer.layer.\1."),
        ("self_attention_layer/attention_output", "attention.out_lin"),
        (r"self_attention_layer/(\w).*$", r"attention.\1_lin"),
        ("self_attention_layer_norm", "sa_layer_norm"),
        ("feedforward_layer_norm", "output_layer_norm"),
        ("feedforward_intermediate_dense", "ffn.lin1"),
        ("feedforward_output_dense", "ffn.lin2"),
    )
    fill_by_name(keras_model, module, names)
