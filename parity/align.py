"""Which torch steps answer which Keras layer.

Both passes are sequences of operations. A Keras layer with a fused activation is two of them, and
so is a torch module with the function called on its output. The two sequences are aligned by
dynamic programming: as many equal operations as possible, names and shapes as hints.
"""

from dataclasses import dataclass

from parity.records import Alignment, Match, Step, Trace

# One name for the same operation in both frameworks. What is not here is its own name.
KERAS_OPS = {
    "Dense": "dense",
    "Conv2D": "conv2d",
    "Conv2DTranspose": "conv2d_transpose",
    "MaxPooling2D": "max_pool2d",
    "UpSampling2D": "upsample",
    "Flatten": "flatten",
    "Dropout": "dropout",
    "SpatialDropout1D": "spatial_dropout",
    "SpatialDropout2D": "spatial_dropout",
    "GaussianNoise": "gaussian_noise",
    "BatchNormalization": "batch_norm",
    "ReLU": "relu",
    "Softmax": "softmax",
}
TORCH_OPS = {
    "Linear": "dense",
    "linear": "dense",
    "Conv2d": "conv2d",
    "ConvTranspose2d": "conv2d_transpose",
    "conv_transpose2d": "conv2d_transpose",
    "MaxPool2d": "max_pool2d",
    "max_pool2d_with_indices": "max_pool2d",
    "Upsample": "upsample",
    "UpsamplingNearest2d": "upsample",
    "interpolate": "upsample",
    "Flatten": "flatten",
    "reshape": "flatten",
    "view": "flatten",
    "Dropout": "dropout",
    "Dropout1d": "spatial_dropout",
    "dropout1d": "spatial_dropout",
    "Dropout2d": "spatial_dropout",
    "dropout2d": "spatial_dropout",
    "GaussianNoise": "gaussian_noise",
    "BatchNorm1d": "batch_norm",
    "BatchNorm2d": "batch_norm",
    "ReLU": "relu",
    "relu_": "relu",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "Tanh": "tanh",
}
# Steps without weights that shape the data for the step they stand beside; they are part of it,
# and compared with it.
GLUE_BEFORE = {"pad", "permute", "transpose", "contiguous", "reshape", "view"}
GLUE_AFTER = {"getitem"}

EQUAL_OPERATION, EQUAL_NAME, EQUAL_SIZE = 100, 3, 1


@dataclass(frozen=True)
class _Op:
    name: str
    step: Step
    part: str = ""  # of a Keras layer: "" or its fused activation


def align(keras: Trace, torch: Trace) -> Alignment:
    """Match the layers of a Keras trace with the steps of a torch trace."""
    ours = [op for step in keras.steps for op in _keras_ops(step)]
    theirs = [_Op(TORCH_OPS.get(step.kind, step.kind), step) for step in torch.steps]
    answers: dict[str, list[int]] = {}
    unanswered = []
    for op, place in zip(ours, _longest(ours, theirs), strict=True):
        if place is None:
            unanswered.append(f"{op.step.name} ({op.part or op.step.kind})")
        else:
            answers.setdefault(op.step.name, []).append(place)
    _absorb_glue(answers, [step.kind for step in torch.steps])
    matches = tuple(
        Match(step, tuple(torch.steps[place] for place in sorted(answers[step.name])))
        for step in keras.steps
        if step.name in answers
    )
    used = {place for places in answers.values() for place in places}
    left = (_torch_name(step) for place, step in enumerate(torch.steps) if place not in used)
    return Alignment(matches, tuple(unanswered), tuple(left))


def _keras_ops(step: Step) -> list[_Op]:
    if step.kind == "Activation":
        return [_Op(step.activation or "identity", step)]
    ops = [_Op(KERAS_OPS.get(step.kind, step.kind), step)]
    if step.activation and step.kind not in ("ReLU", "Softmax"):
        ops.append(_Op(step.activation, step, part=step.activation))
    return ops


def _torch_name(step: Step) -> str:
    return f"{step.name} ({step.kind})" if step.path else step.name


def _longest(ours: list[_Op], theirs: list[_Op]) -> list[int | None]:
    """For each of ours the place of its answer in theirs, in order, or None."""
    rows, columns = len(ours), len(theirs)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            together = _score(ours[i], theirs[j])
            best[i][j] = max(
                best[i + 1][j],
                best[i][j + 1],
                together + best[i + 1][j + 1] if together else 0,
            )
    places: list[int | None] = []
    i = j = 0
    while i < rows:
        if j == columns or best[i][j] == best[i + 1][j]:
            places.append(None)
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            places.append(j)
            i, j = i + 1, j + 1
    return places


def _score(ours: _Op, theirs: _Op) -> int:
    if ours.name != theirs.name:
        return 0
    last = theirs.step.path.rpartition(".")[2]
    same_name = not ours.part and ours.step.name in (last, theirs.step.path)
    same_size = sorted(ours.step.shape) == sorted(theirs.step.shape)
    return EQUAL_OPERATION + EQUAL_NAME * same_name + EQUAL_SIZE * same_size


def _absorb_glue(answers: dict[str, list[int]], kinds: list[str]) -> None:
    """Add to each answer the unmatched glue that stands within it or beside it."""
    used = {place for places in answers.values() for place in places}
    for places in answers.values():
        first, last = min(places), max(places)
        places.extend(
            place
            for place in range(first, last)
            if place not in used and kinds[place] in GLUE_BEFORE | GLUE_AFTER
        )
        while first - 1 >= 0 and first - 1 not in used and kinds[first - 1] in GLUE_BEFORE:
            first -= 1
            places.append(first)
        while last + 1 < len(kinds) and last + 1 not in used and kinds[last + 1] in GLUE_AFTER:
            last += 1
            places.append(last)
        used.update(places)
