"""Schedules of the learning rate: what is counted, where they turn, and where they end."""

import math

import numpy as np

from parity.course.laboratory.experiment import Experiment


def rates(torch, schedule, lr, steps):
    """The learning rate at each step of an optimizer; `schedule` makes its scheduler."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = schedule(optimizer)
    found = []
    for _ in range(steps):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return torch.tensor(found)


def rates_by_epoch(torch, gradients, gamma):
    """The rate at each step of an exponential decay that is stepped once an epoch."""
    w = torch.nn.Parameter(torch.zeros(4))
    optimizer = torch.optim.SGD([w], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma)
    found = []
    for epoch in gradients:
        for gradient in epoch:
            found.append(scheduler.get_last_lr()[0])
            w.grad = gradient
            optimizer.step()
        scheduler.step()
    return torch.tensor(found)


class LrSchedules(Experiment):
    """What a schedule counts."""

    id = "lr-schedules"
    keras_does = "A schedule given to an optimizer counts its updates: it moves at every batch."
    torch_does = "A scheduler counts the calls of its step(), which most loops make once an epoch."
    naive_error = (
        "The rate goes down in stairs, an epoch late. Where the steps of the Keras schedule are "
        "copied and step() is still called once an epoch, it hardly goes down at all."
    )
    faithful_line = "scheduler.step() after every optimizer.step(), with a gamma for one batch"
    source = (
        "keras.io/api/optimizers/learning_rate_schedules",
        "docs.pytorch.org/docs/stable/optim.html",
    )
    note = (
        "Keras's LearningRateScheduler is a callback and does count epochs. With gradient "
        "accumulation a Keras schedule still counts batches, not updates. On tensorflow its rates "
        "are float32 numbers in a float64 model too; those of semantics.schedules are the same."
    )
    apart = 0.1

    def given(rng):
        return {"gradients": rng.normal(size=(2, 20, 4)).astype("float32")}  # 2 epochs, 20 batches

    def in_keras(keras, gradients):
        """Half of the rate after every 20 batches."""
        w = keras.Variable(keras.ops.zeros(4))
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=20, decay_rate=0.5)
        optimizer = keras.optimizers.SGD(schedule)
        found = []
        for epoch in gradients:
            for gradient in epoch:
                found.append(keras.ops.convert_to_tensor(optimizer.learning_rate))
                optimizer.apply([keras.ops.convert_to_tensor(gradient)], [w])
        return keras.ops.stack(found)

    def naive(torch, gradients):
        """ExponentialLR(gamma=0.5), scheduler.step() once an epoch"""
        return rates_by_epoch(torch, gradients, gamma=0.5)

    def naive_copied(torch, gradients):
        """ExponentialLR(gamma=0.5 ** (1 / 20)), scheduler.step() once an epoch"""
        return rates_by_epoch(torch, gradients, gamma=0.5 ** (1 / 20))

    def faithful(torch, gradients):
        """ExponentialLR(gamma=0.5 ** (1 / 20)), scheduler.step() after every batch"""
        w = torch.nn.Parameter(torch.zeros(4))
        optimizer = torch.optim.SGD([w], lr=0.1)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5 ** (1 / 20))
        found = []
        for epoch in gradients:
            for gradient in epoch:
                found.append(scheduler.get_last_lr()[0])
                w.grad = gradient
                optimizer.step()
                scheduler.step()
        return torch.tensor(found)


class StaircaseDecay(Experiment):
    """Exponential decay in stairs."""

    id = "staircase-decay"
    keras_does = (
        "ExponentialDecay(lr, decay_steps, rate, staircase=True) falls at step decay_steps."
    )
    torch_does = "StepLR(step_size, gamma) falls after as many calls: the same, stepped by batch."
    faithful_line = "StepLR(optimizer, step_size=decay_steps, gamma=rate), stepped by batch"
    source = (
        "keras.io/api/optimizers/learning_rate_schedules/exponential_decay",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html",
    )

    def given(rng):
        return {"steps": np.arange(50)}

    def in_keras(keras, steps):
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 20, 0.5, staircase=True)
        return keras.ops.stack([schedule(step) for step in steps])

    def faithful(torch, steps):
        """StepLR(step_size=20, gamma=0.5)"""
        step_lr = torch.optim.lr_scheduler.StepLR
        return rates(torch, lambda optimizer: step_lr(optimizer, 20, 0.5), 0.1, len(steps))


class CosineDecayEnd(Experiment):
    """Cosine decay after its last step."""

    id = "cosine-decay-end"
    keras_does = "CosineDecay(lr, decay_steps, alpha) stays at alpha * lr after decay_steps."
    torch_does = "CosineAnnealingLR(T_max, eta_min) is a wave: it rises again after T_max."
    naive_error = (
        "Up to T_max all is well. A training that goes on for longer comes back to the full "
        "learning rate, and loses what it had found."
    )
    faithful_line = "LambdaLR(optimizer, lambda t: 0.5 * (1 + math.cos(math.pi * min(t, T) / T)))"
    source = (
        "keras.io/api/optimizers/learning_rate_schedules/cosine_decay",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html",
    )
    note = "alpha is a share of the learning rate, eta_min a learning rate."
    apart = 0.2

    def given(rng):
        return {"steps": np.arange(80)}

    def in_keras(keras, steps):
        schedule = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=40)
        return keras.ops.stack([schedule(step) for step in steps])

    def naive(torch, steps):
        """CosineAnnealingLR(T_max=40)"""
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR
        return rates(torch, lambda optimizer: cosine(optimizer, T_max=40), 0.1, len(steps))

    def faithful(torch, steps):
        """LambdaLR(lambda t: 0.5 * (1 + cos(pi * min(t, 40) / 40)))"""

        def share(t):
            return 0.5 * (1 + math.cos(math.pi * min(t, 40) / 40))

        by = torch.optim.lr_scheduler.LambdaLR
        return rates(torch, lambda optimizer: by(optimizer, share), 0.1, len(steps))


class CosineWarmup(Experiment):
    """Warming up before a cosine decay."""

    id = "cosine-warmup"
    keras_does = (
        "CosineDecay(0.0, decay_steps, warmup_target=lr, warmup_steps=w) starts at 0, so that the "
        "first batch moves nothing, reaches lr at step w, and decays for decay_steps after that."
    )
    torch_does = (
        "LinearLR starts at a third of the rate and warms up for 5 calls, unless told; how long "
        "the cosine after it lasts is for the caller to say."
    )
    naive_error = (
        "The warm-up starts too high; or decay_steps is taken for the whole of the training, and "
        "the rate is at its end by a warm-up too early."
    )
    faithful_line = (
        "LambdaLR(optimizer, lambda t: t / w if t < w else cosine((t - w) / decay_steps))"
    )
    source = (
        "keras.io/api/optimizers/learning_rate_schedules/cosine_decay",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html",
    )
    apart = 0.05

    def given(rng):
        return {"steps": np.arange(16)}

    def in_keras(keras, steps):
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, decay_steps=12, warmup_target=0.1, warmup_steps=4
        )
        return keras.ops.stack([schedule(step) for step in steps])

    def naive(torch, steps):
        """SequentialLR(LinearLR(total_iters=4), CosineAnnealingLR(T_max=12))"""
        by = torch.optim.lr_scheduler

        def schedule(optimizer):
            warmup = by.LinearLR(optimizer, total_iters=4)
            cosine = by.CosineAnnealingLR(optimizer, T_max=12)
            return by.SequentialLR(optimizer, [warmup, cosine], milestones=[4])

        return rates(torch, schedule, 0.1, len(steps))

    def naive_whole(torch, steps):
        """warm-up from 0, the cosine over decay_steps - warmup_steps"""

        def share(t):
            return t / 4 if t < 4 else 0.5 * (1 + math.cos(math.pi * min((t - 4) / 8, 1)))

        by = torch.optim.lr_scheduler.LambdaLR
        return rates(torch, lambda optimizer: by(optimizer, share), 0.1, len(steps))

    def faithful(torch, steps):
        """warm-up from 0, the cosine over decay_steps"""

        def share(t):
            return t / 4 if t < 4 else 0.5 * (1 + math.cos(math.pi * min((t - 4) / 12, 1)))

        by = torch.optim.lr_scheduler.LambdaLR
        return rates(torch, lambda optimizer: by(optimizer, share), 0.1, len(steps))


class CosineRestarts(Experiment):
    """How long the periods of a cosine decay with restarts are."""

    id = "cosine-restarts"
    keras_does = "CosineDecayRestarts: every period is twice as long as the one before (t_mul=2)."
    torch_does = "CosineAnnealingWarmRestarts: all periods have the same length (T_mult=1)."
    naive_error = "From the second period on the port restarts at other steps, and more often."
    faithful_line = "CosineAnnealingWarmRestarts(optimizer, T_0, T_mult=2), stepped by batch"
    source = (
        "keras.io/api/optimizers/learning_rate_schedules/cosine_decay_restarts",
        "docs.pytorch.org/docs/stable/generated/"
        "torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html",
    )
    note = "m_mul, by which each period can start lower, has no counterpart in torch."
    apart = 0.2

    def given(rng):
        return {"steps": np.arange(0, 16, 3)}

    def in_keras(keras, steps):
        schedule = keras.optimizers.schedules.CosineDecayRestarts(0.1, first_decay_steps=4)
        return keras.ops.stack([schedule(step) for step in steps])

    def naive(torch, steps):
        """CosineAnnealingWarmRestarts(T_0=4)"""
        by = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts
        return rates(torch, lambda optimizer: by(optimizer, T_0=4), 0.1, 16)[steps]

    def faithful(torch, steps):
        """CosineAnnealingWarmRestarts(T_0=4, T_mult=2)"""
        by = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts
        return rates(torch, lambda optimizer: by(optimizer, T_0=4, T_mult=2), 0.1, 16)[steps]


class PiecewiseBoundary(Experiment):
    """At which step a piecewise constant rate changes."""

    id = "piecewise-boundary"
    keras_does = (
        "PiecewiseConstantDecay([b], ...) keeps the old value at step b and changes after it."
    )
    torch_does = "MultiStepLR(milestones=[b]) has changed at step b."
    naive_error = "One step at each boundary has another rate: small, and enough to end lock-step."
    faithful_line = "MultiStepLR(optimizer, milestones=[b + 1], gamma=0.1), stepped by batch"
    source = (
        "keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html",
    )
    note = "Steps count from 0. MultiStepLR multiplies; Keras's values are free: LambdaLR has both."
    apart = 0.01

    def given(rng):
        return {"steps": np.arange(40)}

    def in_keras(keras, steps):
        schedule = keras.optimizers.schedules.PiecewiseConstantDecay([20], [0.1, 0.01])
        return keras.ops.stack([schedule(step) for step in steps])

    def naive(torch, steps):
        """MultiStepLR(milestones=[20], gamma=0.1)"""
        by = torch.optim.lr_scheduler.MultiStepLR
        return rates(torch, lambda optimizer: by(optimizer, [20], gamma=0.1), 0.1, len(steps))

    def faithful(torch, steps):
        """MultiStepLR(milestones=[21], gamma=0.1)"""
        by = torch.optim.lr_scheduler.MultiStepLR
        return rates(torch, lambda optimizer: by(optimizer, [21], gamma=0.1), 0.1, len(steps))


class PolynomialEnd(Experiment):
    """Where a polynomial decay ends."""

    id = "polynomial-decay-end"
    keras_does = "PolynomialDecay ends at end_learning_rate, which is 0.0001 by default."
    torch_does = "PolynomialLR ends at zero."
    naive_error = "Beside a rate of 0.001 that is a tenth: the end of the training is another."
    faithful_line = (
        "LambdaLR(optimizer, lambda t: (lr - end) / lr * (1 - t / T) ** power + end / lr)"
    )
    source = (
        "keras.io/api/optimizers/learning_rate_schedules/polynomial_decay",
        "docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html",
    )
    note = (
        "cycle=True, which starts anew over a longer time, has no counterpart in torch but "
        "semantics.schedules.PolynomialDecay. Compiled for jax, a power that is not whole can give "
        "NaN from decay_steps on: with 40 steps and a power of 0.7, say."
    )
    apart = 0.05

    def given(rng):
        return {"steps": np.arange(60)}

    def in_keras(keras, steps):
        schedule = keras.optimizers.schedules.PolynomialDecay(1e-3, decay_steps=40, power=2.0)
        return keras.ops.stack([schedule(step) for step in steps])

    def naive(torch, steps):
        """PolynomialLR(total_iters=40, power=2.0)"""
        by = torch.optim.lr_scheduler.PolynomialLR
        return rates(torch, lambda optimizer: by(optimizer, 40, 2.0), 1e-3, len(steps))

    def faithful(torch, steps):
        """LambdaLR(lambda t: 0.9 * (1 - min(t, 40) / 40) ** 2 + 0.1)"""

        def share(t):
            return 0.9 * (1 - min(t, 40) / 40) ** 2 + 0.1

        by = torch.optim.lr_scheduler.LambdaLR
        return rates(torch, lambda optimizer: by(optimizer, share), 1e-3, len(steps))
