"""keras-hub's GPT-2 against transformers', which keeps q, k and v in one untransposed kernel."""

from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import Values, fill, owners, packed, put

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
    from keras_hub.models import GPT2Backbone

    return GPT2Backbone(100, 2, 4, 32, 128, max_sequence_length=24)


def torch_module() -> Any:
    from torch import nn
    from transformers import GPT2Config, GPT2Model

    config = GPT2Config(
        vocab_size=100,
        n_layer=2,
        n_head=4,
        n_embd=32,
        n_positions=24,
        bos_token_id=1,
        eos_token_id=2,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gpt = GPT2Model(config)

        def forward(self, token_ids: Any, padding_mask: Any) -> Any:
            return self.gpt(token_ids, attention_mask=padding_mask).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    values = owners(keras_model)
    fill(module.gpt.wte, values["token_embedding"])
    fill(module.gpt.wpe, values["position_embedding"])
    fill(module.gpt.ln_f, values["layer_norm"])
    for number, block in enumerate(module.gpt.h):
        layer = f"transformer_layer_{number}"
        fill(block.ln_1, values[f"{layer}/self_attention_layer_norm"])
        fill(block.ln_2, values[f"{layer}/feedforward_layer_norm"])
        inward = packed(values[f"{layer}/self_attention/{part}"] for part in PARTS)
        outward = values[f"{layer}/self_attention/attention_output"]
        linear(block.attn.c_attn, inward)
        linear(block.attn.c_proj, outward | {"kernel": outward["kernel"].reshape(32, 32)})
        linear(block.mlp.c_fc, values[f"{layer}/feedforward_intermediate_dense"])
        linear(block.mlp.c_proj, values[f"{layer}/feedforward_output_dense"])


PARTS = ("query", "key", "value")


def linear(module: Any, values: Values) -> None:
    """transformers' Conv1D holds its kernel as Keras's Dense does, (in, out)."""
    put(module.weight, values["kernel"])
    put(module.bias, values["bias"])
