"""keras-hub's DeiT against transformers': another epsilon in every normalisation, too small to show
in what float32 rounds but for the first."""

from typing import Any

from benchmarks.zoo.by_hand import fill, owners, put, translated

KIND = "vision"
PACKAGES = ("keras-hub", "transformers")
TRUTH = {"layernorm-epsilon": 5}
SHAPE = (32, 32, 3)


def keras_model() -> Any:
    from keras_hub.models import DeiTBackbone

    return DeiTBackbone((32, 32, 3), 8, 2, 4, 32, 64)


def torch_module() -> Any:
    from torch import nn
    from transformers import DeiTConfig, DeiTModel

    config = DeiTConfig(
        image_size=32,
        patch_size=8,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_size=32,
        intermediate_size=64,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.deit = DeiTModel(config, add_pooling_layer=False)

        def forward(self, images: Any) -> Any:
            return self.deit(images.permute(0, 3, 1, 2)).last_hidden_state

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    values = owners(keras_model)
    embeddings, raw = module.deit.embeddings, values.pop("deit_patching_and_embedding")
    put(embeddings.cls_token, raw["class_token"])
    put(embeddings.distillation_token, raw["distillation_token"])
    put(embeddings.position_embeddings, raw["position_embedding"])
    names = (
        ("^deit_patching_and_embedding/patch_embedding", "embeddings.patch_embeddings.projection"),
        ("^deit_encoder/ln", "layernorm"),
        (r"^deit_encoder/transformer_block_(\d)/", lambda found: f"layers.{int(found[1]) - 1}."),
        ("mha/attention_output", "attention.o_proj"),
        (r"mha/(\w).*$", r"attention.\1_proj"),
        ("ln_1", "layernorm_before"),
        ("ln_2", "layernorm_after"),
        ("mlp/dense", "mlp.fc1"),
        ("output_layer/output", "mlp.fc2"),
    )
    for path, value in values.items():
        fill(module.deit.get_submodule(translated(path, names)), value)


def mend(module: Any) -> None:
    from torch import nn

    for part in module.modules():
        if isinstance(part, nn.LayerNorm):
            part.eps = 1e-6
