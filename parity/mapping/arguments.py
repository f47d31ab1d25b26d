"""Which argument of the port's takes which input of Keras's model."""

import itertools
from collections.abc import Iterator, Sequence

from parity.mapping import names
from parity.records.inputs import Arguments

MOST = 4  # inputs without an order that are tried in every one

Way = tuple[str, ...]  # where each input goes, as parity/sides/torch_calling.py reads it


def ways(inputs: Sequence[str], takes: Arguments, has_order: bool = True) -> Iterator[Way]:
    """The ways in which the port may be given these inputs, the likeliest first.

    Its arguments' names decide. Where they are no names of inputs, the order does, if the Keras
    model has one; a port may also take all inputs as one dictionary or list.
    inputs: Keras's names, numbers for those without; has_order: False for a dictionary's.
    """
    every = (*takes.names, *takes.keywords)
    if set(inputs) <= set(every) and (len(inputs) > 1 or takes.keywords):
        yield tuple(inputs)
        return
    found: list[Way] = []
    by_name = alike(inputs, every)
    if by_name:
        found.append(by_name)
    found += _whole(inputs, takes)
    found += _placed(inputs, takes)
    if not has_order and not by_name and 1 < len(inputs) <= MOST:
        orders = itertools.permutations(range(len(inputs)))
        found += [tuple(map(str, order)) for order in orders]
    if len(inputs) == 1 or (takes.any_number and not takes.required):
        found += _in_one(inputs)
    yield from dict.fromkeys(found)


def _placed(inputs: Sequence[str], takes: Arguments) -> list[Way]:
    """In their order: by place, or one argument after the other that must be named."""
    are_named = not any(name.isdecimal() for name in inputs)
    if takes.any_name and are_named and not takes.required:
        return [tuple(inputs), _numbered(inputs)]
    if takes.keywords and not takes.required and len(takes.keywords) >= len(inputs):
        by_name = tuple(takes.keywords[: len(inputs)])
        return [_numbered(inputs), by_name] if takes.any_number else [by_name]
    return [_numbered(inputs)]


def _whole(inputs: Sequence[str], takes: Arguments) -> list[Way]:
    """As one dictionary or list, where the port must have one argument alone."""
    return _in_one(inputs) if len(inputs) > 1 and takes.required == 1 else []


def _in_one(inputs: Sequence[str]) -> list[Way]:
    as_list = tuple(f"0[{number}]" for number in range(len(inputs)))
    if any(name.isdecimal() for name in inputs):
        return [as_list]
    return [tuple(f"0[{name}]" for name in inputs), as_list]


def _numbered(inputs: Sequence[str]) -> Way:
    return tuple(str(number) for number in range(len(inputs)))


def alike(inputs: Sequence[str], arguments: Sequence[str]) -> Way | None:
    """For each input the one argument that is called like it ("user" for "user_input"); None where
    one has none, or two have the same."""
    found = []
    for name in inputs:
        words = names.words(name)
        of_it = [a for a in arguments if words and words == names.words(a)]
        of_it = of_it or [a for a in arguments if words & names.words(a)]
        if len(of_it) != 1:
            return None
        found.append(of_it[0])
    return tuple(found) if len(found) > 1 and len(set(found)) == len(found) else None
