"""keras-hub's T5 against transformers': relative positions, shared by the layers of a stack."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.zoo.by_hand import fill_all, leaves, owners

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}


def inputs() -> dict[str, np.ndarray]:
    """Words first and padding behind them, as text is: a query without a key is nobody's case."""
    draw = np.random.default_rng(0)
    masks = np.ones((2, 3, 7), np.int32)
    masks[:, 1, 5:] = 0
    words = draw.integers(0, 50, (2, 3, 7)).astype(np.int32)
    return {
        "decoder_padding_mask": masks[1],
        "decoder_token_ids": words[1],
        "encoder_padding_mask": masks[0],
        "encoder_token_ids": words[0],
    }


def keras_model() -> Any:
    from keras_hub.models import T5Backbone

    return T5Backbone(
        vocabulary_size=50,
        num_layers=2,
        num_heads=4,
        hidden_dim=16,
        intermediate_dim=24,
        activation="silu",
    )


def torch_module() -> Any:
    from torch import nn
    from transformers import T5Config, T5Model

    config = T5Config(
        vocab_size=50,
        num_layers=2,
        num_heads=4,
        d_model=16,
        d_kv=4,
        d_ff=24,
        feed_forward_proj="gated-silu",
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.t5 = T5Model(config)

        def forward(
            self,
            decoder_padding_mask: Any,
            decoder_token_ids: Any,
            encoder_padding_mask: Any,
            encoder_token_ids: Any,
        ) -> dict[str, Any]:
            found = self.t5(
                input_ids=encoder_token_ids,
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
    fill_all(parts(module.t5), owners(keras_model).values())


def parts(t5: Any) -> Iterator[Any]:
    """In Keras's order: what an attention holds itself stands ahead of its projections."""
    yield t5.shared
    for stack in (t5.encoder, t5.decoder):
        for block in stack.block:
            for layer in block.layer:
                yield from sorted(leaves(layer), key=lambda part: "Embedding" not in str(part))
        yield stack.final_layer_norm
