"""A torch recurrent layer written out with Keras's settings, masks included."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from parity.records.comparison import Array
from parity.semantics import recurrent as semantics
from parity.sides.rerun import Rerun

_LAYERS: dict[str, type[nn.Module]] = {
    "RNN": semantics.SimpleRNN,
    "LSTM": semantics.LSTM,
    "GRU": semantics.GRU,
}


def recurrent(
    run: Rerun,
    go_backwards: bool = False,
    mask: Array | None = None,
    is_zeroed: bool = False,
    each: Sequence[dict[str, Any]] = (),
    **settings: Any,
) -> Tensor | tuple[Any, ...]:
    """A layer of nn.RNNBase by Keras's settings, with the weights that it has.

    settings: activation, recurrent_activation, reset_after; each: those of every layer, where they
    have their own. mask: (N, T), which steps are read;
    is_zeroed: whether zeros are given at the others, not the last output.
    Returns what the call returned: the sequence, or the sequence and the last states; an LSTM's
    inner state is as it was.
    """
    whole = run()
    is_time_first = not run.setting("batch_first")
    x = run.inputs[0].transpose(0, 1) if is_time_first else run.inputs[0]
    x = x.flip(1) if go_backwards else x
    reads = None if mask is None else torch.as_tensor(mask, device=x.device)
    suffixes = ("", "_reverse") if run.setting("bidirectional") else ("",)
    last: list[Tensor] = []
    for layer in range(run.setting("num_layers")):
        own = each[layer] if each else settings
        halves = [_half(run, x, reads, f"_l{layer}{end}", own) for end in suffixes]
        last += [half[:, at] for half, at in zip(halves, (-1, 0), strict=False)]
        x = torch.cat(halves, -1)
        x = x * reads[..., None] if is_zeroed and reads is not None else x
    x = x.transpose(0, 1) if is_time_first else x
    if not isinstance(whole, tuple):
        return x
    states = torch.stack(last)
    return x, (states, *whole[1][1:]) if isinstance(whole[1], tuple) else states


def recurrent_cell(run: Rerun, **settings: Any) -> Any:
    """One step of nn.RNNCellBase by Keras's settings: the state (N, units), or an LSTM's two."""
    x, own = run.inputs[0], run.inputs[1:]
    given = tuple(own) or None
    kind = run.kind.removesuffix("Cell")
    _, *last = _ran(run, kind, "", settings, x[:, None], None, given, return_state=True)
    return tuple(last) if kind == "LSTM" else last[0]


def _half(
    run: Rerun, x: Tensor, mask: Tensor | None, suffix: str, settings: dict[str, Any]
) -> Tensor:
    """One layer in one direction: (N, T, features) to (N, T, units), each step at its place."""
    backwards = suffix.endswith("reverse")
    shared = {"go_backwards": backwards, "return_sequences": True}
    y: Tensor = _ran(run, run.kind, suffix, settings, x, mask, None, **shared)
    return y.flip(1) if backwards else y


def _ran(
    run: Rerun,
    kind: str,
    suffix: str,
    settings: dict[str, Any],
    x: Tensor,
    mask: Tensor | None,
    states: tuple[Tensor, ...] | None,
    **shared: bool,
) -> Any:
    """What a layer of parity.semantics gives with the call's weights of this suffix.

    The two biases of torch are added where Keras has one.
    """
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    w, u, b, c = (run.tensors.get(name + suffix) for name in names)
    assert w is not None
    assert u is not None
    weights = {"weight_ih_l0": w, "weight_hh_l0": u}
    has_two = kind == "GRU" and settings.get("reset_after", True)
    if b is not None and c is not None:
        weights["bias_ih_l0"] = b if has_two else b + c
    if c is not None and has_two:
        weights["bias_hh_l0"] = c
    with torch.random.fork_rng(devices=[]):  # its own initial weights are never used
        layer = _LAYERS[kind](w.shape[1], u.shape[1], use_bias=b is not None, **shared, **settings)
    return torch.func.functional_call(layer, weights, (x, mask, states))
