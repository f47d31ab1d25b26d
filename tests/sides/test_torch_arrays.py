"""Whatever a port computes in on its way can be read."""

import numpy as np
import pytest
import torch

from parity.sides.torch_arrays import array


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64, torch.int64])
def test_every_type_is_read(dtype: torch.dtype) -> None:
    assert np.array_equal(array(torch.arange(3).to(dtype)), [0, 1, 2])


def test_what_is_read_is_a_copy() -> None:
    tensor = torch.zeros(2)
    held = array(tensor)
    tensor += 1
    assert not held.any()
