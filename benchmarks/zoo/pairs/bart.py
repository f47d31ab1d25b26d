"""keras-hub's BART against transformers': encoder and decoder, positions counted from two on."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, translated

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    masks = np.ones((3, 7), np.int32), np.ones((3, 6), np.int32)
    masks[0][1, 5:] = masks[1][2, 4:] = 0
    return {
        "encoder_token_ids": draw.integers(0, 100, (3, 7)).astype(np.int32),
        "encoder_padding_mask": masks[0],
        "decoder_token_ids": draw.integers(0, 100, (3, 6)).astype(np.int32),
        "decoder_padding_mask": masks[1],
    }


def keras_model() -> Any:
    from keras_hub.models import BartBackbone

    return BartBackbone(100, 2, 4, 32, 64, max_sequence_length=24)


def torch_module() -> Any:
    from torch import nn
    from transformers import BartConfig, BartModel

    config = BartConfig(
        vocab_size=100,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=24,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bart = BartModel(config)

        def forward(
            self,
            encoder_token_ids: Any,
            encoder_padding_mask: Any,
            decoder_token_ids: Any,
            decoder_padding_mask: Any,
        ) -> dict[str, Any]:
            found = self.bart(
                encoder_token_ids,
                attention_mask=encoder_padding_mask,
                decoder_input_ids=decoder_token_ids,
                decoder_attention_mask=decoder_padding_mask,
            )
            return {
                "encoder_sequence_output": found.encoder_last_hidden_state,
                "decoder_sequence_output": found.last_hidden_state,
            }

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("^token_embedding", "bart.shared"),
        ("^(en|de)coder_position_embedding", r"bart.\1coder.embed_positions"),
        ("^(en|de)coder_embeddings_layer_norm", r"bart.\1coder.layernorm_embedding"),
        (r"^transformer_(en|de)coder_layer_(\d)/", r"bart.\1coder.layers.\2."),
        ("self_attention_layer_norm", "self_attn_layer_norm"),
        ("cross_attention_layer_norm", "encoder_attn_layer_norm"),
        ("self_attention(_layer)?/", "self_attn."),
        ("cross_attention/", "encoder_attn."),
        ("feedforward_layer_norm", "final_layer_norm"),
        ("feedforward_intermediate_dense", "fc1"),
        ("feedforward_output_dense", "fc2"),
        ("attn.query", "attn.q_proj"),
        ("attn.key", "attn.k_proj"),
        ("attn.value", "attn.v_proj"),
        ("attn.attention_output", "attn.out_proj"),
    )
    for path, values in owners(keras_model).items():
        part = module.get_submodule(translated(path, names))
        is_longer = path.endswith("position_embedding")
        fill(part, _behind_two(part, values) if is_longer else values)


def _behind_two(part: Any, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Two rows in front are never looked up."""
    first = part.weight.detach().numpy()[:2]
    return {"embeddings": np.concatenate([first, values["embeddings"]])}
