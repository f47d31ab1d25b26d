"""keras-hub's RoBERTa against transformers', which adds a type of token that there is one of, and
holds two positions more; its epsilon is another, too."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import Values, fill, owners, translated

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH = {"layernorm-epsilon": 5, "weights-extra": 1}


def inputs() -> dict[str, np.ndarray]:
    """Words first and padding behind them; none is what the port takes for padding."""
    draw = np.random.default_rng(0)
    mask = np.ones((3, 7), np.int32)
    mask[1, 5:] = 0
    return {
        "token_ids": draw.integers(2, 100, (3, 7)).astype(np.int32),
        "padding_mask": mask,
    }


def keras_model() -> Any:
    from keras_hub.models import RobertaBackbone

    return RobertaBackbone(100, 2, 4, 32, 64, max_sequence_length=22)


def torch_module() -> Any:
    from torch import nn
    from transformers import RobertaConfig, RobertaModel

    config = RobertaConfig(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        intermediate_size=64,
        max_position_embeddings=24,
        type_vocab_size=1,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.roberta = RobertaModel(config, add_pooling_layer=False)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.roberta(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^embeddings/token_embedding", "embeddings.word_embeddings"),
        ("^embeddings/position_embedding", "embeddings.position_embeddings"),
        ("^embeddings_layer_norm", "embeddings.LayerNorm"),
        (r"^transformer_layer_(\d)/", r"encoder.layer.\1."),
        ("self_attention_layer/attention_output", "attention.output.dense"),
        ("self_attention_layer/", "attention.self."),
        ("self_attention_layer_norm", "attention.output.LayerNorm"),
        ("feedforward_layer_norm", "output.LayerNorm"),
        ("feedforward_intermediate_dense", "intermediate.dense"),
        ("feedforward_output_dense", "output.dense"),
    )
    for path, values in owners(keras_model).items():
        part = module.roberta.get_submodule(translated(path, names))
        is_longer = path.endswith("position_embedding")
        fill(part, _behind_two(part, values) if is_longer else values)


def _behind_two(part: Any, values: Values) -> Values:
    """Two rows in front are those of padding."""
    first = part.weight.detach().numpy()[:2]
    return {"embeddings": np.concatenate([first, values["embeddings"]])}


def mend(module: Any) -> None:
    from torch import nn

    nn.init.zeros_(module.roberta.embeddings.token_type_embeddings.weight)
    for part in module.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = 1e-5
