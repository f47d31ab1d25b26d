"""Exercises: ports with one mistake each, made from the real ones. `of("mlp")` has the mlp's."""

from parity.course.exercises import cnn, conv_ae, conv_transpose_ae, denoising_ae, mlp, simple_ae
from parity.course.exercises.exercise import Edit, Exercise
from parity.errors import ParityError
from parity.pairs import select

EXERCISES: tuple[Exercise, ...] = (
    *mlp.EXERCISES,
    *cnn.EXERCISES,
    *simple_ae.EXERCISES,
    *conv_ae.EXERCISES,
    *denoising_ae.EXERCISES,
    *conv_transpose_ae.EXERCISES,
)


def of(pair: str) -> tuple[Exercise, ...]:
    """A pair's exercises, the easiest first; none where nobody wrote any.

    Raises ParityError where there is no such pair.
    """
    (known,) = select([pair])
    return tuple(exercise for exercise in EXERCISES if exercise.pair == known.name)


def require(pair: str) -> tuple[Exercise, ...]:
    """As `of`. Raises ParityError where there are none."""
    found = of(pair)
    if not found:
        having = dict.fromkeys(exercise.pair for exercise in EXERCISES)
        raise ParityError(f"{pair} has no exercises; there are some for {', '.join(having)}")
    return found


def find(pair: str, number: int) -> Exercise:
    """One exercise. Raises ParityError where there is none."""
    found = require(pair)
    for exercise in found:
        if exercise.number == number:
            return exercise
    raise ParityError(
        f"{pair} has no exercise {number}; it has 1 to {len(found)} "
        f"(`parity exercise {pair}` lists them)"
    )


__all__ = ["EXERCISES", "Edit", "Exercise", "find", "of", "require"]
