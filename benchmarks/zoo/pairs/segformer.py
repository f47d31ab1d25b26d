"""keras-hub's SegFormer against transformers', its logits enlarged as Keras does.

Other epsilons in front of attention and of the perceptron, whose gelu Keras approximates.
"""

from typing import Any

from benchmarks.zoo.by_hand import Values, fill_all, owners

KIND = "segmentation"
PACKAGES = ("keras-hub", "transformers")
TRUTH = {"layernorm-epsilon": 8, "gelu": 4}
SHAPE = (64, 64, 3)
CHANNELS_FIRST = True
HEADS, WIDTHS = [1, 2, 2, 4], [8, 16, 24, 32]


def keras_model() -> Any:
    from keras_hub.models import MiTBackbone, SegFormerBackbone, SegFormerImageSegmenter

    encoder = MiTBackbone(
        layerwise_depths=[1, 1, 1, 1],
        num_layers=4,
        layerwise_num_heads=HEADS,
        layerwise_sr_ratios=[8, 4, 2, 1],
        max_drop_path_rate=0.1,
        layerwise_patch_sizes=[7, 3, 3, 3],
        layerwise_strides=[4, 2, 2, 2],
        image_shape=(64, 64, 3),
        hidden_dims=WIDTHS,
    )
    backbone = SegFormerBackbone(image_encoder=encoder, projection_filters=24)
    return SegFormerImageSegmenter(backbone=backbone, num_classes=5)


def torch_module() -> Any:
    from torch import nn
    from torch.nn.functional import interpolate
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    config = SegformerConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=WIDTHS,
        num_attention_heads=HEADS,
        decoder_hidden_size=24,
        num_labels=5,
    )

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.segformer = SegformerForSemanticSegmentation(config)

        def forward(self, x: Any) -> Any:
            return interpolate(self.segformer(x).logits, scale_factor=4, mode="bilinear")

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    values = [*owners(keras_model).values()]
    for stage in module.segformer.segformer.stages:
        fill_all([stage.patch_embeddings.proj, stage.patch_embeddings.layer_norm], take(values, 2))
        (block,) = stage.blocks
        attention, mlp = block.attention, block.mlp
        parts = [attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj]
        fill_all([block.layernorm_before, *parts], take(values, 5))
        if attention.sequence_reduction_ratio > 1:
            reduction = attention.sequence_reduction
            fill_all([reduction.sequence_reduction, reduction.layer_norm], take(values, 2))
        parts = [block.layernorm_after, mlp.fc1, mlp.dwconv.dwconv, mlp.fc2, stage.layer_norm]
        fill_all(parts, take(values, 5))
    head = module.segformer.decode_head
    projections = [projection.proj for projection in head.linear_projections]
    fill_all([*projections, head.linear_fuse, head.batch_norm, head.classifier], values)


def take(values: list[Values], count: int) -> list[Values]:
    """The first of them, which are taken away."""
    first, values[:] = values[:count], values[count:]
    return first


def mend(module: Any) -> None:
    from torch import nn

    for stage in module.segformer.segformer.stages:
        for block in stage.blocks:
            block.layernorm_before.eps = block.layernorm_after.eps = 1e-6
            block.mlp.activation_fn = nn.GELU(approximate="tanh")
