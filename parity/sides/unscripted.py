"""TorchScript's graphs run node by node in Python, where a tape sees each call.

A script runs in C++, and hands nothing on of what it does. Its calls are those of torch's own
functions, with the module's own tensors; where a graph has more than that, it is left alone.
"""

import contextlib
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity.sides.torch_modules import own_tensors

Values = dict[str, Any]


@contextlib.contextmanager
def unscripted(model: nn.Module) -> Iterator[None]:
    """The scripts in a model, itself among them, run so for a while, as far as that is known."""
    scripts = (x for x in model.modules() if isinstance(x, torch.jit.ScriptModule))
    found = [(x, graph) for x in scripts if (graph := _graph(x)) is not None]
    kept = [(x, x.__dict__.get("forward")) for x, _ in found]  # torch keeps what was called there
    for module, graph in found:
        module.__dict__["forward"] = partial(_forward, module, graph)
    try:
        yield
    finally:
        for module, own in kept:
            module.__dict__.pop("forward")
            if own is not None:
                module.__dict__["forward"] = own


def _graph(module: Any) -> Any:
    """What its forward does, if all of that is known. A frozen one holds its weights as numbers."""
    if not any(True for _ in own_tensors(module)):
        return None
    try:
        graph = module.inlined_graph
    except (AttributeError, RuntimeError):  # it has none
        return None
    is_known = all(node.kind() in PRIM or _operator(node) is not None for node in _nodes(graph))
    return graph if is_known else None


def _nodes(block: Any) -> Iterator[Any]:
    for node in block.nodes():
        yield node
        for inner in node.blocks():
            yield from _nodes(inner)


def _forward(module: Any, graph: Any, *args: Any, **kwargs: Any) -> Any:
    method = module._c._get_method("forward")
    own, *taken = [value.debugName() for value in graph.inputs()]
    wanted = method.schema.arguments[1:]
    given = {**dict(zip((x.name for x in wanted), args, strict=False)), **kwargs}
    values = {own: module}
    for name, argument in zip(taken, wanted, strict=True):
        values[name] = given.get(argument.name, argument.default_value)
    try:
        (result,) = _run(graph, values)
    except Exception:  # the script's own, if it raises, too
        return method(*args, **kwargs)
    return result


def _run(block: Any, values: Values) -> list[Any]:
    """What a block gives; values: by the graph's names, to which it adds its own."""
    for node in block.nodes():
        inputs = [values[value.debugName()] for value in node.inputs()]
        names = [value.debugName() for value in node.outputs()]
        found = _called(node, inputs, values)
        values.update(zip(names, found if len(names) != 1 else [found], strict=True))
    return [values[value.debugName()] for value in block.outputs()]


def _called(node: Any, inputs: list[Any], values: Values) -> Any:
    """What a node gives: a list, where it has several outputs or none."""
    if (known := PRIM.get(node.kind())) is not None:
        return known(node, inputs, values)
    function = _operator(node)
    assert function is not None
    return function(*inputs)


def _if(node: Any, inputs: list[Any], values: Values) -> Any:
    yes, no = node.blocks()
    found = _run(yes if inputs[0] else no, values)
    return found[0] if node.outputsSize() == 1 else found


def _loop(node: Any, inputs: list[Any], values: Values) -> Any:
    (body,) = node.blocks()
    most, goes_on, *carried = inputs
    number = 0
    while number < most and goes_on:
        names = [value.debugName() for value in body.inputs()]
        values.update(zip(names, [number, *carried], strict=True))
        goes_on, *carried = _run(body, values)
        number += 1
    return carried[0] if node.outputsSize() == 1 else carried


def _raise(node: Any, inputs: list[Any], values: Values) -> Any:
    raise RuntimeError(inputs[0])


def _dict(node: Any, inputs: list[Any], values: Values) -> Any:
    return dict(zip(inputs[::2], inputs[1::2], strict=True))


PRIM: dict[str, Callable[[Any, list[Any], Values], Any]] = {
    "prim::Constant": lambda node, inputs, values: node.output().toIValue(),
    "prim::GetAttr": lambda node, inputs, values: getattr(inputs[0], node.s("name")),
    "prim::ListConstruct": lambda node, inputs, values: inputs,
    "prim::TupleConstruct": lambda node, inputs, values: tuple(inputs),
    "prim::DictConstruct": _dict,
    "prim::ListUnpack": lambda node, inputs, values: _several(node, inputs[0]),
    "prim::TupleUnpack": lambda node, inputs, values: _several(node, inputs[0]),
    "prim::If": _if,
    "prim::Loop": _loop,
    "prim::RaiseException": _raise,
    "prim::Uninitialized": lambda node, inputs, values: None,
    "prim::unchecked_cast": lambda node, inputs, values: inputs[0],
    "prim::NumToTensor": lambda node, inputs, values: torch.tensor(inputs[0]),
    "prim::dtype": lambda node, inputs, values: inputs[0].dtype,
    "prim::device": lambda node, inputs, values: inputs[0].device,
    "prim::min": lambda node, inputs, values: min(*inputs),
    "prim::max": lambda node, inputs, values: max(*inputs),
}


def _several(node: Any, found: Sequence[Any]) -> Any:
    return found[0] if node.outputsSize() == 1 else list(found)


def _operator(node: Any) -> Callable[..., Any] | None:
    """The function of torch's that a node calls; None where there is none."""
    space, _, name = node.kind().partition("::")
    if space != "aten" or not node.schema() or name in UNKNOWN:
        return None
    schema = torch._C.parse_schema(node.schema())
    takes_tensors = any("Tensor" in str(x.type) for x in schema.arguments)
    if not takes_tensors or name in PLAIN_OF_TENSORS:
        return PLAIN.get(name)
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    packet = getattr(torch.ops.aten, name, None)
    overload = getattr(packet, schema.overload_name or "default", None)
    if overload is None:
        return None
    placed = [x.name for x in schema.arguments if not x.kwarg_only]
    named = [x.name for x in schema.arguments if x.kwarg_only]

    def called(*inputs: Any) -> Any:
        further = dict(zip(named, inputs[len(placed) :], strict=True))
        return overload(*inputs[: len(placed)], **further)

    return called


def _convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    transposed: bool,
    output_padding: list[int],
    groups: int,
    *others: Any,
) -> Tensor:
    rank = weight.ndim - 2
    if transposed:
        over = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]
        return over(x, weight, bias, stride, padding, output_padding, groups, dilation)
    plain = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    return plain(x, weight, bias, stride, padding, dilation, groups)


def _batch_norm(x: Tensor, weight: Any, bias: Any, mean: Any, variance: Any, *how: Any) -> Tensor:
    training, momentum, epsilon, _ = how
    return F.batch_norm(x, mean, variance, weight, bias, training, momentum, epsilon)


def _embedding(weight: Tensor, rows: Tensor, padding: int = -1, *others: Any) -> Tensor:
    return F.embedding(rows, weight, padding if padding >= 0 else None)


def _elu(x: Tensor, alpha: float = 1.0, *others: Any) -> Tensor:
    return F.elu(x, alpha)


def _upsampled(mode: str, x: Tensor, size: Any, *how: Any) -> Tensor:
    aligned, scales = (how[0], how[1]) if len(how) == 2 else (None, how[0])
    return F.interpolate(x, size, scales, mode, aligned)


# Of torch.nn.functional, with arguments in an order of their own
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_convolution": _convolution,
    "batch_norm": _batch_norm,
    "layer_norm": lambda *given: F.layer_norm(*given[:5]),
    "group_norm": lambda *given: F.group_norm(*given[:5]),
    "embedding": _embedding,
    "softmax": lambda x, dim, dtype=None: F.softmax(x, dim, dtype=dtype),
    "log_softmax": lambda x, dim, dtype=None: F.log_softmax(x, dim, dtype=dtype),
    "elu": _elu,
    "size": lambda x, *dim: x.shape[dim[0]] if dim else list(x.shape),
    "Int": int,
    "Float": float,
    "Bool": bool,
    **{
        f"upsample_{mode}{rank}d": partial(_upsampled, kind)
        for mode, rank, kind in (
            *(("nearest", rank, "nearest") for rank in (1, 2, 3)),
            ("linear", 1, "linear"),
            ("bilinear", 2, "bilinear"),
            ("bicubic", 2, "bicubic"),
            ("trilinear", 3, "trilinear"),
        )
    },
}
# Of numbers and lists alone
PLAIN: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "floordiv": operator.floordiv,
    "remainder": operator.mod,
    "neg": operator.neg,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "len": len,
    "list": list,
    "slice": lambda x, start, stop, step: x[slice(start, stop, step)],
    "format": lambda text, *given: text.format(*given),
    "warn": lambda *given: [],
    "append": lambda x, item: x.append(item) or x,
    "Int": int,
    "Float": float,
    "Bool": bool,
    "__getitem__": operator.getitem,
    "__contains__": operator.contains,
    "__is__": operator.is_,
    "__isnot__": operator.is_not,
    "__not__": operator.not_,
    "__and__": operator.and_,
    "__or__": operator.or_,
}
PLAIN_OF_TENSORS = ("__is__", "__isnot__", "__getitem__", "append", "len", "list")
UNKNOWN = ("lstm", "gru", "rnn_tanh", "rnn_relu")  # which are modules to a tape
