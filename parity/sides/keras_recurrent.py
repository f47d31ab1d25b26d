"""Keras's recurrent layers, computed by torch with Keras's weights: as a layer that a port lacks,
and behind the layers of a stack of torch's, as one more of them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from parity.records.comparison import Array
from parity.records.interventions import BlockStep
from parity.semantics import recurrent as semantics
from parity.sides.keras_norms import Config, Weights
from parity.sides.rerun import Rerun
from parity.sides.torch_modules import known_class

States = tuple[Tensor, ...]
MASK = "mask"
_CLASSES: dict[str, type[nn.Module]] = {
    "SimpleRNN": semantics.SimpleRNN,
    "LSTM": semantics.LSTM,
    "GRU": semantics.GRU,
}
_ORDERS = {"GRU": (1, 0, 2)}  # Keras computes z, r, h; torch r, z, n


def layer(x: Tensor, config: Config, held: Weights, kind: str) -> Tensor:
    """A layer that begins with zeros, on (N, T, features). held: with a "mask" of the steps that
    count, (N, T), if it has one."""
    ways = [_ran(x, own, each, name) for name, own, each in _ways(kind, config, held)]
    of_all = bool(ways[0][3]["return_sequences"])
    found = [y if of_all else last[0] for y, last, _, _ in ways]
    if len(found) == 1:
        y = found[0]
        return y.flip(1) if of_all and ways[0][2] else y
    how = config.get("merge_mode", "concat")
    if how == "concat":
        return torch.cat(found, -1)
    if how == "mul":
        return found[0] * found[1]
    both = found[0] + found[1]
    return both / 2 if how == "ave" else both


def deeper(run: Rerun, steps: Sequence[BlockStep], **lent: Array) -> Any:
    """A recurrent module, the sequence of which goes through further layers of Keras's: it gives
    what these give, and all last states."""
    sequence, states = run()
    is_packed = isinstance(sequence, PackedSequence)
    is_time_first = not run.setting("batch_first") and not is_packed
    x, lengths = pad_packed_sequence(sequence, True) if is_packed else (sequence, None)
    x = x.transpose(0, 1) if is_time_first else x
    each = [[state] for state in (states if isinstance(states, tuple) else (states,))]
    held = {n: torch.as_tensor(w, dtype=x.dtype, device=x.device) for n, w in lent.items()}
    for step in steps:
        own = {role: held[name] for role, name in step.weights.items()}
        if lengths is not None:
            own[MASK] = (torch.arange(x.shape[1]) < lengths[:, None]).to(x)
        ways = [_ran(x, c, w, name) for name, c, w in _ways(step.kind, step.config, own)]
        x = torch.cat([y for y, *_ in ways], -1)
        for number, kept in enumerate(each):
            kept += [last[number][None] for _, last, *_ in ways]
    ended = tuple(torch.cat(kept) for kept in each)
    y = x.transpose(0, 1) if is_time_first else x
    if lengths is not None:
        y = pack_padded_sequence(y, lengths, True, enforce_sorted=False)
    return y, ended if isinstance(states, tuple) else ended[0]


def shallower(run: Rerun, layers: int) -> Any:
    """A recurrent module without the last of its layers."""
    assert isinstance(run.function, nn.Module)
    kind = known_class(run.function)
    names = ("input_size", "hidden_size", "bias", "batch_first", "bidirectional", "nonlinearity")
    told = {name: run.setting(name) for name in names if hasattr(run.function, name)}
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        less = kind(num_layers=layers, **told).train(run.setting("training"))
    weights = {name: run.tensors[name] for name, _ in less.named_parameters()}
    return torch.func.functional_call(less, weights, run.args, run.kwargs)


def _ways(kind: str, config: Config, held: Weights) -> list[tuple[str, Config, Weights]]:
    """The class, the settings and the weights of each direction."""
    if kind != "Bidirectional":
        return [(kind, config, held)]
    found = []
    for name, start in (("layer", "forward_"), ("backward_layer", "backward_")):
        inner = config[name]
        own = {role: w for role, w in held.items() if role.startswith((start, MASK))}
        found.append((inner["class_name"], inner["config"], own))
    return found


def _ran(
    x: Tensor, config: Config, held: Weights, kind: str
) -> tuple[Tensor, States, bool, Config]:
    """The sequence, each step at its place, and the last states; does it go backwards? And its
    settings."""
    by_role = {role.rpartition("/")[2]: weight for role, weight in held.items()}
    w, u = (_turned(by_role[name], kind) for name in ("kernel", "recurrent_kernel"))
    weights = {"weight_ih_l0": w.T, "weight_hh_l0": u.T}
    bias = by_role.get("bias")
    if bias is not None:
        first, *second = _turned(bias, kind).unbind() if bias.ndim == 2 else [_turned(bias, kind)]
        weights["bias_ih_l0"] = first
        weights |= dict(zip(["bias_hh_l0"], second, strict=False))
    names = ("activation", "recurrent_activation", "reset_after")
    settings = {name: config[name] for name in names if name in config}
    backwards = bool(config.get("go_backwards"))
    shared = {"return_sequences": True, "return_state": True, "go_backwards": backwards}
    with torch.random.fork_rng(devices=[]):  # its own initial weights are never used
        run = _CLASSES[kind](
            w.shape[0], u.shape[0], use_bias=bias is not None, **shared, **settings
        )
    mask = None if MASK not in held else held[MASK] > 0
    y, *last = torch.func.functional_call(run, weights, (x, mask))
    return y.flip(1) if backwards else y, tuple(last), backwards, config


def _turned(weight: Tensor, kind: str) -> Tensor:
    """With the gates in torch's order."""
    order = _ORDERS.get(kind)
    if order is None:
        return weight
    gates = weight.chunk(len(order), -1)
    return torch.cat([gates[place] for place in order], -1)
