"""Inputs for a model that comes without any: random, few, and such as the model can take."""

import numpy as np
import pytest

from parity.checking.inputs import FEW, LARGE, MANY, SMALL, SOME, draw
from parity.errors import ModelError

IMAGE = {"0": ((None, 8, 8, 3), "float32")}


def test_floats_are_standard_normal_and_the_same_for_a_seed() -> None:
    found = draw({"0": ((None, 100, 100), "float32")}, 0)["0"][::2]
    assert found.dtype == np.float32
    assert abs(found.mean()) < 0.05
    assert abs(found.std() - 1) < 0.05
    assert np.array_equal(draw(IMAGE, 0, seed=3)["0"], draw(IMAGE, 0, seed=3)["0"])
    assert not np.array_equal(draw(IMAGE, 0, seed=3)["0"], draw(IMAGE, 0, seed=4)["0"])


def test_some_samples_are_large_or_negative_throughout() -> None:
    found = draw(IMAGE, 0)["0"]
    means = found.mean(axis=(1, 2, 3))
    assert np.abs(means[::2]).max() < 0.3
    assert means[1::2].min() < -1 < 1 < means[1::2].max()


def test_a_large_input_has_few_samples() -> None:
    assert len(draw(IMAGE, 0)["0"]) == MANY
    assert len(draw({"0": ((None, SMALL + 1), "float32")}, 0)["0"]) == SOME
    assert len(draw({"0": ((None, LARGE + 1), "float32")}, 0)["0"]) == FEW


def test_a_batch_size_that_the_model_fixes_is_kept() -> None:
    assert draw({"0": ((4, 8, 3), "float32")}, 0)["0"].shape == (4, 8, 3)


def test_all_inputs_have_as_many_samples() -> None:
    wanted = {"image": ((None, 300, 300, 3), "float32"), "age": ((None, 1), "float32")}
    assert {len(array) for array in draw(wanted, 0).values()} == {FEW}


def test_open_axes_are_closed_with_different_sizes() -> None:
    shape = draw({"0": ((None, None, None, 3), "float32")}, 0)["0"].shape
    assert shape == (SOME, 32, 33, 3)
    assert draw({"0": ((None, None, 5), "float32")}, 0)["0"].shape == (MANY, 7, 5)


def test_integers_are_known_to_the_embedding_and_end_in_zeros() -> None:
    found = draw({"0": ((None, 9), "int32")}, 20)["0"]
    assert found.dtype == np.int32
    assert found.max() < 20
    assert not found[: MANY // 2, -3:].any(), "padded"
    assert found[MANY // 2 :].all(), "not padded"


def test_booleans_are_of_both_kinds() -> None:
    found = draw({"mask": ((None, 50), "bool")}, 0)["mask"]
    assert found.dtype == bool
    assert found.any()
    assert not found.all()


def test_a_shape_of_a_person_s_own_wins() -> None:
    assert draw({"0": ((None, None), "float32")}, 0, shape=(4,))["0"].shape == (MANY, 4)
    assert draw({}, 0, shape=(4, 5))["0"].dtype == np.float32
    assert draw({}, 30, shape=(4,))["0"].dtype == np.int32, "there is an embedding"


def test_a_model_that_does_not_say_what_it_takes_needs_a_shape() -> None:
    with pytest.raises(ModelError, match="give --input-shape"):
        draw({}, 0)
