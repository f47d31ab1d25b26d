"""keras-hub's T5 against transformers': encoder and decoder, with layers of both sides' own."""

from typing import Any

from benchmarks.zoo.by_hand import fill, put, translated
from benchmarks.zoo.pairs import bart

KIND = "text"
PACKAGES = ("keras-hub", "transformers")
TRUTH: dict[str, int] = {}
inputs = bart.inputs


def keras_model() -> Any:
    from keras_hub.models import T5Backbone

    return T5Backbone(100, 2, 4, 32, 64, key_value_dim=8)


def torch_module() -> Any:
    from torch import nn
    from transformers import T5Config, T5Model

    config = T5Config(
        vocab_size=100,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-relu",
        use_cache=False,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.t5 = T5Model(config)

        def forward(
            self,
            encoder_token_ids: Any,
            encoder_padding_mask: Any,
            decoder_token_ids: Any,
            decoder_padding_mask: Any,
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
    """Two tables have the same path; and norms are counted through, encoder and decoder."""
    names = (
        (r"^transformer_(en|de)coder_layer_(\d)/", r"t5.\1coder.block.\2.layer."),
        (r"layer\.self_attention/(\w)\w*_projector", r"layer.0.SelfAttention.\1"),
        (r"layer\.cross_attention/(\w)\w*_projector", r"layer.1.EncDecAttention.\1"),
        (r"(encoder.*layer)\.(?=\w+_projector)", r"\1.1.DenseReluDense."),
        (r"(decoder.*layer)\.(?=\w+_projector)", r"\1.2.DenseReluDense."),
        ("input_projector", "wi_0"),
        ("gate_projector", "wi_1"),
        ("output_projector", "wo"),
        ("^(en|de)coder_output_layer_norm", r"t5.\1coder.final_layer_norm"),
        ("^token_embedding", "t5.shared"),
    )
    tables = [module.t5.encoder, module.t5.decoder]
    norms: dict[str, int] = {}
    for weight in keras_model.weights:
        path, _, role = weight.path.rpartition("/")
        name, value = translated(path, names), weight.numpy()
        if not weight.dtype.startswith("float"):
            continue
        if path == "self_attention":
            put(tables.pop(0).block[0].layer[0].SelfAttention.relative_attention_bias.weight, value)
        elif role == "weight":
            layer, _, own = name.rpartition(".layer.")
            if own.startswith("t5_layer_norm"):
                norms[layer] = norms.get(layer, -1) + 1
                name = f"{layer}.layer.{norms[layer]}.layer_norm"
            put(module.get_submodule(name).weight, value)
        else:
            fill(module.get_submodule(name), {role: value})
