"""A side that cannot start, dies or fails ends in one clear error."""

import os
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from parity.errors import ModelError, SideError
from parity.sides.process import Sides, Worker
from parity.sides.verbs import InTorch, Models


def test_a_worker_that_dies_names_its_side() -> None:
    worker = Worker("torch")
    with pytest.raises(SideError, match="torch side: its process died"):
        worker.run(os._exit, 1)
    with pytest.raises(SideError, match="torch side: its process died"):
        worker.call(Models.describe)
    worker.close()


def begin_an_answer() -> bytes:
    """Ends the process when half of what is returned here is written."""

    def write_half(connection: Connection, data: bytes) -> None:
        os.write(connection.fileno(), data[: len(data) // 2])
        os._exit(1)

    Connection._send = write_half  # type: ignore[attr-defined]
    return b"answer" * 100


def test_a_worker_that_dies_in_the_middle_of_an_answer_is_not_waited_for() -> None:
    worker = Worker("torch")
    with pytest.raises(SideError, match="torch side: its process died"):
        worker.run(begin_an_answer)
    worker.close()


def test_what_a_model_prints_is_not_within_what_a_command_writes(
    capfd: pytest.CaptureFixture[str],
) -> None:
    worker = Worker("torch")
    worker.run(print, "shape (31, 8)", flush=True)
    worker.close()
    assert capfd.readouterr() == ("", "shape (31, 8)\n")


def test_a_broken_framework_names_side_backend_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jax.py").write_text("raise ImportError('this jax is broken')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    worker = Worker("keras", "jax")
    with pytest.raises(
        SideError, match=r"keras side \(jax\): jax could not be imported .* --keras-backend"
    ):
        worker.ready()
    worker.close()


def test_cuda_without_a_gpu_is_refused(sides: Sides) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    worker = Worker("torch", device="cuda")
    with pytest.raises(SideError, match="no CUDA device was found; use --device cpu"):
        worker.ready()
    worker.close()


def test_a_module_that_is_not_there_is_named(sides: Sides) -> None:
    with pytest.raises(ModelError, match=r"no module 'torch_port\.nothing'"):
        sides.torch.call(InTorch.open, "x", "torch_port.nothing", "float32", 0)


def test_a_module_without_the_headings_is_refused(sides: Sides) -> None:
    with pytest.raises(ModelError, match="parity has no prepare, target, build"):
        sides.torch.call(InTorch.open, "x", "parity", "float32", 0)


def test_what_a_framework_raises_comes_in_one_line(sides: Sides) -> None:
    with pytest.raises(ModelError, match=r"torch side, in weights: KeyError: 'not built'"):
        sides.torch.call(Models.weights, "not built")
