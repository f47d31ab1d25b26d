"""Whole steps that a diagnosis puts in the place of a recorded one, by name.

Each takes the call that it replaces, from which it has inputs, weights and settings.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from parity.records.comparison import Array
from parity.records.interventions import WIDE
from parity.sides import keras_recurrent, merging, spectra, torch_computed
from parity.sides.functions import allowed_by
from parity.sides.normalisations import (
    biased_batch_norm,
    group_norm,
    normalise,
    normalise_by,
    rms_normalise,
)
from parity.sides.recurrences import recurrent, recurrent_cell
from parity.sides.rerun import Rerun, copied
from parity.sides.torch_modules import known_class

_POOLS: dict[str, tuple[Callable[..., Tensor], ...]] = {
    "max": (F.max_pool1d, F.max_pool2d, F.max_pool3d),
    "average": (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d),
}
_SUMMARIES: dict[str, Callable[..., Tensor]] = {
    "mean": torch.mean,
    "sum": torch.sum,
    "max": torch.amax,
    "min": torch.amin,
}


def pool(
    run: Rerun, kind: str, kernel_size: Sequence[int], stride: Sequence[int], pad: Sequence[int]
) -> Tensor:
    """ "max" or "average" over windows; `pad`, in F.pad's order, is seen by neither."""
    x = run.inputs[0]
    over = _POOLS[kind][len(kernel_size) - 1]
    sizes = (tuple(kernel_size), tuple(stride))
    if kind == "max":
        return over(F.pad(x, tuple(pad), value=-torch.inf), *sizes)
    ones = F.pad(torch.ones_like(x), tuple(pad))
    return over(F.pad(x, tuple(pad)), *sizes) / over(ones, *sizes)


def states(run: Rerun, cells: bool = False, turned: bool = False) -> Any:
    """A recurrent layer whose states (layers * directions, N, units) are others: those of an LSTM's
    cells in the place of what it gives, and turned, the last one first."""
    sequence, found = run()
    each = found if isinstance(found, tuple) else (found,)
    each = tuple(state.flip(0) if turned else state for state in each)
    each = each[::-1] if cells else each
    return sequence, each if isinstance(found, tuple) else each[0]


def states_exchanged(run: Rerun) -> Any:
    """An LSTM that begins with its cells' state for h, and with h for that."""
    h, c = run.argument("hx")
    return run.with_argument("hx", (c, h))()


def begun_with(run: Rerun, **lent: Array) -> Any:
    """A recurrent layer that begins with these states, each (N, units), h in front of c; or with
    none."""
    if not lent:
        return run.with_argument("hx", None)()
    x = run.inputs[0]
    each = [torch.as_tensor(lent[name]).to(x) for name in sorted(lent)]
    first, *others = each if run.kind.endswith("Cell") else [state[None] for state in each]
    return run.with_argument("hx", (first, *others) if others else first)()


def merge(run: Rerun, kind: str, order: Sequence[int]) -> Tensor:
    """The inputs in some order, joined element by element."""
    return merging.merge([run.inputs[place] for place in order], kind)


def concatenate(run: Rerun, dim: int, order: Sequence[int]) -> Tensor:
    inputs = run.inputs
    return torch.cat([inputs[place] for place in order], dim=dim)


def parts(run: Rerun, order: Sequence[int]) -> tuple[Tensor, ...]:
    """The parts of a value in another order."""
    found = run()
    return tuple(found[place] for place in order)


def summary(run: Rerun, kind: str, dims: Sequence[int], keepdim: bool, index: int | None) -> Any:
    """One value for all along some axes: their mean, sum or maximum, or one element of them."""
    x, own = run.inputs[0], run()
    if kind == "element":
        assert index is not None
        taken = x.select(dims[0], index)
        found = taken.unsqueeze(dims[0]) if keepdim else taken
    else:
        found = _SUMMARIES[kind](x, tuple(dims), keepdim)
    return type(own)((found, *own[1:])) if isinstance(own, tuple) else found


def repeated(run: Rerun, dim: int, times: int, each: bool) -> Tensor:
    """What is repeated, along an axis, each element by itself or all of them as they stand."""
    x = run.inputs[0]
    while x.ndim <= dim or x.ndim < run().ndim:  # new axes come first
        x = x[None]
    return x.repeat_interleave(times, dim) if each else torch.cat([x] * times, dim)


def masked_mean(run: Rerun, dim: int, mask: Array) -> Tensor:
    """The mean over the steps, along an axis of three, that the mask (N, T) leaves."""
    x = run.inputs[0].movedim(dim, 1)
    counted = torch.as_tensor(mask, dtype=x.dtype, device=x.device)[..., None]
    return (x * counted).sum(1) / counted.sum(1)


def with_weights(run: Rerun, **weights: Array) -> Any:
    """A module, or a function, with these weights by role, in the place of what it computes for
    them, or has in another shape."""
    if not isinstance(run.function, nn.Module):
        for role, array in weights.items():
            run = run.with_argument(role, torch.as_tensor(array).to(run.tensors[role]))
        return run()
    own = {role: getattr(run.function, role) for role in weights}
    given = {role: torch.as_tensor(array).to(own[role]) for role, array in weights.items()}
    kind, state = torch_computed.plain(run.function, given)
    twin = kind.__new__(kind)
    twin.__dict__ = state
    if isinstance(twin, nn.RNNBase):
        given = _sized(twin, given) | given
    return replace(run, function=twin, weights=run.weights | given)()


def _sized(twin: nn.RNNBase, given: dict[str, Tensor]) -> dict[str, Tensor]:
    """Let a recurrent module of one layer have the sizes of its weights; and zeros for its other
    biases, which have the size of these."""
    wide, own = given.get("weight_hh_l0"), dict(twin.named_parameters())
    twin.input_size = given.get("weight_ih_l0", own["weight_ih_l0"]).shape[1]
    if wide is None:
        return {}
    twin.hidden_size = wide.shape[1]
    return {name: wide.new_zeros(len(wide)) for name in own if name.startswith("bias")}


def without_own_forward(run: Rerun) -> Any:
    """A module's call as the class of torch's has it that its own comes from."""
    assert isinstance(run.function, nn.Module)
    twin = copied(run.function)
    twin.__class__ = known_class(twin)
    return replace(run, function=twin)()


def causal_attention(run: Rerun) -> Any:
    """Attention under a causal mask in the place of its own, where True blocks in the module, and
    attends in the function."""
    is_function = run.kind == "scaled_dot_product_attention"
    axis = -2 if is_function else 1 if run.setting("batch_first") else 0
    queries, keys = (run.argument(name).shape[axis] for name in ("query", "key"))
    blocked = torch.ones(queries, keys, dtype=torch.bool, device=run.inputs[0].device).triu(1)
    if is_function:
        return run.with_argument("is_causal", False).with_argument("attn_mask", ~blocked)()
    return run.with_argument("attn_mask", blocked)()


def masked_attention(
    run: Rerun,
    mask: Array,
    query_mask: Array | None = None,
    of_keys: bool = False,
    is_cut: bool = False,
) -> Any:
    """Attention of a padded sequence to itself, or to one: as Keras has it, where a query that is
    padded attends to nothing in particular; or, with is_cut, to nothing at all. mask: (N, T), True
    where a step counts; or as Keras is given it, (N, queries, keys), True where one attends to the
    other. query_mask, of_keys: as of `allowed_by`."""
    is_function = run.kind == "scaled_dot_product_attention"
    query, key = run.argument("query"), run.argument("key")
    counts = torch.as_tensor(mask, device=query.device)
    counted = None if query_mask is None else torch.as_tensor(query_mask, device=query.device)
    time = -2 if is_function or run.setting("batch_first") else 0
    allowed = allowed_by(counts, query.shape[time], key.shape[time], counted, of_keys)
    added = torch.zeros(allowed.shape, dtype=query.dtype, device=query.device)
    added = added.masked_fill(~allowed, -1e30)  # not infinite: a row may be masked throughout
    heads = query.shape[1] if is_function else run.setting("num_heads")
    added = added[:, None].expand(-1, heads, -1, -1)
    attends = allowed.any(-1) | (not is_cut)
    if is_function:
        return run.with_argument("attn_mask", added)() * attends[:, None, :, None]
    alone = run.with_argument("key_padding_mask", None)  # which the other mask holds, too
    found, weights = alone.with_argument("attn_mask", added.flatten(0, 1))()
    bias = run.tensors.get("out_proj.bias", found.new_zeros(()))
    rows = attends if run.setting("batch_first") else attends.T
    return torch.where(rows[..., None], found, bias), weights


def attention_of_keras(run: Rerun, **weights: Array) -> Any:
    """nn.MultiheadAttention's call with the heads, and the weights, of keras.MultiHeadAttention."""
    is_time_first = not run.setting("batch_first")

    def held(name: str) -> Tensor:
        return torch.as_tensor(weights[name]).to(run.inputs[0])

    def projected(argument: str) -> Tensor:
        x = run.argument(argument)
        x = x.transpose(0, 1) if is_time_first else x
        y = torch.einsum("ntd,dhk->nhtk", x, held(f"{argument}_kernel"))
        name = f"{argument}_bias"
        return y + held(name)[:, None] if name in weights else y

    query, key, value = map(projected, ("query", "key", "value"))
    attended = F.scaled_dot_product_attention(query, key, value)
    y = torch.einsum("nhtk,hkd->ntd", attended, held("attention_output_kernel"))
    if "attention_output_bias" in weights:
        y = y + held("attention_output_bias")
    return y.transpose(0, 1) if is_time_first else y, None


def exchange(run: Rerun, first: str, second: str) -> Any:
    """The same call with two of its arguments exchanged."""
    one, other = run.argument(first), run.argument(second)
    return run.with_argument(first, other).with_argument(second, one)()


def in_float32(run: Rerun, own: Sequence[str], back: str) -> Any:
    """The same call on what it takes of low precision widened to float32. own: the module's tensors
    by name, that stay float32 meanwhile; back: the float type of what it gives, "" for float32."""

    def cast(leaf: Any, kinds: Sequence[torch.dtype], kind: torch.dtype) -> Any:
        return leaf.to(kind) if isinstance(leaf, Tensor) and leaf.dtype in kinds else leaf

    def wide(leaf: Any) -> Any:
        return cast(leaf, (torch.bfloat16, torch.float16), torch.float32)

    args, kwargs = pytree.tree_map(wide, (run.args, run.kwargs))
    output = replace(run, args=args, kwargs=kwargs)()
    if not back:
        return output
    return pytree.tree_map(lambda x: cast(x, (torch.float32,), getattr(torch, back)), output)


def without_autocast(run: Rerun) -> Any:
    """The same call where nothing casts for it."""
    with torch.autocast(run.inputs[0].device.type, enabled=False):
        return run()


REPLACEMENTS: dict[str, Callable[..., Any]] = {
    "pool": pool,
    "normalise": normalise,
    "group_norm": group_norm,
    "rms_normalise": rms_normalise,
    "merge": merge,
    "concatenate": concatenate,
    "parts": parts,
    "summary": summary,
    "repeated": repeated,
    "masked_mean": masked_mean,
    "normalise_by": normalise_by,
    "with_weights": with_weights,
    "without_own_forward": without_own_forward,
    "causal_attention": causal_attention,
    "masked_attention": masked_attention,
    "attention_of_keras": attention_of_keras,
    "exchange": exchange,
    "biased_batch_norm": biased_batch_norm,
    "recurrent": recurrent,
    "recurrent_cell": recurrent_cell,
    "deeper": keras_recurrent.deeper,
    "shallower": keras_recurrent.shallower,
    "states": states,
    "states_exchanged": states_exchanged,
    "begun_with": begun_with,
    "without_autocast": without_autocast,
    "transform": spectra.transform,
    "windowed": spectra.windowed,
    WIDE: in_float32,
}
