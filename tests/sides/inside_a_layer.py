"""Which values on the way of a layer of a person's own are noted, and of which sizes."""

import json
from typing import Any

import keras
import numpy as np
from keras import ops

from parity.sides import keras_inside


class Own(keras.layers.Layer):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(8, 4), name="w")

    def call(self, x: Any) -> Any:
        return ops.sum(ops.tanh(x @ self.w) ** 2, axis=-1)


def main() -> None:
    own, x = Own(), np.random.default_rng(0).normal(size=(5, 8)).astype("float32")
    given = ops.convert_to_tensor(x)
    own(given)
    with keras_inside.noted([20]) as found:
        own(given)
    count = len(found)
    own(given)
    product = x @ ops.convert_to_numpy(own.w)
    wanted = product, np.tanh(product), np.tanh(product) ** 2
    seen = [any(np.allclose(x, value, atol=1e-5) for value in found) for x in wanted]
    told = {"seen": seen, "sizes": sorted({x.size for x in found}), "later": len(found) - count}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
