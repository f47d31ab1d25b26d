"""The page says what every gate asks."""

from parity.course.exercises import EXERCISES, answers
from parity.gates import GATES


def test_the_gates_of_predictions_are_those_of_a_check() -> None:
    assert set(answers.RINGING) == set(GATES)
    assert {exercise.gate for exercise in EXERCISES} <= set(answers.RINGING)


def test_every_gate_has_its_question() -> None:
    assert all(answers.asks(gate).endswith(("?", ".")) for gate in GATES)
