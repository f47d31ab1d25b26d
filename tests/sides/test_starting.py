"""What a worker's process leaves out as it starts is there afterwards."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from parity.sides.process import Sides
from parity.sides.starting import KEPT, memory_kept, without_sklearn


def test_scikit_learn_is_found_again_behind_the_import_of_keras(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    with without_sklearn(), pytest.raises(ImportError):
        importlib.import_module("sklearn")
    assert "sklearn" not in sys.modules


def test_what_is_there_already_stays() -> None:
    known = sys.modules.setdefault("sklearn", sys)
    try:
        with without_sklearn():
            assert sys.modules["sklearn"] is known
    finally:
        if known is sys:
            del sys.modules["sklearn"]


def _environment() -> set[str]:
    """Which of glibc's settings a process begins with."""
    told = subprocess.run(
        [sys.executable, "-S", "-c", "import os; print(*os.environ)"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return {*told.stdout.split()} & KEPT.keys()


def test_a_process_that_keeps_its_memory_is_told_so_as_it_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in KEPT:
        monkeypatch.delenv(name, raising=False)
    with memory_kept(True):
        assert _environment() == {*KEPT}
    with memory_kept(False):
        assert _environment() == set()
    own = min(KEPT)
    monkeypatch.setenv(own, "4096")
    with memory_kept(True):
        assert os.environ[own] == "4096", "a person's own stays"
    assert {*os.environ} & KEPT.keys() == {own}


def _methods_that_need_no_compiler() -> list[str]:
    import torch

    @torch._disable_dynamo  # type: ignore[attr-defined]
    def marked() -> str:
        return "by the compiler"

    plain: Callable[[], str] = marked.__wrapped__  # type: ignore[attr-defined]
    setattr(plain, "__dynamo_disable", lambda: "at once")
    assert marked() == "at once", "torch looks elsewhere now"
    every: dict[str, Any] = dict(vars(torch.optim.Optimizer))
    wrapped = {name: x.__wrapped__ for name, x in every.items() if hasattr(x, "__wrapped__")}
    return [name for name, x in wrapped.items() if getattr(x, "__dynamo_disable", None) is x]


def test_optimizers_do_without_torch_s_compiler(sides: Sides) -> None:
    found = sides.torch.run(_methods_that_need_no_compiler)
    assert {"add_param_group", "state_dict", "load_state_dict", "zero_grad"} <= {*found}
