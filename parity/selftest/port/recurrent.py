"""Recurrent layers and what feeds them."""

from dataclasses import replace

from parity.selftest.port import moves
from parity.selftest.port.writer import Value, Writer

_KEYS = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "RNN"}


def recurrent(w: Writer, value: Value) -> Value:
    """Keras returns the last output alone, unless return_sequences."""
    value = w.channels_last(value)
    both = w.node.kind == "bidirectional"
    kind = w.node.settings["cell"] if both else w.node.kind
    if w.node.get("go_backwards"):
        value = replace(value, code=w.let(f"{value.code}.flip(1)", "in"))
    name = _module(w, kind, value.shape[-1], both)
    last = not w.node.get("return_sequences")
    if value.mask and last:
        return Value(_masked(w, value, name, kind, both), w.shape)
    output, state = w.node.name, f"{w.node.name}_h"
    hidden = f"({state}, _)" if kind == "lstm" else state
    take = w.node.get("take") or (w.pick("output", "state") if last else "")
    if take != "state":
        w.lines.append(f"{output}, _ = self.{name}({value.code})")
        return Value(_outputs(w, output, both, take), w.shape)
    w.lines.append(f"_, {hidden} = self.{name}({value.code})")
    return Value(
        w.let(_joined(w, [f"{state}[0]", f"{state}[1]"]) if both else f"{state}[-1]"), w.shape
    )


def _module(w: Writer, kind: str, features: int, both: bool) -> str:
    units = w.node.settings["units"]
    given = [str(features), str(units)]
    if w.node.get("batch_first", True):
        given.append("batch_first=True")
    if both:
        given.append("bidirectional=True")
    if kind == "simple_rnn" and w.node.get("activation", "tanh") != "tanh":
        given.append(f'nonlinearity="{w.node.settings["activation"]}"')
    bias = w.node.get("bias", True)
    if not bias:
        given.append("bias=False")
    name = w.module(f"nn.{_KEYS[kind]}({', '.join(given)})")
    for prefix, suffix in [(f"forward_{kind}/", ""), (f"backward_{kind}/", "_reverse")][: 1 + both]:
        cell = f"{prefix if both else ''}{kind}_cell"
        gru = kind == "gru"
        kernel = moves.gru_kernel if gru else moves.transposed
        w.place(f"{name}.weight_ih_l0{suffix}", f"{cell}/kernel", move=kernel)
        w.place(f"{name}.weight_hh_l0{suffix}", f"{cell}/recurrent_kernel", move=kernel)
        if bias:
            ours = moves.gru_input_bias if gru else moves.copy
            theirs = moves.gru_hidden_bias if gru else moves.zeros
            w.place(f"{name}.bias_ih_l0{suffix}", f"{cell}/bias", move=ours)
            w.place(f"{name}.bias_hh_l0{suffix}", f"{cell}/bias", move=theirs)
    return name


def _outputs(w: Writer, output: str, both: bool, take: str) -> str:
    """From the outputs of all steps, (N, T, units) or (N, T, 2 * units)."""
    units = w.node.settings["units"]
    halves = [f"{output}[..., :{units}]", f"{output}[..., {units}:]"]
    if not take:
        merge = w.node.get("merge", "concat")
        return output if not both or merge == "concat" else w.let(_joined(w, halves))
    if take == "first":
        return w.let(f"{output}[:, 0]")
    if not both:
        return w.let(f"{output}[:, -1]")
    step = "-1" if take == "last" else "0"  # the backward half ends at the first step
    return w.let(_joined(w, [f"{output}[:, -1, :{units}]", f"{output}[:, {step}, {units}:]"]))


def _joined(w: Writer, halves: list[str]) -> str:
    one, two = halves
    return {
        "concat": f"torch.cat([{one}, {two}], dim=-1)",
        "sum": f"{one} + {two}",
        "mul": f"{one} * {two}",
        "ave": f"({one} + {two}) / 2",
    }[w.node.get("merge", "concat")]


def _masked(w: Writer, value: Value, name: str, kind: str, both: bool) -> str:
    """Packed, so that the steps behind each sequence's end are skipped."""
    lengths = w.let(f"({value.mask} != 0).sum(1).cpu()", "lengths")
    packed = w.let(
        f"nn.utils.rnn.pack_padded_sequence({value.code}, {lengths}, "
        "batch_first=True, enforce_sorted=False)",
        "packed",
    )
    state = f"{w.node.name}_h"
    w.lines.append(f"_, {f'({state}, _)' if kind == 'lstm' else state} = self.{name}({packed})")
    return w.let(_joined(w, [f"{state}[0]", f"{state}[1]"]) if both else f"{state}[-1]")


def embedding(w: Writer, value: Value) -> Value:
    name = w.module(f"nn.Embedding({w.node.settings['vocabulary']}, {w.node.settings['units']})")
    w.place(f"{name}.weight", "embeddings", move=moves.copy)
    mask = value.code if w.node.get("mask_zero") else ""
    return Value(w.let(f"self.{name}({value.code})"), w.shape, mask=mask)
