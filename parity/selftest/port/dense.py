"""Dense layers: on features, on sequences, and on images, where they are convolutions of one."""

from functools import partial

from parity.selftest.port import moves
from parity.selftest.port.activation import activate
from parity.selftest.port.writer import Value, Writer


def dense(w: Writer, value: Value) -> Value:
    if len(value.shape) == 3 and not w.node.get("raw") and w.pick(True, False):
        return _pointwise(w, value)
    if not w.node.get("raw"):
        value = w.channels_last(value)
    name = w.module(f"nn.Linear({_sizes(w, value)})")
    move = moves.transposed if value.order is None else partial(moves.reordered, value.order)
    w.place(f"{name}.weight", _role(w, "kernel"), move=move)
    if w.node.get("bias", True):
        w.place(f"{name}.bias", _role(w, "bias"), move=moves.copy)
    if w.node.get("unbiased"):
        code = w.let(f"F.linear({value.code}, self.{name}.weight)")
    else:
        code = w.let(f"self.{name}({value.code})")
    made = Value(code, w.shape, value.first, mask=value.mask)
    return w.image(activate(w, made, w.node.get("activation")))


def _pointwise(w: Writer, value: Value) -> Value:
    value = w.channels_first(value)
    name = w.module(f"nn.Conv2d({_sizes(w, value, kernel='1, ')})")
    w.place(f"{name}.weight", _role(w, "kernel"), move=moves.pointwise)
    if w.node.get("bias", True):
        w.place(f"{name}.bias", _role(w, "bias"), move=moves.copy)
    made = Value(w.let(f"self.{name}({value.code})"), w.shape, first=True)
    return activate(w, made, w.node.get("activation"))


def _sizes(w: Writer, value: Value, kernel: str = "") -> str:
    bias = "" if w.node.get("bias", True) else "bias=False, "
    return f"{value.shape[-1]}, {w.node.settings['units']}, {kernel}{bias}".removesuffix(", ")


def _role(w: Writer, role: str) -> str:
    return f"dense/{role}" if w.node.kind == "time_distributed" else role
