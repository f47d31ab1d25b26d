"""What a side can do: the verbs that keras_side.py and torch_side.py both have, in this order.

A side holds models under a key, such as "mlp float64". NumPy arrays go in and come out, always in
the side's own layout (Keras: channels last, torch: channels first). All verbs run in inference
mode but `fit`.
"""

from collections.abc import Callable
from typing import Any, Protocol

from parity.records import Array, Dtype, Task, Trace


class Side(Protocol):
    name: str

    def describe(self) -> dict[str, Any]:
        """Versions, device, threads and arithmetic settings, for the provenance."""

    def build(self, key: str, module: str, dtype: Dtype, seed: int) -> None:
        """Build module's model under `key`, its weights drawn with `seed`."""

    def weights(self, key: str) -> dict[str, Array]:
        """Every variable (torch: parameter and buffer) by name."""

    def assign(self, key: str, weights: dict[str, Array]) -> None:
        """Set the named variables, bit for bit. Shapes must be equal: nothing is broadcast."""

    def trace(self, key: str, images: Array) -> Trace:
        """Run `prediction(model(prepare(images)))` and write every step down.

        images: uint8 (N, 28, 28). A pass that breaks off is returned with `error` set.
        """

    def replay(self, key: str, jobs: dict[str, tuple[tuple[str, ...], Array]]) -> dict[str, Array]:
        """Run steps of the last trace alone: {job: (step names, input)} -> {job: output}."""

    def recipe(self, module: str) -> dict[str, Any]:
        """What the module says about training: loss (its class), batch_size, epochs."""

    def feed(self, key: str, task: Task, images: Array, labels: Array) -> None:
        """Make the training set ready on the device. images: uint8 (N, 28, 28), labels: (N,)."""

    def fit(
        self, key: str, order: Array, noise_key: tuple[int, ...], progress: Callable[[int], None]
    ) -> tuple[float, float, float]:
        """One epoch over the fed samples in this order: mean loss, mean accuracy, seconds.

        Loss and accuracy are means over samples while the weights move. The clock holds the
        training alone, synchronised with the device. `noise_key` keys the draws of a pair that
        corrupts its inputs. `progress` is called with the number of samples seen.
        """

    def predict(self, key: str, images: Array, noise_key: tuple[int, ...]) -> Array:
        """prediction(model(x)) for uint8 images (N, 28, 28), in batches."""
