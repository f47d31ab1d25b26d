"""Normalisation: epsilon, whose statistics, over which axes, and how they move in training."""

from collections.abc import Iterable, Iterator
from math import prod

from parity.diagnose import reading, writing
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.diagnose.reading import figure, figures
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Step
from parity.records.interventions import Change, Lent

LEARNED = {"weight": "gamma", "bias": "beta"}
LARGEST = 0.1  # that is an epsilon
# Of a layer of a person's own nothing is known but what it does: these are tried.
TRIED = (1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-12, 1e-4, 1e-2)
EPSILONS = {
    "BatchNormalization": "bn-epsilon",
    "LayerNormalization": "layernorm-epsilon",
    "GroupNormalization": "layernorm-epsilon",
    "RMSNormalization": "layernorm-epsilon",
}


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    for step in reading.of(case, reading.NORMS):
        yield from own_statistics(step)
        yield from no_statistics(case, step)
        yield from epsilon(case, step)
        yield from groups(case, step)
        yield from axes(case, step)
        yield from channels(case, step)
    yield from unit_norm(case)


def own_statistics(step: Step) -> Iterator[Hypothesis]:
    """A module that was not put into eval mode, or F.batch_norm(training=True)."""
    if step.kind in reading.BATCH_NORMS and step.settings.get("training"):
        yield Hypothesis(
            "bn-training",
            "the port normalises by the batch's own mean and variance, Keras by the moving ones",
            writing.at_inference(step),
            (Change(step.name, "setting", "training", False),),
        )


def no_statistics(case: Case, step: Step) -> Iterator[Hypothesis]:
    """F.batch_norm(x, None, None, ...), or a module that tracks none, knows the batch's alone."""
    mean, variance = (case.values.get(f"moving_{name}") for name in ("mean", "variance"))
    if step.kind not in reading.BATCH_NORMS or mean is None or variance is None:
        return
    if any(v.name.endswith("running_mean") for v in step.variables):
        return
    epsilon = reading.config(case).get("epsilon", 1e-3)
    value = {"mean": mean, "variance": variance, "eps": epsilon}
    yield Hypothesis(
        "bn-training",
        "the port normalises by the batch's own mean and variance, Keras by the moving ones",
        writing.with_settings(step, eps=epsilon, track_running_stats=True)
        if reading.is_module(step)
        else f"F.batch_norm(x, moving_mean, moving_variance, weight, bias, eps={figure(epsilon)})",
        (Change(step.name, "call", "normalise_by", value),),
    )


def epsilon(case: Case, step: Step) -> Iterator[Hypothesis]:
    present = step.settings.get("eps", 1e-5)
    layer = reading.layer(case)
    # Of a layer of a person's own it is the port that tells what is normalised.
    is_batch = layer.kind not in EPSILONS and step.kind in reading.BATCH_NORMS
    for cause, wanted in epsilons((layer,)):
        if wanted != present:
            yield Hypothesis(
                "bn-epsilon" if is_batch else cause,
                told(present, wanted),
                writing.with_settings(step, eps=wanted),
                (Change(step.name, "setting", "eps", wanted),),
            )


def epsilons(layers: Iterable[Step]) -> Iterator[tuple[str, float]]:
    """What layers of Keras's have for epsilon, with the cause that another is; or may have."""
    for layer in layers:
        given = layer.settings.get("epsilon")
        if given is not None and layer.kind in EPSILONS:
            yield EPSILONS[layer.kind], given
        elif layer.kind not in KERAS and layer.variables:
            yield from (("layernorm-epsilon", one) for one in TRIED)


def told(present: float, wanted: float) -> str:
    return "epsilon is {} in the port, {} in Keras".format(*figures(present, wanted))


def groups(case: Case, step: Step) -> Iterator[Hypothesis]:
    """Keras counts -1 groups for as many as there are channels."""
    wanted, present = reading.config(case).get("groups"), step.settings.get("num_groups")
    if wanted is None or present is None:
        return
    wanted = step.shape[1] if wanted == -1 else wanted
    if wanted != present:
        epsilon = reading.config(case).get("epsilon", 1e-3)
        changes = [Change(step.name, "setting", "num_groups", wanted)]
        if step.settings.get("eps") != epsilon:
            changes.append(Change(step.name, "setting", "eps", epsilon))
        yield Hypothesis(
            "groupnorm-groups",
            f"{present} groups in the port, {wanted} in Keras",
            writing.with_settings(step, num_groups=wanted, eps=epsilon),
            tuple(changes),
        )


def axes(case: Case, step: Step) -> Iterator[Hypothesis]:
    """LayerNormalization runs over the channels alone; a group or torch's last axes are more."""
    config = reading.config(case)
    if reading.layer(case).kind != "LayerNormalization" or step.kind in reading.BATCH_NORMS:
        return
    rank = len(reading.layer_input(case))
    given = config.get("axis", -1)
    dims = [reading.axis_at(case, step, axis) for axis in reading.each(given, 1)]
    wanted = sorted(dims)
    last = tuple(range(-len(tuple(step.settings.get("normalized_shape") or (0,))), 0))
    is_last = wanted == [rank + axis for axis in last]
    learned = {role: case.values.get(name) for role, name in LEARNED.items()}
    fits = _fits(step, learned)
    if is_last and step.kind in ("LayerNorm", "layer_norm") and fits:
        return
    epsilon = config.get("epsilon", 1e-3)
    over = "groups of channels and all places" if "roup" in step.kind else f"axes {last}"
    here, there = tuple(wanted), tuple(range(-len(wanted), 0))
    sizes = tuple(step.shape[axis] for axis in here)
    value = {"dims": dims, "axis": wanted[0], "eps": epsilon} | ({} if fits else learned)
    yield Hypothesis(
        "layernorm-axes",
        f"the port normalises over {over}, Keras over its axis {given}, torch's {wanted}",
        f"F.layer_norm(x.movedim({here}, {there}), {sizes}, {_learned(step)}, "
        f"{figure(epsilon)}).movedim({there}, {here})",
        (Change(step.name, "call", "normalise", value),),
    )


def _fits(step: Step, learned: dict[str, Lent | None]) -> bool:
    """Has what the port learns as many numbers as the same of Keras's?"""
    given = ((v, learned.get(v.role)) for v in step.variables)
    return all(lent is None or lent.array.size == prod(v.shape) for v, lent in given)


def _learned(step: Step) -> str:
    held = {variable.role for variable in step.variables}
    return ", ".join(role if role in held else "None" for role in ("weight", "bias"))


def channels(case: Case, step: Step) -> Iterator[Hypothesis]:
    """Keras's statistics are those of its axis; torch's of axis 1, whatever stands there."""
    if reading.layer(case).kind != "BatchNormalization" or step.kind not in reading.BATCH_NORMS:
        return
    axis = reading.config(case).get("axis", -1)
    axis = axis[0] if isinstance(axis, list | tuple) else axis
    place, rank = reading.axis_at(case, step, axis), len(step.shape)
    if place in (0, 1) or rank != len(reading.layer_input(case)):
        return
    there = tuple({1: place, place: 1}.get(other, other) for other in range(rank))
    turned = f"x.transpose(1, {place})"
    own, fits = writing.called(step, turned), step.shape[1] == step.shape[place]
    if not fits and reading.is_module(step):
        own = f"{writing.with_settings(step, num_features=step.shape[place])}({turned})"
    yield Hypothesis(
        "bn-axis",
        f"the port normalises along axis 1, Keras along its axis {axis}, which the port has at "
        f"axis {place}",
        f"{own}.transpose(1, {place})",
        (
            Change(step.name, "input", "permute", {"dims": there}),
            *([] if fits else _as_keras(case, step)),
            Change(step.name, "output", "permute", {"dims": there}),
        ),
    )


def _as_keras(case: Case, step: Step) -> Iterator[Change]:
    """With what Keras holds, where the port's is of another number of channels."""
    names = {"mean": "moving_mean", "variance": "moving_variance"} | LEARNED
    given = {name: case.values.get(own) for name, own in names.items()}
    yield Change(step.name, "call", "normalise_by", given)


def unit_norm(case: Case) -> Iterator[Hypothesis]:
    """UnitNormalization, which torch has as F.normalize."""
    if reading.layer(case).kind != "UnitNormalization":
        return
    axis = reading.config(case).get("axis", -1)
    if not isinstance(axis, int):
        return
    for step in reading.of(case, ("normalize",)):
        wanted, present = reading.axis_at(case, step, axis), step.settings.get("dim", 1)
        if wanted != present % len(step.shape):
            yield Hypothesis(
                "layernorm-axes",
                f"the port normalises along axis {present}, Keras along the one that the port has "
                f"at {wanted}",
                writing.with_settings(step, dim=wanted),
                (Change(step.name, "setting", "dim", wanted),),
            )


def in_training(case: Case) -> Iterator[Hypothesis]:
    """What moves the statistics: no forward pass shows it, `moved` does."""
    for step in reading.of(case, reading.BATCH_NORMS):
        config, present = reading.config(case), step.settings.get("momentum")
        if not config.get("trainable", True):
            yield from own_statistics(step)
        else:
            yield _frozen(step)
        keeps = config.get("momentum")
        if keeps is None:
            continue
        is_like_keras = "keras_backend" in step.settings  # a layer of parity.semantics
        wanted = keeps if is_like_keras else round(1 - keeps, 12)
        if wanted != present:
            means = "kept" if is_like_keras else "of the new batch"
            yield Hypothesis(
                "bn-momentum",
                f"momentum {figure(present)} is the share {means} in the port; Keras's "
                f"{figure(keeps)} is the share that is kept",
                writing.with_settings(step, momentum=wanted),
                (Change(step.name, "setting", "momentum", wanted),),
            )
        if not is_like_keras:
            yield Hypothesis(
                "bn-moving-variance",
                "the moving variance takes n / (n - 1) of the batch's, Keras the batch's own",
                _like_keras(step),
                (Change(step.name, "call", "biased_batch_norm"),),
            )


def _frozen(step: Step) -> Hypothesis:
    """A part of the port that its own train() leaves in evaluation mode."""
    return Hypothesis(
        "bn-frozen",
        f"{step.name} stays in evaluation mode while the port trains, Keras's layer does not",
        "super().train(mode)  # in the port's own train(), and no eval() behind it"
        if reading.is_module(step)
        else writing.with_settings(step, training=True),
        (Change(step.name, "setting", "training", True),),
    )


def _like_keras(step: Step) -> str:
    """What moves its variance as Keras does."""
    count = step.settings.get("num_features", step.shape[1])
    eps, momentum = (step.settings.get(n, d) for n, d in (("eps", 1e-5), ("momentum", 0.1)))
    kind = f"BatchNorm{max(len(step.shape) - 2, 1)}d"
    kept = figure(round(1 - momentum, 12))
    return f"parity.semantics.{kind}({count}, momentum={kept}, epsilon={figure(eps)})"
