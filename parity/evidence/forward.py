"""Gather what the forward gate judges: every layer's values on both sides, and their noise."""

from dataclasses import dataclass

from parity import noise
from parity.plan import Plan, key
from parity.records import Array, Dtype, Evidence, Trace
from parity.sides.process import Sides


@dataclass(frozen=True)
class _Values:
    """The outputs of all matched layers by Keras name, in Keras's layout."""

    keras: dict[str, Array]
    torch: dict[str, Array]


def gather(plan: Plan, sides: Sides, images: Array) -> dict[Dtype, list[Evidence]]:
    """Trace both sides in both dtypes, and replay every layer alone.

    The noise of a layer needs both dtypes, so both are always run.
    """
    passed: dict[Dtype, _Values] = {}
    inputs: dict[Dtype, dict[str, Array]] = {}
    for dtype in ("float32", "float64"):
        name = key(plan.pair, dtype)
        keras, torch = sides.both("trace", (name, images), (name, images))
        passed[dtype] = _Values(keras.outputs, _comparable(plan, _of_layers(plan, torch)))
        inputs[dtype] = keras.inputs
    # The same float32 inputs in both dtypes: what is left is the rounding within each layer.
    narrow = _alone(plan, sides, "float32", inputs["float32"])
    wide = _alone(plan, sides, "float64", inputs["float32"])
    alone = {"float32": narrow, "float64": _alone(plan, sides, "float64", inputs["float64"])}
    return {
        dtype: [
            Evidence(
                match,
                keras=passed[dtype].keras[match.keras.name],
                torch=passed[dtype].torch[match.keras.name],
                isolated=alone[dtype].torch[match.keras.name],
                noise=_noise(match.keras.name, passed["float32"], passed["float64"], dtype),
                isolated_noise=_noise(match.keras.name, narrow, wide, dtype),
            )
            for match in plan.alignment.matches
        ]
        for dtype in passed
    }


def _alone(plan: Plan, sides: Sides, dtype: Dtype, inputs: dict[str, Array]) -> _Values:
    """Every layer of both sides by itself, on the inputs that the Keras layers had."""
    keras_jobs, torch_jobs = {}, {}
    for match in plan.alignment.matches:
        layer, x = match.keras, inputs[match.keras.name]
        source = plan.layouts[layer.inputs[0]]
        keras_jobs[layer.name] = ((layer.name,), x)
        torch_jobs[layer.name] = (tuple(step.name for step in match.torch), source.to_torch(x))
    name = key(plan.pair, dtype)
    keras, torch = sides.both("replay", (name, keras_jobs), (name, torch_jobs))
    return _Values(keras, _comparable(plan, torch))


def _of_layers(plan: Plan, torch: Trace) -> dict[str, Array]:
    """The torch outputs by Keras name. The last layer's is what the port gives in the end."""
    outputs = {
        match.keras.name: torch.outputs[match.torch[-1].name] for match in plan.alignment.matches
    }
    last = plan.keras.steps[-1].name
    if last in outputs:
        outputs[last] = torch.outputs[torch.steps[-1].name]
    return outputs


def _comparable(plan: Plan, outputs: dict[str, Array]) -> dict[str, Array]:
    """Torch outputs by Keras name, moved to Keras's layout."""
    return {name: plan.layouts[name].to_keras(output) for name, output in outputs.items()}


def _noise(layer: str, narrow: _Values, wide: _Values, dtype: Dtype) -> float:
    """The larger noise of the two sides."""
    levels = (
        noise.level(narrow.keras[layer], wide.keras[layer]),
        noise.level(narrow.torch[layer], wide.torch[layer]),
    )
    return noise.scaled(max(levels), dtype)
