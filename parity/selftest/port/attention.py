"""Multi-head attention: nn.MultiheadAttention where its sizes allow it, else by hand."""

from parity.selftest.port import moves
from parity.selftest.port.writer import Value, Writer

BY_HAND = ("scale", "exchange")  # what nn.MultiheadAttention cannot be asked for


def attention(w: Writer, query: Value, value: Value, key: Value | None = None) -> Value:
    """Keras's order is query, value, key; torch's query, key, value."""
    query, value, key = (w.channels_last(x) for x in (query, value, key or value))
    node = w.node
    heads, size = node.settings["heads"], node.settings["key_dim"]
    widths = {x.shape[-1] for x in (query, value, key)}
    fits = widths == {heads * size} and node.get("value_dim") in (None, size)
    by_hand = any(setting in node.settings for setting in BY_HAND)
    if fits and not by_hand and w.pick(True, False):
        return _module(w, query, key, value)
    return _by_hand(w, query, key, value)


def _module(w: Writer, query: Value, key: Value, value: Value) -> Value:
    heads, biased = w.node.settings["heads"], w.node.get("bias", True)
    width = query.shape[-1]
    bias = "" if biased else ", bias=False"
    name = w.module(f"nn.MultiheadAttention({width}, {heads}{bias}, batch_first=True)")
    parts = ("query", "key", "value")
    kernels = [f"{part}/kernel" for part in parts]
    w.place(f"{name}.in_proj_weight", *kernels, move=moves.packed_kernels)
    w.place(f"{name}.out_proj.weight", "attention_output/kernel", move=moves.from_heads)
    if biased:
        biases = [f"{part}/bias" for part in parts]
        w.place(f"{name}.in_proj_bias", *biases, move=moves.packed_biases)
        w.place(f"{name}.out_proj.bias", "attention_output/bias", move=moves.copy)
    given = f"{query.code}, {key.code}, {value.code}, need_weights=False"
    attends = _attends(w, query, key)
    if attends:
        given += f", attn_mask=~{w.let(attends, 'mask')}"  # True: may not be attended to
    w.lines.append(f"{w.node.name}, _ = self.{name}({given})")
    return Value(w.node.name, w.shape, mask=query.mask)


def _by_hand(w: Writer, query: Value, key: Value, value: Value) -> Value:
    node = w.node
    heads, size = node.settings["heads"], node.settings["key_dim"]
    depth = node.get("value_dim") or size
    parts = [("query", query, size, "q"), ("key", key, size, "k"), ("value", value, depth, "v")]
    bias = "" if node.get("bias", True) else ", bias=False"
    shown = []
    for part, given, width, short in parts:
        name = w.module(f"nn.Linear({given.shape[-1]}, {heads * width}{bias})", part)
        w.place(f"{name}.weight", f"{part}/kernel", move=moves.heads)
        if not bias:
            w.place(f"{name}.bias", f"{part}/bias", move=moves.flat)
        projected = f"self.{name}({given.code})"
        length = given.shape[0]
        split = f".unflatten(-1, ({heads}, {width}))", f".view(-1, {length}, {heads}, {width})"
        shown.append(w.let(f"{projected}{w.pick(*split)}.transpose(1, 2)", short))
    attended = _scores(w, query, key, shown)
    name = w.module(f"nn.Linear({heads * depth}, {query.shape[-1]}{bias})", "out")
    w.place(f"{name}.weight", "attention_output/kernel", move=moves.from_heads)
    if not bias:
        w.place(f"{name}.bias", "attention_output/bias", move=moves.copy)
    code = w.let(f"self.{name}({attended}.transpose(1, 2).flatten(2))")
    return Value(code, w.shape, mask=query.mask)


def _scores(w: Writer, query: Value, key: Value, shown: list[str]) -> str:
    q, k, v = shown
    if w.node.get("exchange"):
        k, v = v, k
    scale = w.node.get("scale")
    attends = _attends(w, query, key)
    mask = w.let(attends, "mask") if attends else ""
    if w.pick(True, False):
        given = f"{q}, {k}, {v}"
        given += f", attn_mask={mask}" if mask else ""  # True: may be attended to
        given += f", scale={scale}" if scale else ""
        return w.let(f"F.scaled_dot_product_attention({given})")
    factor = f"* {scale}" if scale else f"/ {w.node.settings['key_dim']} ** 0.5"
    scores = w.let(f"{q} @ {k}.transpose(-2, -1) {factor}", "scores")
    if mask:
        scores = w.let(f'{scores}.masked_fill(~{mask}, float("-inf"))', "scores")
    return w.let(f"{scores}.softmax(-1) @ {v}")


def _attends(w: Writer, query: Value, key: Value) -> str:
    """Who may attend to whom, (queries, keys); "" where all may."""
    given = w.node.get("mask")
    if not w.node.get("causal") or given == "missing":
        return ""
    ones = f"torch.ones({query.shape[0]}, {key.shape[0]}, dtype=torch.bool)"
    return f"~{ones}.tril()" if given == "inverted" else f"{ones}.tril()"
