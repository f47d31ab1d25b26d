"""kapre's mel spectrogram against torchaudio's: no weights, but a window and a filter bank."""

from typing import Any

KIND = "audio"
PACKAGES = ("kapre", "torchaudio")
TRUTH: dict[str, int] = {}
SHAPE = (2048, 1)
CHANNELS_FIRST = True


def keras_model() -> Any:
    from kapre.composed import get_melspectrogram_layer

    return get_melspectrogram_layer(
        input_shape=(2048, 1),
        n_fft=256,
        hop_length=128,
        sample_rate=8000,
        n_mels=20,
        input_data_format="channels_last",
        output_data_format="channels_last",
    )


def torch_module() -> Any:
    from torch import nn
    from torchaudio.transforms import MelSpectrogram

    class Port(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mel = MelSpectrogram(
                8000,
                n_fft=256,
                hop_length=128,
                n_mels=20,
                center=False,
                power=1.0,
                norm="slaney",
                mel_scale="slaney",
            )

        def forward(self, x: Any) -> Any:
            return self.mel(x).transpose(-1, -2)  # (N, 1, frames, mels), channels first

    return Port()


def copy(keras_model: Any, module: Any) -> None:
    """There is nothing to copy."""
