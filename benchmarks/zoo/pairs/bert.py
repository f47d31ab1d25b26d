"""keras-hub's BERT against transformers': the port's gelu is exact, Keras's approximates it."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH = {"gelu": 2}
SIZES = (100, 2, 4, 32, 64)  # vocabulary, layers, heads, width, inner width


def inputs() -> dict[str, np.ndarray]:
    """Words first and padding behind them, as text is: a query without a key is nobody's case."""
    draw = np.random.default_rng(0)
    mask = np.ones((3, 7), np.int32)
    mask[1, 5:] = 0
    return {
        "token_ids": draw.integers(0, 100, (3, 7)).astype(np.int32),
        "segment_ids": draw.integers(0, 2, (3, 7)).astype(np.int32),
        "padding_mask": mask,
    }


def keras_model() -> Any:
    from keras_hub.models import BertBackbone

    return BertBackbone(*SIZES, max_sequence_length=24)


def torch_module() -> Any:
    from torch import nn
    from transformers import BertConfig, BertModel

    vocabulary, layers, heads, width, inner = SIZES
    config = BertConfig(
        vocab_size=vocabulary,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        hidden_size=width,
        intermediate_size=inner,
        max_position_embeddings=24,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = BertModel(config)

        def forward(self, token_ids: Any, segment_ids: Any, padding_mask: Any) -> dict[str, Any]:
            found = self.bert(token_ids, padding_mask, segment_ids)
            return {
                "sequence_output": found.last_hidden_state,
                "pooled_output": found.pooler_output,
            }

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^token_embedding", "bert.embeddings.word_embeddings"),
        ("^position_embedding", "bert.embeddings.position_embeddings"),
        ("^segment_embedding", "bert.embeddings.token_type_embeddings"),
        ("^embeddings_layer_norm", "bert.embeddings.LayerNorm"),
        ("^pooled_dense", "bert.pooler.dense"),
        (r"^transformer_layer_(\d)/", r"bert.encoder.layer.\1."),
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

    for layer in module.bert.encoder.layer:
        layer.intermediate.intermediate_act_fn = nn.GELU(approximate="tanh")
