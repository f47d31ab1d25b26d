"""A person's own word on what answers what, read and refused."""

from pathlib import Path
from typing import Any

import pytest

from parity.errors import ModelError
from parity.mapping import overrides
from parity.mapping.overrides import Input, MappingOverrides, Weight


def test_a_file_says_what_a_dictionary_says(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        """
[layers]
conv1 = "features.0"
block_add = ["add_3", "relu_4"]

[weights]
"conv1/kernel" = { torch = "features.0.weight", axes = [3, 2, 0, 1] }
"conv1/bias" = "features.0.bias"

[inputs]
image = "channels_last"
clip = { axes = [0, 2, 1], torch = "frames" }
ids = { torch = "batch[ids]", below = 50 }
""",
        encoding="utf-8",
    )
    overridden = MappingOverrides(
        {"conv1": ("features.0",), "block_add": ("add_3", "relu_4")},
        {
            "conv1/kernel": Weight("features.0.weight", (3, 2, 0, 1)),
            "conv1/bias": Weight("features.0.bias"),
        },
        {
            "image": Input("channels_last"),
            "clip": Input(axes=(0, 2, 1), torch="frames"),
            "ids": Input(torch="batch[ids]", below=50),
        },
    )
    assert overrides.read(path) == overridden
    assert overrides.parse({"layers": {"conv1": "features.0"}}).layers == {"conv1": ("features.0",)}


def test_an_empty_mapping_overrides_nothing() -> None:
    assert overrides.parse({}) == overrides.NONE


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"layer": {}}, r"\[layer\] is not known; there are layers, weights, inputs"),
        ({"layers": {"a": []}}, r"layers\.a = \[\]; give a name"),
        ({"layers": {"a": [3]}}, r"layers\.a = \[3\]; give a name"),
        ({"weights": {"a": {"axes": [0]}}}, r"weights\.a = .*give \{ torch ="),
        ({"weights": {"a": {"torch": "w", "axes": [0, 2]}}}, "which is no order of axes"),
        ({"weights": {"a": {"torch": "w", "rows": [3, 2]}}}, r"has rows \[3, 2\]; give two"),
        ({"inputs": {"x": "channels"}}, "choose of channels_first, channels_last"),
        ({"inputs": {"x": {"dtype": "int"}}}, r"or give \{ axes ="),
        ({"inputs": {"x": {"axes": [1, 2]}}}, "which is no order of axes"),
        ({"inputs": {"x": {"torch": 3}}}, "has torch 3; give an argument's name"),
        ({"inputs": {"x": {"below": 0}}}, "has below 0; give a whole number"),
    ],
)
def test_what_is_not_understood_is_refused(found: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        overrides.parse(found)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        overrides.read(tmp_path / "missing.toml")
    (tmp_path / "bad.toml").write_text("layers = [", encoding="utf-8")
    with pytest.raises(ModelError, match="is no TOML"):
        overrides.read(tmp_path / "bad.toml")
