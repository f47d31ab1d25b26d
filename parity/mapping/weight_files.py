"""Weight files: torch's as safetensors, Keras's as the `.weights.h5` that Keras writes."""

from pathlib import Path
from typing import Any

from safetensors.numpy import load_file, save_file

from parity.errors import ParityError, TransferError
from parity.mapping import ledger
from parity.mapping.plan import Plan, key
from parity.records import files
from parity.records.comparison import Array
from parity.sides.process import Sides
from parity.sides.verbs import InKeras, Models

KERAS_FILE, TORCH_FILE = ".weights.h5", ".safetensors"


def kind(path: Path) -> str:
    """Whose weights a file of this name holds, "keras" or "torch"; ParityError for others."""
    if path.name.endswith(KERAS_FILE):
        return "keras"
    if path.name.endswith(TORCH_FILE):
        return "torch"
    raise ParityError(
        f"{path}: a weights file ends in {TORCH_FILE} (torch) or {KERAS_FILE} (Keras)"
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


def move(plan: Plan, sides: Sides, source: Path | None, to: Path) -> None:
    """Write `to` from `source`, a file of the other framework, or from freshly drawn weights.

    Nothing is written unless every tensor of both sides is accounted for.
    Raises ParityError, and TransferError with all failures.
    """
    left = [f"`{v.name}` {v.shape}" for v in (*plan.ledger.keras_left, *plan.ledger.torch_left)]
    unknown = (why for _, why in plan.ledger.unknown)
    failures = [*plan.ledger.failures, *unknown, *(f"{name} has no counterpart" for name in left)]
    if failures:
        raise TransferError(
            f"{plan.pair.name} cannot be moved whole:\n" + "\n".join(f"  {f}" for f in failures)
        )
    name = key(plan.pair, "float32")
    if kind(to) == "torch":
        if source is not None:
            sides.keras.call(InKeras.read, name, str(source))
        weights = ledger.to_torch(plan.ledger, sides.keras.call(Models.weights, name))
        metadata = {"format": "pt", "pair": plan.pair.name, "layout": "torch"}
        with files.whole(to) as temporary:
            save_file(weights, temporary, metadata=metadata)
    else:
        given = _read(source, plan) if source else sides.torch.call(Models.weights, name)
        sides.keras.call(Models.assign, name, ledger.to_keras(plan.ledger, given))
        with files.whole(to) as temporary:
            sides.keras.call(InKeras.save, name, str(temporary))


def _read(path: Path, plan: Plan) -> dict[str, Array]:
    """The tensors of a safetensors file, which must be float32 and just those of the port."""
    try:
        weights: dict[str, Any] = load_file(path)
    except Exception as error:  # also of a type that NumPy lacks
        raise ParityError(f"{path} is no safetensors file that can be read: {error}") from error
    known = {line.torch.name for line in plan.ledger.lines}
    failures = [f"`{name}`: in the file, not in the port" for name in sorted(set(weights) - known)]
    failures += [
        f"`{name}`: is {array.dtype}, need float32; convert it first"
        for name, array in weights.items()
        if name in known and array.dtype != "float32"
    ]
    if failures:
        lines = "\n".join(f"  {failure}" for failure in failures)
        raise TransferError(f"{path} does not fit {plan.pair.name}:\n{lines}")
    return weights
