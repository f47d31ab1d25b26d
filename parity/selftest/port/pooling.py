"""Pooling: what stands in the padding, and whether it counts."""

import math

from parity.selftest.port.writer import Value, Writer, pad, short
from parity.selftest.shapes import Pads, pads, windows


def max_pool(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    wanted = pads(w.node, value.shape)
    given = ""
    if "pad_value" in w.node.settings:
        value = Value(w.let(pad(value.code, wanted)), value.shape, first=True)
    elif any(map(any, wanted)):
        ways = ["ceil_mode=True"] if _ceil_does_it(w, value, wanted) else []
        if all(before == after for before, after in wanted):
            ways.append(f"padding={short(tuple(before for before, _ in wanted))}")
        given = w.pick(*ways, "") if ways else ""
        if not given:
            infinite = 'float("-inf")'
            value = Value(w.let(pad(value.code, wanted, infinite)), value.shape, first=True)
    return _pool(w, value, "Max", given)


def avg_pool(w: Writer, value: Value) -> Value:
    """Keras counts no padding in its averages."""
    value = w.channels_first(value)
    wanted = pads(w.node, value.shape)
    even = all(before == after for before, after in wanted)
    if not any(map(any, wanted)):
        return _pool(w, value, "Avg", "")
    sizes = short(tuple(before for before, _ in wanted))
    if w.node.get("count_padding"):
        if even:
            return _pool(w, value, "Avg", f"padding={sizes}")
        value = Value(w.let(pad(value.code, wanted)), value.shape, first=True)
        return _pool(w, value, "Avg", "")
    ways = [f"padding={sizes}, count_include_pad=False"] if even else []
    if _ceil_does_it(w, value, wanted):
        ways.insert(0, "ceil_mode=True, count_include_pad=False")
    if ways:
        return _pool(w, value, "Avg", w.pick(*ways))
    rank = len(value.shape) - 1
    kernel, strides, _ = windows(w.node, value.shape)
    pool = f"F.avg_pool{rank}d({{}}, {short(kernel)}, {short(strides)})"
    sums = pool.format(pad(value.code, wanted))
    counts = pool.format(pad(f"torch.ones_like({value.code})", wanted))
    return Value(w.let(f"{sums} / {counts}"), w.shape, first=True)


def _pool(w: Writer, value: Value, kind: str, given: str) -> Value:
    rank = len(value.shape) - 1
    kernel, strides, _ = windows(w.node, value.shape)
    stated = [
        short(kernel),
        *([short(strides)] if strides != kernel else []),
        *([given] if given else []),
    ]
    if w.pick(True, False):
        name = w.module(f"nn.{kind}Pool{rank}d({', '.join(stated)})")
        code = f"self.{name}({value.code})"
    else:
        code = f"F.{kind.lower()}_pool{rank}d({', '.join([value.code, *stated])})"
    return Value(w.let(code), w.shape, first=True)


def _ceil_does_it(w: Writer, value: Value, wanted: Pads) -> bool:
    """Does ceil_mode, which extends the end alone, make Keras's windows?"""
    kernel, strides, _ = windows(w.node, value.shape)
    sizes = zip(value.shape, kernel, strides, wanted, strict=False)
    return all(
        before == 0 and n >= k and math.ceil((n - k) / s) == math.ceil(n / s) - 1
        for n, k, s, (before, _) in sizes
    )


def global_pool(w: Writer, value: Value) -> Value:
    maximum = w.node.kind == "global_max_pool"
    rank, keep = len(value.shape) - 1, bool(w.node.get("keepdims"))
    if value.mask and not maximum:
        present = w.let(f"({value.mask} != 0).unsqueeze(-1)", "present")
        value = w.channels_last(value)
        mean = (
            f"({value.code} * {present}).sum(1, keepdim={keep}) / {present}.sum(1, keepdim={keep})"
        )
        return Value(w.let(mean), w.shape)
    axes = tuple(range(2, rank + 2)) if value.first else tuple(range(1, rank + 1))
    reduce = "amax" if maximum else "mean"
    ways = [f"{value.code}.{reduce}({short(axes)}{', keepdim=True' if keep else ''})"]
    if value.first:
        pool = f"Adaptive{'Max' if maximum else 'Avg'}Pool{rank}d"
        ways.append(f"nn.{pool}(1)")
        function = f"F.adaptive_{'max' if maximum else 'avg'}_pool{rank}d({value.code}, 1)"
        ways.append(function if keep else f"{function}.flatten(1)")
    way = w.pick(*ways)
    if way.startswith("nn."):
        flat = "" if keep else w.pick(".flatten(1)", ".squeeze(-1)" if rank == 1 else ".flatten(1)")
        way = f"self.{w.module(way)}({value.code}){flat}"
    return Value(w.let(way), w.shape, first=value.first and keep)
