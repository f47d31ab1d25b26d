"""Calls of verbs that mypy refuses. Nobody runs them: an ignored line that were accepted is an
error of its own (warn_unused_ignores), so that `mypy` is the test.
"""

from parity.sides.calls import ask
from parity.sides.process import Sides
from parity.sides.training_verbs import Epochs
from parity.sides.verbs import InKeras, InTorch, Models, Walks


def calls(sides: Sides) -> None:
    """The first three are right."""
    x: int = sides.keras.call(Epochs.parameters, "key")
    sides.torch.follow(print, Epochs.fit, "key", 1, samples=10)
    sides.each(ask(InKeras.present, "key", {}), ask(InTorch.present, "key", {}, ("LSTM",)))
    y: str = sides.keras.call(Epochs.parameters, "key")  # type: ignore[assignment]
    sides.keras.call(Models.weights, 3)  # type: ignore[arg-type]
    sides.keras.call(Models.weights)  # type: ignore[call-arg]
    sides.keras.call(InTorch.override_weights, "key", {})  # type: ignore[arg-type]
    sides.torch.submit(Epochs.fit, "key", "first")  # type: ignore[arg-type]
    sides.torch.follow(print, Epochs.fit, "key", epochs=1)  # type: ignore[call-arg]
    sides.both(InKeras.present, "key", {})  # type: ignore[arg-type]
    sides.each(ask(Walks.close, "key"), ask(InKeras.save, "key", "path"))  # type: ignore[arg-type]
    sides.keras.call("weights", "key")  # type: ignore[arg-type]
    del x, y
