"""The training loop of the PyTorch side as usual: what the report, and many a tutorial, does."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from parity.records.comparison import Array
from parity.records.training import Trained, Variant
from parity.sides.batches import Watch
from parity.sides.epochs import Laps, lap_ends
from parity.sides.torch_hits import right
from parity.sides.torch_models import Held


class Idiomatic:
    """The report's loop: a DataLoader over transformed PIL images, a number read at every step."""

    about = "DataLoader over PIL images, loss.item() at every step"

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
        losses, hits, sizes = [], [], []
        ends = lap_ends(len(loader))
        assert task is not None
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
            hits.append(right(task, held.twin.predicted(output), target).sum().item())
            sizes.append(len(raw))
            if number in ends:
                clock.done(number - last)
                last = number
                watch(sum(sizes))
        held.model.eval()
        counts = np.array(sizes)
        each = 1 if task == "classify" else target[0].numel()
        laps = tuple(clock.laps)
        accuracies = np.array(hits) / (counts * each)
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
