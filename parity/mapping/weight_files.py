"""Weight files: torch's as safetensors, Keras's as the `.weights.h5` or `.keras` that it writes."""

from pathlib import Path

from parity.errors import ParityError
from parity.mapping.plan import Plan, key
from parity.records import files
from parity.records.comparison import Array
from parity.sides.calls import TwoSides
from parity.sides.verbs import InKeras, InTorch, Models

KERAS_FILES, TORCH_FILE = (".weights.h5", ".keras"), ".safetensors"
METADATA = {"format": "pt", "layout": "torch"}


def kind(path: Path) -> str:
    """Whose weights a file of this name holds, "keras" or "torch"; ParityError for others."""
    if path.name.endswith(KERAS_FILES):
        return "keras"
    if path.name.endswith(TORCH_FILE):
        return "torch"
    raise ParityError(
        f"{path}: a weights file ends in {TORCH_FILE} (torch) or {' or '.join(KERAS_FILES)} (Keras)"
    )


def require_direction(source: Path | None, to: Path) -> None:
    """Raise ParityError where the two names do not say one direction, `source` is no file, or `to`
    cannot be written."""
    target = kind(to)
    files.require_writable(to)
    if source is None:
        return
    if kind(source) == target:
        raise ParityError(f"--from {source} and --to {to} both hold {target} weights")
    if not source.is_file():
        raise ParityError(f"--from {source}: there is no such file")


def write(path: Path, plan: Plan, sides: TwoSides, weights: dict[str, Array]) -> None:
    """Write a file for the side that its name says: weights of that side, by its own names.

    A torch file holds all that the port's `load_state_dict` asks for: what Keras has not, as a
    count of batches, is as the port has it.
    """
    name = key(plan.pair, "float32")
    if kind(path) == "torch":
        files.save_arrays(path, sides.torch.call(InTorch.filled, name, weights), METADATA)
        return
    sides.keras.call(Models.assign, name, weights)
    with files.whole(path) as temporary:
        sides.keras.call(InKeras.save, name, str(temporary))
