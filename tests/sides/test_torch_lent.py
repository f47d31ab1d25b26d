"""A module that is lent comes back as it was."""

import warnings

import torch
from torch import nn

from parity.sides.torch_lent import as_it_was, to_inference, told


def test_hooks_that_were_installed_meanwhile_are_gone_and_those_from_before_can_be_taken_off() -> (
    None
):
    module = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    calls: list[str] = []
    before = module[0].register_forward_hook(lambda *_: calls.append("before"))
    with as_it_was(module):
        module[0].register_forward_hook(lambda *_: calls.append("later"))
        module[1].register_forward_pre_hook(lambda *_: calls.append("later"))
        module.register_full_backward_hook(lambda *_: calls.append("later"))
        before.remove()
    module(torch.ones(1, 3, requires_grad=True)).sum().backward()
    assert calls == ["before"]
    before.remove()
    module(torch.ones(1, 3))
    assert calls == ["before"]


def test_what_stands_in_attributes_is_as_it_was() -> None:
    module, cache = nn.Linear(3, 3), {"known": [1]}
    vars(module)["cache"] = cache
    with as_it_was(module):
        cache["known"].append(2)
        cache["new"] = []
    assert vars(module)["cache"] is cache
    assert cache == {"known": [1]}


def test_a_part_that_is_made_meanwhile_stays_and_is_found() -> None:
    module, made = nn.Module(), nn.Linear(3, 3)
    vars(module)["part"] = None
    with as_it_was(module):
        module.part = made
    assert module.part is made


def test_what_torchscript_raises_is_told_without_its_traceback() -> None:
    said = "It failed.\nTraceback of TorchScript:\n  net.py(3): forward\nRuntimeError: no\n"
    assert told(RuntimeError(said)) == "RuntimeError: no"


def test_a_frozen_script_has_no_mode() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scripts are deprecated
        module = torch.jit.freeze(torch.jit.script(nn.Linear(3, 2).eval()))
    with as_it_was(module):
        to_inference(module)
