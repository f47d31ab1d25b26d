"""Recurrent layers: gates and biases, activations, direction, the step that is returned, masks."""

from collections.abc import Iterator
from typing import Any

from parity.diagnose import initial_states, reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Array, Step
from parity.records.interventions import Change

# Orders in which another's gates may stand; blocks[i] is the place of torch's gate i.
GATE_ORDERS = {
    "GRU": ((1, 0, 2),),  # Keras's z, r, h
    "LSTM": ((0, 1, 3, 2), (1, 0, 3, 2), (1, 0, 2, 3), (0, 2, 1, 3)),
}
NAMES = {"GRU": "r, z, n", "LSTM": "i, f, g, o"}
WHOLE = "  # and nothing behind it"


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    found = reading.of(case, reading.RECURRENT)
    if not found or "return_sequences" in found[0].settings:
        return  # or it is one of parity.semantics, with Keras's conventions
    step, config = found[0], inner(case)
    yield from layout(case, step)
    yield from cell(case, step, config)
    yield from returned(case, step, config)
    yield from initial_states.hypotheses(case, step)
    yield from biases(step, config)
    yield from gates(step)
    yield from masked(case, step, config)


def inner(case: Case) -> dict[str, Any]:
    """The settings of the recurrent layer, inside a Bidirectional too."""
    config = reading.config(case)
    inner = config.get("layer")
    return dict(inner["config"]) if isinstance(inner, dict) else config


def settings(config: dict[str, Any]) -> dict[str, Any]:
    """What parity/sides/recurrences.py takes."""
    found = {"activation": config.get("activation", "tanh")}
    if "recurrent_activation" in config:
        found["recurrent_activation"] = config["recurrent_activation"]
    if "reset_after" in config:
        found["reset_after"] = config["reset_after"]
    if config.get("go_backwards"):
        found["go_backwards"] = True
    return found


def _written_out(step: Step, settings: dict[str, Any]) -> Change:
    return Change(step.name, "call", "recurrent", settings)


def like_keras(step: Step, config: dict[str, Any], **others: Any) -> str:
    """One layer, in one direction, with Keras's settings. It gives the sequence, without states."""
    own = step.kind.removesuffix("Cell")
    kind = {"RNN": "SimpleRNN"}.get(own, own)
    known = {"activation": "tanh", "recurrent_activation": "sigmoid", "reset_after": True}
    known |= {"use_bias": True, "go_backwards": False}
    given = {n: config[n] for n, default in known.items() if config.get(n, default) != default}
    given |= {"return_sequences": True} | others
    shown = "".join(f", {name}={value!r}" for name, value in given.items())
    sizes = f"{step.settings.get('input_size')}, {step.settings.get('hidden_size')}"
    return f"parity.semantics.{kind}({sizes}{shown})"


def _last_of_both(step: Step) -> str:
    """What a Bidirectional returns without sequences."""
    return f"torch.cat([{_state(step)}[-2], {_state(step)}[-1]], 1){WHOLE}"


def layout(case: Case, step: Step) -> Iterator[Hypothesis]:
    """Keras's sequences are (batch, time, features); torch's are (time, batch, features)."""
    is_batch_first = bool(step.settings.get("batch_first"))
    transposed = [s for s in case.torch[: case.torch.index(step)] if s.kind in _TRANSPOSING]
    comes_first = reading.axis_at(case, step, 0) == 0  # Keras's batch, at the port's layer
    if not is_batch_first and comes_first:
        yield Hypothesis(
            "rnn-layout",
            "batch_first is False in the port: it reads time along Keras's batch",
            writing.with_settings(step, batch_first=True),
            (Change(step.name, "setting", "batch_first", True),),
        )
    elif is_batch_first and transposed and not comes_first:
        yield Hypothesis(
            "rnn-layout",
            "batch_first is True in the port, but time comes first",
            writing.without(*transposed),
            tuple(reading.left_out(other) for other in transposed),
        )


_TRANSPOSING = ("transpose", "permute", "swapaxes", "movedim")


def masked(case: Case, step: Step, config: dict[str, Any]) -> Iterator[Hypothesis]:
    """Keras skips the steps that the mask of an Embedding or a Masking leaves out."""
    mask = case.values.get("mask")
    if mask is None:
        return
    # A Bidirectional that returns sequences gives zeros at masked steps, whatever its layer does.
    is_zeroed = bool(config.get("zero_output_for_mask"))
    if "layer" in reading.config(case):
        is_zeroed = bool(config.get("return_sequences"))
    yield Hypothesis(
        "mask-zero",
        "the port reads padded steps, Keras skips them",
        _masked(step, config, mask.array, is_zeroed),
        (_written_out(step, settings(config) | {"mask": mask, "is_zeroed": is_zeroed}),),
    )


def own_rule(
    step: Step, wanted: dict[str, Any], fix: str, changes: tuple[Change, ...]
) -> Iterator[Hypothesis]:
    """Functions, and a reset, that Keras has otherwise. wanted: as of `settings`; fix, changes: the
    layer written out."""
    kind = step.kind.removesuffix("Cell")
    own = "relu" if step.settings.get("nonlinearity") == "relu" else "tanh"
    act, gate = wanted["activation"], wanted.get("recurrent_activation", "sigmoid")
    if (act, gate) != (own, "sigmoid"):
        says = f"{own} in the port, {act} in Keras"
        if kind != "RNN":
            says = f"{own} and sigmoid in the port, {act} and {gate} in Keras"
        is_torchs = kind == "RNN" and act in ("relu", "tanh")
        line = writing.with_settings(step, nonlinearity=act) if is_torchs else fix
        yield Hypothesis("rnn-activations", says, line, changes)
    if kind == "GRU" and wanted.get("reset_after") is False:
        yield Hypothesis(
            "gru-reset-after",
            "the port resets the state after its product with the kernel, Keras before "
            "(reset_after=False)",
            fix,
            changes,
        )


def cell(case: Case, step: Step, config: dict[str, Any]) -> Iterator[Hypothesis]:
    """What torch's cells cannot do: they are written out."""
    wanted = settings(config)
    backwards = {n: v for n, v in wanted.items() if n == "go_backwards"}
    yield from own_rule(step, wanted, like_keras(step, config), (_written_out(step, wanted),))
    flips = [s for s in case.torch[: case.torch.index(step)] if s.kind == "flip"]
    if backwards and not flips:
        flip = (Change(step.name, "input", "flip", {"dims": (_time(step),)}),)
        says = "go_backwards=True in Keras, the port reads forwards"
        yield Hypothesis("rnn-backwards", says, f"x = x.flip({_time(step)})", flip)
    if flips and not backwards:
        says = f"the port reads backwards ({flips[0].name}), Keras forwards"
        without = tuple(reading.left_out(flip) for flip in flips)
        yield Hypothesis("rnn-backwards", says, writing.without(*flips), without)


def _time(step: Step) -> int:
    return 1 if step.settings.get("batch_first") else 0


def returned(case: Case, step: Step, config: dict[str, Any]) -> Iterator[Hypothesis]:
    """Which step the port takes, or whether it takes one."""
    behind = case.torch[case.torch.index(step) + 1 :]
    if any(name.startswith(f"{step.name}:") for other in behind for name in other.inputs):
        yield from _states(step, config)  # the last ones are what Keras returns
        return
    chosen = [s for s in behind if s.kind in ("getitem", "select", "mean", "amax", "sum")]
    time, both = _time(step), bool(step.settings.get("bidirectional"))
    if config.get("return_sequences"):
        for other in chosen:
            yield Hypothesis(
                "rnn-last-step",
                "Keras returns all steps (return_sequences=True), the port one",
                writing.without(other),
                (reading.left_out(other),),
            )
        return
    is_kept = bool(chosen) and _keeps_time(chosen[0], time)
    value = {"index": -1, "dim": time, "is_kept": is_kept}
    if chosen:
        change = Change(chosen[0].name, "call", "select_step", value)
    else:
        change = Change(step.name, "output", "select_step", value)
    place = f"[{':, ' * time}-1{':' * is_kept}]"
    if both:
        yield Hypothesis(
            "bidirectional-last",
            "the port takes the backward half at the sequence's end, where it has read one step",
            _last_of_both(step),
            (Change(step.name, "output", "backward_half_at_the_end", {"dim": time}),),
        )
    elif not chosen or chosen[0].settings.get("index") not in _last(time):
        yield Hypothesis(
            "rnn-last-step",
            "Keras returns the last step, the port another",
            f"y = x{place}" if chosen else f"y = {writing.module(step)}(x)[0]{place}",
            (change,),
        )


def _keeps_time(step: Step, time: int) -> bool:
    """Does what takes a step leave it an axis of its own, as x[:, :1] does?"""
    index = step.settings.get("index")
    parts = index if isinstance(index, tuple) else (index,)
    return step.kind == "getitem" and len(parts) > time and isinstance(parts[time], slice)


def _states(step: Step, config: dict[str, Any]) -> Iterator[Hypothesis]:
    """What torch gives behind the sequence: of each layer and direction, and of an LSTM's cells."""
    if config.get("return_sequences"):
        return
    both, layers = bool(step.settings.get("bidirectional")), step.settings.get("num_layers", 1)
    fix = _last_of_both(step) if both else f"y = {_state(step)}[-1]{WHOLE}"
    turned = "the port takes the first layer's state, Keras returns the last one's"
    if both:
        turned = "the halves, forward and backward, change places"
    cells = "the port takes the state of the LSTM's cells, Keras returns what it gives"
    for is_of_cells, is_turned, says in (
        *([(False, True, turned)] if both or layers > 1 else []),
        *([(True, False, cells)] if step.kind == "LSTM" else []),
    ):
        given = {"cells": is_of_cells, "turned": is_turned}
        yield Hypothesis("rnn-state", says, fix, (Change(step.name, "call", "states", given),))


def _state(step: Step) -> str:
    return f"{writing.module(step)}(x)[1]{'[0]' if step.kind == 'LSTM' else ''}"


def _masked(step: Step, config: dict[str, Any], mask: Array, is_zeroed: bool) -> str:
    """Packed, where what is masked stands at the end and nobody reads what comes out there."""
    ends = bool((mask[:, 1:] <= mask[:, :-1]).all()) and bool(step.settings.get("batch_first"))
    if ends and (is_zeroed or step.settings.get("bidirectional")):
        return (
            "packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1).cpu(), batch_first=True, "
            f"enforce_sorted=False); z, states = {writing.module(step)}(packed); "
            "y = nn.utils.rnn.pad_packed_sequence(z, True, total_length=x.shape[1])[0], states"
        )
    if not step.settings.get("bidirectional"):
        return f"layer = {like_keras(step, config)}; y = layer(x, mask)"
    halves = (like_keras(step, config | {"go_backwards": back}) for back in (False, True))
    zeroed = " * mask[..., None]" if is_zeroed else ""
    return (
        "ahead, back = {}, {}; y = torch.cat([ahead(x, mask), back(x, mask).flip(1)], -1)".format(
            *halves
        )
        + zeroed
    )


def _last(time: int) -> tuple[Any, ...]:
    whole = slice(None)
    return (
        ((whole, -1), (whole, -1, whole)) if time else (-1, (-1,), (-1, whole), (-1, whole, whole))
    )


def biases(step: Step, config: dict[str, Any]) -> Iterator[Hypothesis]:
    """Keras adds one bias; of torch's two, one must be zero. A GRU with reset_after has two."""
    roles = [v.role for v in step.variables if v.role.startswith("bias_hh")]
    is_gru = step.kind in ("GRU", "GRUCell")
    if not roles or (is_gru and config.get("reset_after", True)):
        return
    zeros = "; ".join(f"{role} = torch.zeros_like({role})" for role in roles)
    yield Hypothesis(
        "bias-doubled",
        "both of the port's biases hold numbers, where Keras has one bias",
        zeros,
        tuple(Change(step.name, "weight", "scale", {"by": 0.0}, role) for role in roles),
    )
    if step.kind == "GRU":
        before = {**settings(config), "reset_after": False}
        zero = tuple(Change(step.name, "weight", "scale", {"by": 0.0}, role) for role in roles)
        yield Hypothesis(
            "bias-doubled",
            "both of the port's biases hold numbers, and the state is reset after the product",
            f"{zeros}; {like_keras(step, config)}",
            (*zero, _written_out(step, before)),
        )


def gates(step: Step) -> Iterator[Hypothesis]:
    roles = [v.role for v in step.variables if v.role.startswith(("weight_", "bias_"))]
    kind = step.kind.removesuffix("Cell")
    for order in GATE_ORDERS.get(kind, ()):
        own = NAMES[kind].split(", ")
        found = ", ".join(own[order.index(place)] for place in range(len(own)))
        yield Hypothesis(
            "gate-order",
            f"the port's weights stand in the order {found}; torch reads {NAMES[kind]}",
            "; ".join(
                f"{role} = torch.cat([{role}.chunk({len(own)})[i] for i in {order}])"
                for role in roles
            ),
            tuple(Change(step.name, "weight", "blocks", {"order": order}, role) for role in roles),
        )
