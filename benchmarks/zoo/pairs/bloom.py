"""keras-hub's BLOOM against transformers': slopes in place of positions, and q, k and v of each
head one behind the other in one Linear."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill, owners, put

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
    from keras_hub.models import BloomBackbone

    return BloomBackbone(100, 2, 4, 32, 128)


def torch_module() -> Any:
    from torch import nn
    from transformers import BloomConfig, BloomModel

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            config = BloomConfig(vocab_size=100, n_layer=2, n_head=4, hidden_size=32)
            self.bloom = BloomModel(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.bloom(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    values = owners(keras_model)
    fill(module.bloom.word_embeddings, values["token_embedding"])
    fill(module.bloom.word_embeddings_layernorm, values["embedding_layernorm"])
    fill(module.bloom.ln_f, values["final_layernorm"])
    for number, block in enumerate(module.bloom.h):
        layer = f"transformer_layer_{number}"
        fill(block.input_layernorm, values[f"{layer}/pre_attention_layernorm"])
        fill(block.post_attention_layernorm, values[f"{layer}/post_attention_layernorm"])
        heads = [values[f"{layer}/self_attention/{part}_dense"] for part in PARTS]
        # (in, heads, size) of each -> (heads, 3, size, in)
        kernels = np.stack([one["kernel"].transpose(1, 2, 0) for one in heads], axis=1)
        biases = np.stack([one["bias"] for one in heads], axis=1)
        put(block.self_attention.query_key_value.weight, kernels.reshape(96, 32))
        put(block.self_attention.query_key_value.bias, biases.reshape(96))
        fill(block.self_attention.dense, values[f"{layer}/self_attention/output_dense"])
        fill(block.mlp.dense_h_to_4h, values[f"{layer}/mlp_intermediate_dense"])
        fill(block.mlp.dense_4h_to_h, values[f"{layer}/mlp_output_dense"])


PARTS = ("query", "key", "value")
