"""Layers with several inputs."""

from parity.selftest.port.writer import Value, Writer


def merge(w: Writer, *values: Value) -> Value:
    codes, first = _together(w, values)
    kind = w.node.kind
    sign = {"add": " + ", "subtract": " - ", "multiply": " * "}.get(kind)
    function = {"add": "add", "subtract": "sub", "multiply": "mul", "maximum": "maximum"}
    if kind == "average":
        stacked = f"torch.stack([{', '.join(codes)}]).mean(0)"
        code = w.pick(f"({' + '.join(codes)}) / {len(codes)}", stacked)
    elif sign and (len(codes) > 2 or w.pick(True, False)):
        code = sign.join(codes)
    else:
        name = function.get(kind, kind)
        code = codes[0]
        for other in codes[1:]:
            code = f"torch.{name}({code}, {other})"
    return Value(w.let(code), w.shape, first)


def concat(w: Writer, *values: Value) -> Value:
    codes, first = _together(w, values)
    axis = w.axis(Value("", values[0].shape, first), w.node.get("axis", -1))
    listed = f"[{', '.join(codes)}]"
    ways = f"torch.cat({listed}, dim={axis})", f"torch.cat({listed}, {axis})"
    return Value(w.let(w.pick(*ways, f"torch.concat({listed}, dim={axis})")), w.shape, first)


def _together(w: Writer, values: tuple[Value, ...]) -> tuple[list[str], bool]:
    """All in the layout of the first."""
    first = values[0].first
    turn = w.channels_first if first else w.channels_last
    return [turn(value, part=f"in{i}").code for i, value in enumerate(values)], first
