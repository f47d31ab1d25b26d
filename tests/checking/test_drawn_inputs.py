"""Inputs for a model that comes without any: random, few, and such as the model can take."""

import numpy as np
import pytest

from parity.checking.inputs import FEW, LARGE, MANY, SMALL, SOME, arrays, bounded, draw
from parity.checking.options import Options
from parity.errors import ModelError
from parity.mapping import overrides
from parity.records.comparison import Array
from parity.records.inputs import InputSpec

IMAGE = {"0": InputSpec((None, 8, 8, 3), "float32")}


def below(*bounds: int) -> Array:
    return np.array(bounds)


def test_floats_are_standard_normal_and_the_same_for_a_seed() -> None:
    found = draw({"0": InputSpec((None, 100, 100), "float32")})["0"][::2]
    assert found.dtype == np.float32
    assert abs(found.mean()) < 0.05
    assert abs(found.std() - 1) < 0.05
    assert np.array_equal(draw(IMAGE, seed=3)["0"], draw(IMAGE, seed=3)["0"])
    assert not np.array_equal(draw(IMAGE, seed=3)["0"], draw(IMAGE, seed=4)["0"])


def test_some_samples_are_large_or_negative_throughout() -> None:
    found = draw(IMAGE)["0"]
    means = found.mean(axis=(1, 2, 3))
    assert np.abs(means[::2]).max() < 0.3
    assert means[1::2].min() < -1 < 1 < means[1::2].max()


def test_a_large_input_has_few_samples() -> None:
    assert len(draw(IMAGE)["0"]) == MANY
    assert len(draw({"0": InputSpec((None, SMALL + 1), "float32")})["0"]) == SOME
    assert len(draw({"0": InputSpec((None, LARGE + 1), "float32")})["0"]) == FEW


def test_a_batch_size_that_the_model_fixes_is_kept() -> None:
    assert draw({"0": InputSpec((4, 8, 3), "float32")})["0"].shape == (4, 8, 3)


def test_all_inputs_have_as_many_samples() -> None:
    wanted = {
        "image": InputSpec((None, 300, 300, 3), "float32"),
        "age": InputSpec((None, 1), "float32"),
    }
    assert {len(array) for array in draw(wanted).values()} == {FEW}


def test_open_axes_are_closed_with_different_sizes() -> None:
    shape = draw({"0": InputSpec((None, None, None, 3), "float32")})["0"].shape
    assert shape == (SOME, 32, 33, 3)
    assert draw({"0": InputSpec((None, None, 5), "float32")})["0"].shape == (MANY, 7, 5)


def test_indices_are_known_to_the_table_and_end_in_zeros() -> None:
    found = draw({"0": InputSpec((None, 9), "int32", np.full(9, 20))})["0"]
    assert found.dtype == np.int32
    assert found.max() == 19
    assert not found[: MANY // 2, -3:].any(), "padded"
    assert found[MANY // 2 :].all(), "not padded"


def test_each_table_s_indices_go_to_its_own_end() -> None:
    found = draw({"0": InputSpec((None, 2), "int32", below(3, 90))})["0"]
    assert found[:, 0].max() == 2
    assert found[:, 1].max() > 30
    assert not found.min(axis=0).any(), "a category's zero is no padding"


def test_numbers_beside_indices_are_normal() -> None:
    found = draw({"0": InputSpec((None, 2), "float32", below(3, 0))})["0"]
    assert found.dtype == np.float32
    assert set(found[:, 0]) == {0, 1, 2}
    assert np.any(found[:, 1] != np.round(found[:, 1]))


def test_whole_numbers_that_nothing_looks_up_differ() -> None:
    assert len(set(draw({"0": InputSpec((None, 5), "int32")})["0"].ravel())) > 2
    assert draw({"0": InputSpec((None, 5), "uint8")})["0"].max() > 99


def test_truth_values_are_of_both_kinds_and_no_sample_is_false_throughout() -> None:
    found = draw({"mask": InputSpec((None, 4), "bool")})["mask"]
    assert found.dtype == bool
    assert not found.all()
    assert found.any(axis=1).all()


def test_a_model_that_does_not_say_what_it_takes_needs_a_shape() -> None:
    with pytest.raises(ModelError, match="give --input-shape"):
        draw({})


def test_texts_are_refused() -> None:
    with pytest.raises(ModelError, match="'0' takes string"):
        draw({"0": InputSpec((None,), "string")})


TWO = {"query": InputSpec((None, 2), "float32"), "key": InputSpec((None, 2), "float32")}


def given(**found: Array) -> Options:
    return Options(inputs=found)


def test_a_dictionary_s_order_means_nothing() -> None:
    one, other = np.zeros((3, 2), "float32"), np.ones((3, 2), "float32")
    found = arrays(TWO, given(key=other, query=one))
    assert [*found] == ["query", "key"]
    assert found["key"] is other
    assert arrays(TWO, given(keyInput=other, query_input=one))["key"] is other


def test_a_list_is_taken_in_its_order() -> None:
    one, other = np.zeros((3, 2), "float32"), np.ones((3, 2), "float32")
    found = arrays(TWO, Options(inputs={"0": one, "1": other}))
    assert found["key"] is other


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ModelError, match="no input 'key'; got query"):
        arrays(TWO, given(query=np.zeros((3, 2))))


@pytest.mark.parametrize("dtype", ["float16", "float64", "int64", "uint8", "bool"])
def test_numbers_become_the_floats_that_the_model_takes(dtype: str) -> None:
    found = arrays(
        {"0": InputSpec((None, 2), "float32")}, Options(inputs={"0": np.ones((3, 2), dtype)})
    )
    assert found["0"].dtype == np.float32


def test_indices_given_as_floats_become_whole() -> None:
    specs = {"0": InputSpec((None, 2), "int32", below(5, 5))}
    assert arrays(specs, Options(inputs={"0": np.ones((3, 2), "float32")}))["0"].dtype == np.int32


def test_a_person_says_how_many_whole_numbers_there_are() -> None:
    told = overrides.parse({"inputs": {"key": {"below": 4}}})
    (query, key) = bounded(TWO, told).values()
    assert query.below is None
    assert key.below is not None
    assert set(key.below) == {4}
    assert set(draw({"0": key})["0"].ravel()) == {0, 1, 2, 3}


def test_half_of_the_samples_end_in_steps_that_a_masking_layer_leaves_out() -> None:
    found = draw({"0": InputSpec((None, 7, 3), "float32", mask_value=-1.0)})["0"]
    is_left_out = (found == -1.0).all(-1)
    assert np.array_equal(is_left_out.sum(1), [2] * (MANY // 2) + [0] * (MANY - MANY // 2))
    assert is_left_out[: MANY // 2, -2:].all()
