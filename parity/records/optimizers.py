"""Which setting and which state of a torch optimizer answers Keras's, and what differs by nature.

Names: Keras 3's optimizers; torch.optim's; and parity.semantics's, which are Keras's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from parity.records.comparison import Array, Setting

GLOBAL = ""  # the owner of what belongs to no variable

# torch's names of hyperparameters -> Keras's
SETTINGS = {
    "lr": "learning_rate",
    "eps": "epsilon",
    "alpha": "rho",
    "momentum_decay": "momentum_decay",
    "beta2_decay": "beta_2_decay",
    "d": "clip_threshold",
}
# What torch has several of Keras's hyperparameters in.
TOGETHER = {"betas": ("beta_1", "beta_2"), "eps": ("epsilon_1", "epsilon_2")}
# torch's names of state -> Keras's
SLOTS = {
    "iterations": "iteration",
    "step": "iteration",
    "exp_avg": "momentum",
    "exp_avg_sq": "velocity",
    "max_exp_avg_sq": "velocity_hat",
    "momentum_buffer": "momentum",
    "square_avg": "velocity",
    "grad_avg": "average_gradient",
    "sum": "accumulator",
    "acc_delta": "accumulated_delta_var",
    "exp_inf": "u",
    "mu_product": "u_product",
    "variance": "velocity",
}
# Settings that Keras has none of, and the value with which torch does without.
NEUTRAL: dict[str, Any] = {"dampening": 0.0, "maximize": False, "lr_decay": 0.0}
MEANS = ("r", "c")  # of its velocity, which Keras's Adafactor keeps beside it
# What torch.optim's optimizers do otherwise, whatever their settings.
BY_NATURE = {
    "Adam": "torch divides the root of v by its bias correction and then adds epsilon; "
    "Keras adds epsilon first",
    "AdamW": "torch divides the root of v by its bias correction and then adds epsilon; "
    "Keras adds epsilon first",
    "SGD": "torch multiplies by the learning rate outside the momentum, Keras inside",
    "RMSprop": "torch adds epsilon outside the root, Keras inside",
    "Adagrad": "torch adds epsilon outside the root, Keras inside",
    "Adafactor": "torch factors a kernel's last two dimensions, Keras its channels; "
    "torch's epsilon is a least value, Keras adds it to the squares",
}
L2 = "torch adds it to the gradient, Keras takes it from the weight"
OURS = "parity.semantics"
ARITHMETIC = "keras_backend"  # a setting of parity.semantics, and no hyperparameter of Keras's


def settings(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> tuple[Setting, ...]:
    """All hyperparameters of Keras's optimizers beside those of the port's; the first names them.

    pairs: of each group of the port's parameters, by their places, those of Keras's optimizer that
    moves the same, and the group's.
    """
    found: dict[tuple[str, str, str], Setting] = {}
    for place, pair in enumerate(pairs):
        for one in _of_pair(*pair):
            known = found.setdefault((one.name, repr(one.keras), repr(one.torch)), one)
            found[one.name, repr(one.keras), repr(one.torch)] = replace(
                known, groups=(*known.groups, place)
            )
    every = tuple(range(len(pairs)))
    return tuple(replace(x, groups=()) if x.groups == every else x for x in found.values())


def _of_pair(keras: dict[str, Any], torch: dict[str, Any]) -> tuple[Setting, ...]:
    theirs = in_keras_names(torch)
    nature = "" if torch["module"].startswith(OURS) else BY_NATURE.get(torch["optimizer"], "")
    ours = f"{torch['module'].split('.')[0]}.{torch['optimizer']}"
    plain = torch["optimizer"] if torch["module"].startswith(OURS) else ours
    first = Setting("optimizer", keras["optimizer"], plain, nature)
    rest = [
        _setting(name, value, torch)
        for name, value in keras.items()
        if name not in ("optimizer", "variables", "undecayed")
        and (value or name in theirs)
        and _is_used(name, keras, theirs)
    ]
    more = [
        Setting(name, without, torch[name])
        for name, without in NEUTRAL.items()
        if not torch["module"].startswith(OURS) and torch.get(name, without) != without
    ]
    return (first, *rest, *more)


def _setting(name: str, ours: Any, torch: dict[str, Any]) -> Setting:
    """Keras's None is a 0 in a setting of torch's that is a number: it takes no other."""
    theirs = in_keras_names(torch).get(name)
    is_ours = torch["module"].startswith(OURS)
    if ours is None and isinstance(theirs, float) and not is_ours:
        ours = 0.0
    return Setting(name, ours, theirs, _note(name, torch))


def _is_used(name: str, keras: dict[str, Any], torch: dict[str, Any]) -> bool:
    """Keras lists the settings of averaging the weights even where it averages none; of arithmetics
    there is something to say where parity.semantics follows another."""
    if name == ARITHMETIC:
        return bool(torch.get(name, keras[name]) != keras[name])
    return not name.startswith("ema_") or bool(keras.get("use_ema"))


def in_keras_names(torch: dict[str, Any]) -> dict[str, Any]:
    """A port's hyperparameters by Keras's names."""
    found: dict[str, Any] = {}
    for name, value in torch.items():
        if isinstance(value, tuple) and name in TOGETHER:
            found.update(zip(TOGETHER[name], value, strict=True))
        else:
            found[SETTINGS.get(name, name)] = value
    return found


def _note(name: str, torch: dict[str, Any]) -> str:
    if name != "weight_decay" or torch["module"].startswith(OURS):
        return ""
    return "" if torch.get("decoupled_weight_decay") or torch["optimizer"] == "AdamW" else L2


def in_keras_terms(slots: dict[str, dict[str, Array]]) -> dict[str, dict[str, Array]]:
    """The state of a torch optimizer by Keras's roles; a count kept per tensor becomes one, and
    what is kept of rows and columns the whole."""
    found: dict[str, dict[str, Array]] = {}
    rows = slots.get("row_var", {})
    if rows:
        means = {name: x.mean(axis=-2, keepdims=True) for name, x in rows.items()}
        of = {name: rows[name] / means[name] * x for name, x in slots["col_var"].items()}
        slots = slots | {"variance": slots.get("variance", {}) | of}
    for role, of in slots.items():
        name = SLOTS.get(role, role)
        one = name in ("iteration", "u_product") and GLOBAL not in of
        found[name] = {GLOBAL: next(iter(of.values()))} if one else of
    return found


def torch_name(role: str) -> str:
    """What torch.optim calls a role of Keras's state."""
    names = [torch for torch, keras in SLOTS.items() if keras == role]
    return names[0] if names else role


def in_terms_of(slots: dict[str, dict[str, Array]], torch: Iterable[str]) -> dict[str, str]:
    """Keras's roles -> the names of the same state in a port's optimizer that has `torch`."""
    answers = {SLOTS.get(name, name): name for name in torch}
    return {role: answers[role] for role in slots if role in answers}
