"""What `parity.check` says of live objects that leave, and of arguments that are none: a script.

It runs by itself (tests/test_api_refusals.py), as tests/live_objects.py does, and prints JSON.
"""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from rich.console import Console

import parity
from parity.errors import ParityError
from tests.own import leaving


def model(activation: str | None = None) -> Any:
    layers = [keras.layers.ReLU(), keras.layers.Dense(4, activation), keras.layers.Dense(2)]
    return keras.Sequential([keras.Input((4,)), *layers], name="net")


def said(call: Callable[..., Any]) -> str:
    """The ParityError of a call, and in front of anything else what it is."""
    try:
        return str(call())
    except ParityError as error:
        return f"ParityError: {error}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


def main() -> dict[str, str]:
    ours, net = model(), leaving.named()

    def check(**given: Any) -> Callable[[], Any]:
        return lambda: parity.check(ours, net, **given)

    report = parity.check(ours, net, leaving.tensor(), dtype="float32")
    differs = parity.check(model("tanh"), net, leaving.tensor(), dtype="float32")
    shown = io.StringIO()
    Console(file=shown, width=160).print(differs)
    return {
        "verdict": report.verdict,
        "text": str(differs),
        "html": differs._repr_html_(),
        "shown": shown.getvalue(),
        "forward": said(lambda: parity.check(ours, leaving.Forward())),
        "factory": said(lambda: parity.check(ours, "tests.own.leaving:factory")),
        "module": said(lambda: parity.check(ours, "tests.own.leaves:Net")),
        "unsayable": said(lambda: parity.check(ours, "tests.own.leaving:unsayable")),
        "keras": said(lambda: parity.check("tests.own.leaving:keras_layer", net)),
        "transfer": said(lambda: parity.transfer(ours, leaving.Forward())),
        "no array": said(check(inputs=object())),
        "texts": said(check(inputs=["a", "b"])),
        "ragged": said(check(inputs={"0": [[1, 2], [3]]})),
        "no samples": said(check(inputs=np.zeros((0, 4)))),
        "scalar": said(check(inputs=torch.tensor(1.0))),
        "seed": said(check(seed=-1)),
        "seed's type": said(check(seed="0")),
        "shape": said(check(input_shape=(-4,))),
        "shape's type": said(check(input_shape="4")),
        "size": said(check(input_shape=(10**6, 10**6))),
        "weights": said(check(torch_weights="no.safetensors")),
        "weights' type": said(check(keras_weights=3)),
        "map": said(check(mapping=[])),
        "map's file": said(check(mapping=Path("no.toml"))),
        "map's table": said(check(mapping={"layers": ["dense"]})),
        "map's key": said(check(mapping={"inputs": {0: "channels_last"}})),
        "map's section": said(check(mapping={1: {}, "layer": {}})),
        "map's layer": said(check(mapping={"layers": {"no_layer": "a[/b]"}})),
        "map's module": said(check(mapping={"layers": {"re_lu": ["a[/b]", "no.module"]}})),
        "map's input": said(check(mapping={"inputs": {"image": "channels_last"}})),
        "pair": said(lambda: parity.check_pair(["mlp"])),  # type: ignore[arg-type]
    }


if __name__ == "__main__":
    print(json.dumps(main()))
