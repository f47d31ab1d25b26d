"""keras-hub's Whisper against transformers': a speech encoder and a decoder that attends to it."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_by_name

KIND = "audio"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    """The port takes spectrograms of one length alone."""
    draw = np.random.default_rng(0)
    mask = np.ones((3, 8), np.int32)
    mask[1, 6:] = 0
    return {
        "encoder_features": draw.normal(size=(3, 40, 20)).astype(np.float32),
        "decoder_token_ids": draw.integers(0, 60, (3, 8)).astype(np.int32),
        "decoder_padding_mask": mask,
    }


def keras_model() -> Any:
    from keras_hub.models import WhisperBackbone

    return WhisperBackbone(
        *(60, 2, 4, 32, 64, 20),
        max_encoder_sequence_length=40,
        max_decoder_sequence_length=16,
    )


def torch_module() -> Any:
    from torch import nn
    from transformers import WhisperConfig, WhisperModel

    config = WhisperConfig(
        vocab_size=60,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        d_model=32,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        num_mel_bins=20,
        max_source_positions=20,
        max_target_positions=16,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.whisper = WhisperModel(config)

        def forward(
            self, encoder_features: Any, decoder_token_ids: Any, decoder_padding_mask: Any
        ) -> dict[str, Any]:
            found = self.whisper(
                encoder_features.transpose(1, 2),
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
        (r"^encoder_token_embedding_conv_layer_(\d)", r"whisper.encoder.conv\1"),
        ("^encoder_position_embedding", "whisper.encoder.embed_positions"),
        ("^decoder_token_and_position_embedding/token_embedding", "whisper.decoder.embed_tokens"),
        (
            "^decoder_token_and_position_embedding/position_embedding",
            "whisper.decoder.embed_positions",
        ),
        ("^(en|de)coder_layer_norm", r"whisper.\1coder.layer_norm"),
        (r"^transformer_(en|de)coder_layer_(\d)/", r"whisper.\1coder.layers.\2."),
        ("self_attention(_layer)?/", "self_attn."),
        ("cross_attention/", "encoder_attn."),
        ("self_attention_layer_norm", "self_attn_layer_norm"),
        ("cross_attention_layer_norm", "encoder_attn_layer_norm"),
        ("feedforward_layer_norm", "final_layer_norm"),
        ("feedforward_intermediate_dense", "fc1"),
        ("feedforward_output_dense", "fc2"),
        ("attn.query", "attn.q_proj"),
        ("attn.key", "attn.k_proj"),
        ("attn.value", "attn.v_proj"),
        ("attn.attention_output", "attn.out_proj"),
    )
    fill_by_name(keras_model, module, names)
