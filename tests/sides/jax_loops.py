"""How often jax compiles a loop that is called again, and whether its settings come back."""

import json
import os
from typing import Any

os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)  # that of the tests

import jax
import keras
import numpy as np

from parity.sides import keras_loops
from parity.sides.keras_backend import called

EVENT = "/jax/compilation_cache/cache_hits"


def main() -> None:
    keras_loops.WORTH = 0.0  # whatever the machine takes to compile it
    layer = keras.layers.LSTM(3)
    steps = np.ones((2, 4, 2), "float32")
    layer.build(steps.shape)
    found: list[str] = []
    jax.monitoring.register_event_listener(lambda event, **_: found.append(event))
    values: list[Any] = [np.asarray(called(layer, steps)).tolist() for _ in range(2)]
    told = {
        "kept": found.count(EVENT) > 0,
        "same": values[0] == values[1],
        "folder": jax.config.jax_compilation_cache_dir,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
