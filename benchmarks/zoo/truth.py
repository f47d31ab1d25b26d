"""Is what a pair's file says true? Weights are copied by hand, and both models run on one input.

    python -m benchmarks.zoo.truth [PAIR...]

Both run in one process, in float64 where the Keras package allows it. A pair that is the same
function must agree; one that differs must differ, and agree once its port is mended by hand.
"""

import argparse
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import torch
import torch._dynamo  # before tensorflow

from benchmarks.zoo import PAIRS, by_hand
from parity.errors import line

SAMPLES = 3
DTYPES = ("float64", "float32")
SAME = 1e-6  # of the largest value: some layers of Keras compute in float32 whatever they are given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", metavar="PAIR", help=f"of {', '.join(PAIRS)}")
    for name in parser.parse_args().pairs or PAIRS:
        try:
            found = told(import_module(f"benchmarks.zoo.pairs.{name}"))
        except Exception as error:  # a package's own, as one that is not installed
            found = f"could not be run: {line(error)}"
        print(name, found, flush=True)


def told(pair: ModuleType) -> str:
    dtype, apart, mended = measured(pair)
    is_true = mended < apart / 100 if pair.TRUTH else apart < SAME
    after = f", {mended:.1e} mended by hand" if pair.TRUTH else ""
    return f"{'true' if is_true else 'NOT TRUE'}: {apart:.1e} apart in {dtype}{after}"


def measured(pair: ModuleType) -> tuple[str, float, float]:
    """The float type; how far apart, of the largest value, as it is and mended by hand."""
    import keras

    failed: Exception | None = None
    for dtype in DTYPES:
        keras.utils.clear_session()  # a build that broke off leaves variables that wait for values
        keras.config.set_dtype_policy(dtype)
        keras.config.set_floatx(dtype)
        keras.utils.set_random_seed(1)
        try:
            return dtype, *both(pair, dtype)
        except Exception as error:  # a package that knows float32 alone
            failed = error
        finally:
            keras.config.set_dtype_policy("float32")
            keras.config.set_floatx("float32")
    assert failed is not None
    raise failed


def both(pair: ModuleType, dtype: str) -> tuple[float, float]:
    keras_model, module = pair.keras_model(), pair.torch_module()
    by_hand.scatter(keras_model)
    module = module.to(getattr(torch, dtype)).eval()
    pair.copy(keras_model, module)
    module.to(getattr(torch, dtype))
    given = inputs(pair, dtype)
    wanted = arrays(keras_model(given, training=False))
    parts = [*given.values()] if isinstance(given, dict) else [given]
    turned = [to_port(pair, value) for value in parts]
    apart = distance(wanted, returned(pair, module, turned))
    if not pair.TRUTH:
        return apart, apart
    pair.mend(module)
    module.to(getattr(torch, dtype))
    return apart, distance(wanted, returned(pair, module, turned))


def inputs(pair: ModuleType, dtype: str) -> Any:
    """As Keras takes them: an array, or a dictionary of them by name."""
    if hasattr(pair, "inputs"):
        drawn = pair.inputs()
        return {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in drawn.items()}
    draw = np.random.default_rng(1)
    return draw.normal(size=(SAMPLES, *pair.SHAPE)).astype(dtype)


def to_port(pair: ModuleType, value: np.ndarray) -> torch.Tensor:
    is_turned = getattr(pair, "CHANNELS_FIRST", False)
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(value, -1, 1) if is_turned else value))


def returned(pair: ModuleType, module: Any, given: list[torch.Tensor]) -> list[np.ndarray]:
    """What the port returns, as Keras lays it out."""
    with torch.no_grad():
        found = arrays(module(*given))
    if getattr(pair, "CHANNELS_FIRST", False):
        return [np.moveaxis(value, 1, -1) for value in found]
    return found


def arrays(found: Any) -> list[np.ndarray]:
    if isinstance(found, dict):
        return [np.asarray(found[name]) for name in sorted(found)]
    return [np.asarray(found)]


def distance(wanted: list[np.ndarray], found: list[np.ndarray]) -> float:
    """Of any two elements, as a share of the largest value. Raises ValueError for other shapes."""
    if [value.shape for value in wanted] != [value.shape for value in found]:
        raise ValueError(f"{[v.shape for v in wanted]} against {[v.shape for v in found]}")
    return max(
        float(np.abs(one - other).max() / np.abs(one).max())
        for one, other in zip(wanted, found, strict=True)
    )


if __name__ == "__main__":
    main()
