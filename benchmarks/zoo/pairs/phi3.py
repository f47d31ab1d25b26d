"""keras-hub's Phi-3 against transformers': queries, keys and values of two sizes in one matrix."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, packed

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    """Words first and padding behind them, as text is: a query without a key is nobody's case."""
    draw = np.random.default_rng(0)
    mask = np.ones((3, 7), np.int32)
    mask[1, 5:] = 0
    return {
        "token_ids": draw.integers(0, 100, (3, 7)).astype(np.int32),
        "padding_mask": mask,
    }


def keras_model() -> Any:
    from keras_hub.models import Phi3Backbone

    return Phi3Backbone(100, 2, 32, 64, 4, 2)


def torch_module() -> Any:
    from torch import nn
    from transformers import Phi3Config, Phi3Model

    config = Phi3Config(
        vocab_size=100,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        num_key_value_heads=2,
        intermediate_size=64,
        rms_norm_eps=1e-6,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.phi3 = Phi3Model(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.phi3(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    values = owners(keras_model)
    embedding = values.pop("token_embedding")  # what turns features back into words is not used
    fill(module.phi3.embed_tokens, {"embeddings": embedding["embeddings"]})
    fill(module.phi3.norm, values["sequence_output_layernorm"])
    for number, layer in enumerate(module.phi3.layers):
        own = {
            path.removeprefix(f"transformer_layer_{number}/"): value
            for path, value in values.items()
        }
        attended = [own[f"attention/{part}"] for part in ("query", "key", "value")]
        fill(layer.self_attn.qkv_proj, packed(attended))
        fill(layer.self_attn.o_proj, own["attention/attention_output"])
        gated = [own[f"feedforward_{part}_dense"] for part in ("gate", "intermediate")]
        fill(layer.mlp.gate_up_proj, packed(gated))
        fill(layer.mlp.down_proj, own["feedforward_output_dense"])
        fill(layer.input_layernorm, own["pre_attention_layernorm"])
        fill(layer.post_attention_layernorm, own["post_attention_layernorm"])
