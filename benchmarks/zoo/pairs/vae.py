"""keras-hub's variational auto-encoder (Stable Diffusion 3) against diffusers'."""

from typing import Any

from benchmarks.zoo.by_hand import fill_by_name

KIND = "generative"
PACKAGES = ("keras-hub", "diffusers")
TRUTH: dict[str, int] = {}
SHAPE = (8, 8, 3)
CHANNELS_FIRST = True


def keras_model() -> Any:
    from keras_hub.src.models.vae.vae_backbone import VAEBackbone

    return VAEBackbone(
        *([32, 32], [1, 1], [32, 32], [2, 2]), sampler_method="mode", sample_channels=8
    )


def torch_module() -> Any:
    from diffusers import AutoencoderKL
    from torch import nn

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.vae = AutoencoderKL(
                down_block_types=("DownEncoderBlock2D",) * 2,
                up_block_types=("UpDecoderBlock2D",) * 2,
                block_out_channels=(32, 32),
                latent_channels=4,
                use_quant_conv=False,
                use_post_quant_conv=False,
            )

        def forward(self, x: Any) -> Any:
            return self.vae(x).sample

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    names = (
        ("input_projection", "conv_in"),
        ("output_projection", "conv_out"),
        ("output_norm", "conv_norm_out"),
        (r"encoder/block_(\d)_(\d)", r"encoder.down_blocks.\1.resnets.\2"),
        (r"decoder/block_(\d)_(\d)", r"decoder.up_blocks.\1.resnets.\2"),
        (r"encoder/downsample_(\d)_conv", r"encoder.down_blocks.\1.downsamplers.0.conv"),
        (r"decoder/upsample_(\d)_conv", r"decoder.up_blocks.\1.upsamplers.0.conv"),
        ("residual_projection", "conv_shortcut"),
        (r"mid_block_(\d)", r"mid_block.resnets.\1"),
        ("mid_attention/group_norm", "mid_block.attentions.0.group_norm"),
        ("mid_attention/query_conv2d", "mid_block.attentions.0.to_q"),
        ("mid_attention/key_conv2d", "mid_block.attentions.0.to_k"),
        ("mid_attention/value_conv2d", "mid_block.attentions.0.to_v"),
        ("mid_attention/output_conv2d", "mid_block.attentions.0.to_out.0"),
        ("^", "vae."),
        ("/", "."),
    )
    fill_by_name(keras_model, module, names)
