"""What a model says of its inputs, on either side."""

from dataclasses import dataclass

from parity.records.comparison import Array

STEPS = 7  # of a sequence of open length
HALVED = 32  # five times
OPEN_IMAGE = 32  # height and width, where a model takes any

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class InputSpec:
    """One input of a Keras model.

    shape   with the batch's size first; None where it is open
    dtype   as the model names it, or that of whole numbers, where nothing but a table reads it
    below   for each element of a sample, of `closed(shape)`: how many whole numbers the tables that
            it is looked up in know, 0 where it is no index; None where nothing of it is
    is_item whether it is one of a dictionary, the order of which means nothing
    is_positive  whether the model answers other numbers with none, as a logarithm does
    is_unit      whether it answers with numbers from 0 to 1 alone, as a curve of pixels that is
                 applied to itself again and again
    mask_value   what all numbers of a step are that a Masking layer has left out; None without one
    """

    shape: Shape
    dtype: str
    below: Array | None = None
    is_item: bool = False
    is_positive: bool = False
    is_unit: bool = False
    mask_value: float | None = None


@dataclass(frozen=True)
class Arguments:
    """What a port's `forward` takes.

    names      of what may be given by place, in order; the first `required` of them must be
    keywords   what can be given by name alone, what must be given first
    any_number, any_name   does it take `*args`, or `**kwargs`?
    """

    names: tuple[str, ...] = ()
    required: int = 0
    keywords: tuple[str, ...] = ()
    any_number: bool = False
    any_name: bool = False


def halved(shape: Shape) -> Shape:
    """With sizes for open axes that can be halved often, the batch's left as it is: a model that
    adds what it pooled and enlarged again takes no others."""
    numbers = iter(range(1, len(shape)))
    return *shape[:1], *(HALVED * next(numbers) if n is None else n for n in shape[1:])


def closed(shape: Shape) -> tuple[int, ...]:
    """Sizes for open axes, the batch's left out; no two open axes are equally long."""
    sizes = shape[1:]
    start = OPEN_IMAGE if len(sizes) > 2 else STEPS
    numbers = iter(range(start, start + len(sizes)))
    return tuple(next(numbers) if size is None else size for size in sizes)
