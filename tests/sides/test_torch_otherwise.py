"""What a diagnosis does to a port that trains, and that it is undone."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from parity.records.otherwise import AS_IT_IS, Clipping, Otherwise
from parity.sides import torch_otherwise, torch_stepped
from parity.sides.torch_outside import Numbers, Operations

X = torch.linspace(-1, 1, 12).reshape(4, 3)
Y = torch.tensor([[0.0], [0.9], [0.9], [0.0]])


class Net(nn.Module):
    """Its first layer learns nothing, and its output is activated."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(3, 2), nn.Linear(2, 1)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            x = self.first(x)
        found: Tensor = self.last(x.detach()).sigmoid()
        return found


def plain(net: Net) -> Tensor:
    found: Tensor = net.last(net.first(X))
    return found


def loss_of(net: nn.Module, ask: Otherwise, loss: Callable[[Any], Any]) -> Tensor:
    net.zero_grad()
    with torch_otherwise.done(net, ask):
        output = net(X)
        with torch_otherwise.in_loss(net, ask):
            found: Tensor = loss(output)
        found.backward()  # type: ignore[no-untyped-call]
    return found.detach()


def crossentropy(output: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(output, Y, reduction="sum")


def test_nothing_is_cut_out_of_the_graph() -> None:
    net = Net()
    loss_of(net, AS_IT_IS, crossentropy)
    assert net.first.weight.grad is None
    loss_of(net, Otherwise(is_attached=True), crossentropy)
    assert net.first.weight.grad is not None
    loss_of(net, AS_IT_IS, crossentropy)
    assert net.first.weight.grad is None


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ("mean", lambda net: crossentropy(net(X)) / 4),
        ("unactivated", lambda net: crossentropy(plain(net))),
        (
            "whole",
            lambda net: F.binary_cross_entropy_with_logits(net(X), Y.round(), reduction="sum"),
        ),
    ],
)
def test_losses_of_torch_s_own_do_otherwise(how: str, wanted: Callable[[Net], Tensor]) -> None:
    net = Net()
    found = loss_of(net, Otherwise(losses=how), crossentropy)
    torch.testing.assert_close(found, wanted(net).detach())
    torch.testing.assert_close(loss_of(net, AS_IT_IS, crossentropy), crossentropy(net(X)).detach())


def test_terms_are_scaled_one_by_one() -> None:
    net = Net()

    def loss(output: Tensor) -> Tensor:
        each = ((output - Y) ** 2).sum(1) + output[:, 0]  # a number a sample
        found: Tensor = 3 * each.mean() + sum(p.norm() for p in net.parameters())
        return found

    parts = [loss_of(net, Otherwise(term=(n, 0.0)), loss) for n in range(12)]
    whole = loss_of(net, AS_IT_IS, loss)
    with torch.no_grad():
        output = net(X)
        lost = [
            *(3 * ((output - Y) ** 2).mean(), 3 * output.mean()),
            *(p.norm() for p in net.parameters()),
        ]
    missing = [float(whole - part) for part in parts]
    assert all(any(abs(float(one) - x) < 1e-6 for x in missing) for one in lost)
    assert missing[-1] == 0  # there are no more


def margin(output: Tensor, limit: float = 0.9) -> Tensor:
    gap = (output - Y).abs().clamp(min=limit) / limit
    return (0.25 * gap.square()).sum() - (1 - output).mean()


def test_a_number_is_another_and_a_variable_wherever_it_is_used() -> None:
    net = Net()
    watch = Numbers()
    with torch_otherwise.in_loss(net, AS_IT_IS, [watch]):
        margin(net(X))
    assert [number.value for number in watch.found] == [0.9, 0.9, 0.25, 1]
    assert watch.found[0].function == "clamp"
    assert [number.first for number in watch.found] == [0, 0, 2, 3]
    assert "test_torch_otherwise.py:" in watch.found[0].where
    found = loss_of(net, Otherwise(numbers=((0, 1), 0.5, ())), margin)
    torch.testing.assert_close(found, margin(net(X), 0.5).detach())


def test_an_operation_is_done_otherwise() -> None:
    net = Net()
    watch = Operations()
    with torch_otherwise.in_loss(net, AS_IT_IS, [watch]):
        margin(net(X))
    ways = [(one.function, one.otherwise) for one in watch.found]
    place = ways.index(("sum", "mean"))
    whole, other = (loss_of(net, ask, margin) for ask in (AS_IT_IS, Otherwise(operations=(place,))))
    rest = -(1 - net(X)).mean().detach()
    torch.testing.assert_close(other - rest, (whole - rest) / len(X))


def test_a_sum_over_the_batch_is_taken_sample_by_sample() -> None:
    net = Net()

    def dice(output: Tensor, axes: tuple[int, ...] = (0, 1)) -> Tensor:
        return (output * Y).sum(axes).square().mean()

    with torch_otherwise.in_loss(net, AS_IT_IS, [watch := Operations()]):
        dice(net(X))
    ways = [(one.function, one.otherwise) for one in watch.found]
    found = loss_of(net, Otherwise(operations=(ways.index(("sum", "of each sample")),)), dice)
    torch.testing.assert_close(found, dice(net(X), (1,)).detach())


def test_nothing_is_clipped() -> None:
    net = Net()
    found = loss_of(net, Otherwise(is_unclipped=True), lambda output: output.clamp(min=2.0).sum())
    torch.testing.assert_close(found, net(X).sum().detach())


def test_the_module_stays_in_a_mode() -> None:
    net = Net()
    for mode in ("training", "evaluation"):
        net.train(mode != "training")
        with torch_otherwise.done(net, Otherwise(mode=mode)):
            net.train(mode != "training")
            assert net.training == (mode == "training")


def test_a_value_that_the_step_detaches_is_not() -> None:
    net = Net()
    net.last.requires_grad_(False)
    scale = nn.Parameter(torch.ones(()))
    net.register_parameter("scale", scale)
    ask = Otherwise(is_joined=True)
    loss_of(net, ask, lambda output: (scale * output).detach().sum() + net.scale)
    assert scale.grad is not None
    assert float(scale.grad) != 1


def test_a_parameter_has_a_gradient_or_none() -> None:
    net = Net()
    ask = Otherwise(has_gradient=(("last.weight", False),))
    loss_of(net, ask, crossentropy)
    assert net.last.weight.grad is None
    assert net.last.bias.grad is not None
    assert net.last.weight.requires_grad


def stepping(optimizer: torch.optim.Optimizer, least: int = 0) -> Callable[[nn.Module, Any], Any]:
    """Plain squares, clipped by value; batches of fewer samples make no step."""

    def step(module: nn.Module, batch: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = ((module(batch) - 1) ** 2).mean()
        if len(batch) >= least:
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_value_(module.parameters(), 1e-3)
            optimizer.step()
        return loss

    return step


def moved(ask: Otherwise, steps: int = 1, least: int = 0) -> dict[str, Tensor]:
    """What so many steps of rate 1 add to the weights of a layer."""
    torch.manual_seed(0)
    net = nn.Linear(3, 1)
    begun = {name: p.detach().clone() for name, p in net.named_parameters()}
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    for number in range(1, steps + 1):
        step = stepping(optimizer, least)
        _, gradients, _ = torch_stepped.run(step, net, X, [optimizer], ask, number)
        assert gradients or len(X) < least
    return {name: p.detach() - begun[name] for name, p in net.named_parameters()}


def test_gradients_are_clipped_in_the_place_of_what_a_port_does() -> None:
    free = moved(Otherwise(clipping=Clipping()))
    assert all(float(x.abs().max()) > 1e-2 for x in free.values())
    both = Clipping("clipnorm", 0.1, (("weight", "bias"),))
    norm = torch.cat([x.flatten() for x in moved(Otherwise(clipping=both)).values()]).norm()
    torch.testing.assert_close(norm, torch.tensor(0.1))
    one = moved(Otherwise(clipping=Clipping("clipnorm", 0.1, (("weight",), ("bias",)))))
    assert [round(float(x.norm()), 6) for x in one.values()] == [0.1, 0.1]


def test_batches_are_added_up_to_a_step() -> None:
    ask = Otherwise(accumulated=(2, 0.5))
    assert not any(x.any() for x in moved(ask).values())
    twice, once = moved(ask, steps=2), moved(Otherwise(clipping=Clipping()))
    # Ahead of the one step both batches have the same gradient, and the port clips each of them.
    assert all(float(x.abs().max()) <= 1e-3 + 1e-9 for x in twice.values())
    assert all(torch.equal(twice[name].sign(), once[name].sign()) for name in twice)


def test_a_batch_without_a_step_has_one() -> None:
    assert not any(x.any() for x in moved(AS_IT_IS, least=9).values())
    found, wanted = (
        moved(Otherwise(complete=Clipping()), least=9),
        moved(Otherwise(clipping=Clipping())),
    )
    for name in wanted:
        torch.testing.assert_close(found[name], wanted[name])


def test_what_parts_of_a_module_add_up_is_no_term_of_a_loss() -> None:
    class Adding(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = x + x.sum() + x.mean()
            return found

    net = nn.Sequential(Adding(), nn.Linear(1, 1))
    x = torch.ones(1)

    def step() -> float:  # which never calls the whole
        return float(net[0](x).sum() + 10 * torch.ones(()))

    whole = step()
    found = []
    for place in range(3):
        with torch_otherwise.in_loss(net, Otherwise(term=(place, 0.0))):
            found.append(whole - step())
    assert found == [3, 10, 0]


def pinball(
    output: Tensor, quantiles: tuple[float, ...] = (0.1, 0.9), share: float = 0.3
) -> Tensor:
    places = torch.arange(len(output)) + 1  # of whole numbers, which no loss is made of
    gap, of_each = Y[places - 1, :1] - output[:, :1], torch.tensor(quantiles)
    each = torch.max(of_each * gap, (of_each - 1) * gap)
    return share * each.sum() + (1 - share) * output.sigmoid().sum()


@pytest.mark.parametrize(
    ("function", "otherwise"),
    [("tensor", "in the opposite order"), ("sub", "the other way round"), ("sigmoid", "left out")],
)
def test_values_are_reversed_and_differences_turned_round(function: str, otherwise: str) -> None:
    net = Net()
    with torch_otherwise.in_loss(net, AS_IT_IS, [watch := Operations()]):
        pinball(net(X))
    ways = [(one.function, one.otherwise) for one in watch.found]
    # Of `places - 1`, the gap, and `of_each - 1`, the second is meant.
    place = [n for n, way in enumerate(ways) if way == (function, otherwise)][function == "sub"]
    found = loss_of(net, Otherwise(operations=(place,)), pinball)
    with torch.no_grad():
        output, kept = net(X), 0.3 * pinball(net(X), share=1.0)
        wanted = {
            "tensor": pinball(output, (0.9, 0.1)),
            "sub": 0.3 * pinball(2 * Y[:, :1] - output, share=1.0) + 0.7 * output.sigmoid().sum(),
            "sigmoid": kept + 0.7 * output.sum(),
        }[function]
    torch.testing.assert_close(found, wanted)


def test_what_is_left_of_a_share_follows_it() -> None:
    net = Net()
    with torch_otherwise.in_loss(net, AS_IT_IS, [watch := Numbers()]):
        pinball(net(X))
    values = [number.value for number in watch.found]
    asked = (values.index(0.3),), 0.2, (values.index(0.7),)
    torch.testing.assert_close(
        loss_of(net, Otherwise(numbers=asked), pinball), pinball(net(X), share=0.2).detach()
    )


def test_a_term_of_whole_numbers_is_none() -> None:
    net = Net()
    lost = Otherwise(term=(1, 0.0))  # behind `of_each - 1`; `places` stand ahead of both
    whole, first = (loss_of(net, ask, pinball) for ask in (AS_IT_IS, lost))
    with torch.no_grad():
        torch.testing.assert_close(whole - first, 0.3 * pinball(net(X), share=1.0))
