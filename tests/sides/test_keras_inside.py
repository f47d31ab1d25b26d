"""What a layer of a person's own computes on its way is seen, on each of Keras's backends."""

import pytest

from tests.apart import finding


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_values_on_the_way_are_noted_while_it_lasts(backend: str) -> None:
    told = finding("tests.sides.inside_a_layer", backend)
    assert told == {"seen": [True] * 3, "sizes": [20], "later": 0}
