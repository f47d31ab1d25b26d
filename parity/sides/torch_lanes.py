"""The training loops of the PyTorch side, one a lane: alike, as fast as it goes, and as usual."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from parity.records.comparison import Array
from parity.records.pair import Task
from parity.records.training import Trained, Variant
from parity.sides.batches import Watch
from parity.sides.epochs import Laps, lap_ends
from parity.sides.fused_adam import FusedAdam, serves
from parity.sides.torch_models import Held


def hits(held: Held, output: Tensor, target: Tensor) -> Tensor:
    """The running accuracy of one batch; parity/numerics/metrics.py is its definition."""
    assert held.feed is not None
    right = _right(held.feed.session.task, held.twin.predicted(output), target)
    return torch.count_nonzero(right) / right.numel()


class Matched:
    """Eager steps on tensors that lie on the device; the port's own loss and optimizer."""

    about = "eager steps on tensors on the device"

    def __init__(self, held: Held, device: torch.device) -> None:
        self._held, self._device = held, device

    def place(self, x: Array, y: Array) -> None:
        self._x, self._y = self._tensor(x), self._tensor(y)

    def steps(self, batches: list[Array]) -> Array:
        sizes = [len(batch) for batch in batches]
        whole = torch.from_numpy(np.concatenate(batches)).to(self._device)
        chosen = torch.split(whole, sizes)
        self._held.model.train()
        figures = [self._step(self._x[index], self._y[index]) for index in chosen]
        self._held.model.eval()
        losses, accuracies = zip(*figures, strict=True)
        # Fetched once for all steps: a number read at every step would be waited for.
        table = torch.stack([torch.stack(losses).double(), torch.stack(accuracies).double()], dim=1)
        found: Array = table.cpu().numpy()
        return found

    def _step(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        held = self._held
        assert held.optimizer is not None
        held.optimizer.zero_grad(set_to_none=True)
        loss, output = self._forward(x, y)
        loss.backward()  # type: ignore[no-untyped-call]
        held.optimizer.step()
        return loss.detach(), hits(held, output.detach(), y)

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        held = self._held
        assert held.loss is not None
        output = held.model(x)
        return held.loss(output, y), output

    def _tensor(self, array: Array) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)


class Tuned(Matched):
    """The same mathematics, faster: channels_last, for Adam a fused one, and CUDA graphs on a GPU.

    On a CPU torch.compile was slower than eager steps for all five models, and took up to 30 s.
    """

    def __init__(self, held: Held, device: torch.device) -> None:
        super().__init__(held, device)
        assert held.optimizer is not None
        held.model.to(memory_format=torch.channels_last)  # of the weights with four axes
        ways = ["channels_last"]
        if serves(held.optimizer):
            held.optimizer = FusedAdam(held.optimizer)  # type: ignore[arg-type]
            ways.append("fused Adam")
        self.about = f"{', '.join(ways)}; on a GPU CUDA graphs (torch.compile)"
        self._fast = super()._forward
        if device.type == "cuda":
            self._fast = torch.compile(self._fast, mode="reduce-overhead")

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        if self._device.type == "cuda":
            torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
            loss, output = self._fast(x, y)
            return loss.clone(), output  # the next step writes over the graph's own memory
        return self._fast(x, y)

    def _tensor(self, array: Array) -> Tensor:
        tensor = super()._tensor(array)
        is_image = tensor.ndim == 4 and tensor.is_floating_point()
        return tensor.contiguous(memory_format=torch.channels_last) if is_image else tensor


class Idiomatic:
    """The report's loop: a DataLoader over transformed PIL images, a number read at every step."""

    about = "DataLoader over PIL raw, loss.item() at every step"

    def __init__(self, held: Held, device: torch.device) -> None:
        self._held, self._device = held, device

    def epoch(self, samples: int | None, watch: Watch) -> Trained:
        held = self._held
        assert held.feed is not None
        assert held.loss is not None
        assert held.optimizer is not None
        feed, task = held.feed, held.feed.session.task
        loader = DataLoader(
            Items(feed.raw[:samples], feed.labels[:samples], feed.session.variant),
            batch_size=feed.session.batch_size,
            shuffle=True,
        )
        held.model.train()
        losses, right, sizes = [], [], []
        ends = lap_ends(len(loader))
        clock = Laps()
        last = 0
        for number, (raw, labels) in enumerate(loader, start=1):
            x, target = (t.to(self._device) for t in self._batch(raw, labels))
            held.optimizer.zero_grad()
            output = held.model(x)
            loss = held.loss(output, target)
            loss.backward()  # type: ignore[no-untyped-call]
            held.optimizer.step()
            losses.append(loss.item())
            right.append(_right(task, held.twin.predicted(output), target).sum().item())
            sizes.append(len(raw))
            if number in ends:
                clock.done(number - last)
                last = number
                watch(sum(sizes))
        held.model.eval()
        counts = np.array(sizes)
        each = 1 if task == "classify" else target[0].numel()
        laps = tuple(clock.laps)
        accuracies = np.array(right) / (counts * each)
        return Trained(np.array(losses), accuracies, counts, clock.seconds, laps)

    def _batch(self, raw: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and target of a batch (N, 1, 28, 28), in the shape of the port's `prepare`."""
        held = self._held
        assert held.feed is not None
        feed = held.feed
        shape = held.data.prepare(feed.raw[:1], feed.dtype).shape[1:]
        x = raw.view(-1, *shape)
        if feed.session.variant.clamped:
            x = x.clamp(0, 1)
        target = x
        if feed.session.task == "classify":
            target = torch.from_numpy(feed.targets(feed.raw[:0], labels.numpy()))
        if held.data.corrupt is not None:
            noise = torch.randn(x.shape)
            x = torch.from_numpy(held.data.corrupt(x.numpy(), noise.numpy()))
        return x, target


def _right(task: Task, prediction: Tensor, target: Tensor) -> Tensor:
    if task == "classify":
        # One-hot rows, or class indices.
        return prediction.argmax(dim=1) == (target.argmax(dim=1) if target.ndim > 1 else target)
    return (prediction > 0.5) == (target > 0.5)


class Items(Dataset[tuple[Tensor, int]]):
    """The samples one by one, as torchvision's MNIST hands them out: a PIL image, transformed."""

    def __init__(self, raw: Array, labels: Array, variant: Variant) -> None:
        steps = [transforms.ToTensor()]
        if variant.sd != 1:
            steps.append(transforms.Normalize((variant.mean,), (variant.sd,)))
        self._images, self._labels = raw, labels
        self._transform = transforms.Compose(steps)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = Image.fromarray(self._images[index], mode="L")
        return self._transform(image), int(self._labels[index])


LANES = {"idiomatic": Idiomatic, "matched": Matched, "tuned": Tuned}
