"""Recurrent layers of Keras's that a port computes in one stack, each with functions of its own."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from parity.diagnose import reading, recurrent
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

LAYERS = ("SimpleRNN", "LSTM", "GRU")
RESET = "reset_after"


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    """torch's layers of one stack have the same functions."""
    layers = [step for step in case.keras if step.kind in LAYERS]
    each = [recurrent.settings(step.settings) for step in layers]
    differing = {name for one in each for name in one if one[name] != each[0].get(name)}
    for step in reading.of(case, reading.RECURRENT):
        is_whole = step.settings.get("num_layers", 1) == len(layers)
        if is_whole and differing and not step.settings.get("bidirectional"):
            yield Hypothesis(
                "gru-reset-after" if differing == {RESET} else "rnn-activations",
                f"{step.name} has the same functions in all of its layers, Keras {_told(layers)}",
                _line(step, [layer.settings for layer in layers]),
                (Change(step.name, "call", "recurrent", {"each": each}),),
            )


def _told(layers: list[Step]) -> str:
    names = ("activation", "recurrent_activation", RESET)
    shown = (
        ", ".join(f"{name}={x.settings[name]!r}" for name in names if name in x.settings)
        for x in layers
    )
    return "; ".join(f"{x.name}: {own}" for x, own in zip(layers, shown, strict=True))


def _line(step: Step, configs: list[dict[str, Any]]) -> str:
    width = step.settings.get("hidden_size")
    inner = replace(step, settings=step.settings | {"input_size": width})
    owners = [step, *(inner for _ in configs[1:])]
    made = [recurrent.like_keras(x, c) for x, c in zip(owners, configs, strict=True)]
    return f"layers = nn.Sequential({', '.join(made)}); y = layers(x)"
