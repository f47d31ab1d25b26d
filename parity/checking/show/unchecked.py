"""What a pass does not say: what was not checked, and how it is."""

from collections.abc import Iterator

from parity.gates import LOW_PRECISION, TRAINING
from parity.language import told
from parity.mapping.plan import DTYPES
from parity.records.comparison import Report


def unchecked(found: Report) -> Iterator[tuple[str, str]]:
    """What was not looked at, and what to do for it."""
    yield from ((told(what), told(how)) for what, how in _unchecked(found))


def _unchecked(found: Report) -> Iterator[tuple[str, str]]:
    names = {gate.name for gate in found.gates}
    dtypes = {gate.dtype for gate in found.gates} - {""}
    settings = found.provenance.get("settings", {})
    if "output" not in names:
        yield "what both models return, which decides", "check without --gate"
    if not names & {TRAINING, "lockstep"}:
        yield "what layers do in training mode (dropout, moving statistics)", "--train, train=True"
    if "lockstep" in names:
        yield "a whole training", "parity lockstep, parity compare"
    else:
        yield (
            "loss, gradients and optimizer",
            "give two twin files, as `parity show mlp` has them",
        )
    if not settings.get("loaded") and not settings.get("torch_weights"):
        yield "the weights that the port came with; it was lent Keras's", "--loaded, loaded=True"
    for dtype in DTYPES:
        if dtype not in dtypes:
            yield dtype, "check without a dtype"
    yield f"other inputs and sizes than {_shown(found)}", "--inputs FILE.npz, --input-shape"
    if LOW_PRECISION not in names:
        yield "low precision (float16, bfloat16, autocast)", "--dtype bfloat16, dtype='bfloat16'"
    yield f"other machines than this: {_machine(found)}", "--keras-backend; run it there, too"


def _shown(found: Report) -> str:
    """What the models were run on, as far as the report tells."""
    shapes = (x.keras_shape for g in found.gates if g.name == "forward" for x in g.layers)
    samples = next((shape[0] for shape in shapes if shape), None)
    return f"the {samples} samples shown" if samples else "those shown"


def _machine(found: Report) -> str:
    keras, torch = (found.provenance.get(f"{side}_side", {}) for side in ("keras", "torch"))
    backend, device = keras.get("keras_backend", "its backend"), keras.get("keras_device", "cpu")
    return f"Keras on {backend} ({device}), torch on {torch.get('device', 'cpu')}"
