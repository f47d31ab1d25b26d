"""Activations: another one, none, or one too many."""

from parity.selftest.mistakes.mutation_site import Mistake, MutationSite, or_reader
from parity.selftest.spec import Spec

FUSED = (
    "conv1d",
    "conv2d",
    "depthwise",
    "separable",
    "conv_transpose",
    "dense",
    "time_distributed",
)
MAY_HAVE = (*FUSED, "activation")
SOFTMAX = (*FUSED, "activation", "softmax")
# What people take one for
CONFUSED = {
    "relu": ("leaky_relu", "tanh", "gelu", "elu", "silu"),
    "sigmoid": ("tanh", "hard_sigmoid"),
    "tanh": ("sigmoid", "relu"),
    "elu": ("selu", "relu"),
    "selu": ("elu", "relu"),
    "softplus": ("relu", "elu"),
    "softsign": ("tanh",),
    "silu": ("gelu", "relu", "hard_silu"),
    "gelu": ("relu", "silu"),
    "mish": ("silu", "softplus"),
    "relu6": ("tanh", "hard_sigmoid"),
    "leaky_relu": ("relu",),
    "hard_sigmoid": ("sigmoid",),
    "hard_silu": ("silu",),
    "exponential": ("softplus",),
}


def function(site: MutationSite) -> str:
    """The node's activation; "" for none."""
    if site.node.kind == "softmax":
        return "softmax"
    given = site.node.get("function") or site.node.get("activation")
    return "" if given in (None, "linear") else str(given)


def _having(site: MutationSite, other: str | None) -> Spec:
    if site.node.kind == "activation":
        return site.but(function=other or "linear")
    return site.but(activation=other)


def replaced(site: MutationSite) -> Spec | None:
    others = CONFUSED.get(function(site))
    return _having(site, str(site.generator.choice(others))) if others else None


def missing(site: MutationSite) -> Spec | None:
    return None if function(site) in ("", "softmax") else _without(site)


def layer_missing(site: MutationSite) -> Spec | None:
    return _without(site)


def _without(site: MutationSite) -> Spec:
    if site.node.kind in FUSED:
        return site.but(activation=None)
    return site.spec.without(site.node.name)


def extra(site: MutationSite) -> Spec | None:
    after = [reader.get("function", "") for reader in site.spec.readers(site.node.name)]
    if function(site) or site.node.kind == "activation" or "relu" in after:
        return None
    return _having(site, "relu")


def approximated(site: MutationSite) -> Spec | None:
    other = {"gelu": "gelu_tanh", "gelu_tanh": "gelu"}.get(function(site))
    return _having(site, other) if other else None


def old_hard_sigmoid(site: MutationSite) -> Spec | None:
    return _having(site, "old_hard_sigmoid") if function(site) == "hard_sigmoid" else None


def other_slope(site: MutationSite) -> Spec | None:
    return site.but(slope=0.3 if site.node.get("slope", 0.3) == 0.01 else 0.01)


def other_alpha(site: MutationSite) -> Spec | None:
    return site.but(alpha=0.5 if site.node.get("alpha", 1.0) == 1.0 else 1.0)


def no_softmax(site: MutationSite) -> Spec | None:
    return _without(site) if function(site) == "softmax" else None


def softmax_twice(site: MutationSite) -> Spec | None:
    is_last = site.node.name == site.spec.output.name
    if function(site) != "softmax" or not is_last:
        return None
    axis = site.node.get("axis", -1)
    return site.after(site.node.name, "softmax", axis=axis)


def log_softmax(site: MutationSite) -> Spec | None:
    if function(site) != "softmax":
        return None
    if site.node.kind == "softmax":
        node = type(site.node)(
            site.node.name, "activation", site.node.inputs, {"function": "log_softmax"}
        )
        return site.spec.having(node) if site.node.get("axis", -1) == -1 else None
    return _having(site, "log_softmax")


def softmax_axis(site: MutationSite) -> Spec | None:
    """Over the axis that stands last in torch's layout, or over time."""
    rank = len(site.shapes[site.node.name])
    if function(site) != "softmax" or rank < 2 or site.node.get("axis", -1) != -1:
        return None
    return site.but(axis=rank - 1)


def swapped_with_norm(site: MutationSite) -> Spec | None:
    """Normalised first, then activated: the other way round."""
    readers = site.spec.readers(site.node.name)
    if len(readers) != 1 or readers[0].kind != "activation":
        return None
    return site.spec.reversed_pair(site.node.name, readers[0].name)


MISTAKES = {
    "activation replaced": Mistake("activation-replaced", MAY_HAVE, replaced),
    "activation missing": Mistake("activation-missing", MAY_HAVE, missing),
    "activation layer missing": Mistake("activation-missing", ("leaky_relu", "elu"), layer_missing),
    "activation extra": Mistake("activation-extra", FUSED, extra),
    "gelu approximated": Mistake("gelu-approximate", MAY_HAVE, approximated),
    "old hard sigmoid": Mistake("hard-sigmoid", MAY_HAVE, old_hard_sigmoid),
    "slope": Mistake("leaky-relu-slope", ("leaky_relu",), other_slope),
    "alpha": Mistake("elu-alpha", ("elu",), other_alpha),
    "softmax missing": Mistake("softmax-missing", SOFTMAX, no_softmax),
    "softmax twice": Mistake("double-softmax", SOFTMAX, softmax_twice),
    "log softmax": Mistake("log-softmax", SOFTMAX, log_softmax),
    "softmax axis": Mistake("softmax-axis", SOFTMAX, softmax_axis),
    "activation before normalisation": Mistake(
        "activation-place", ("batch_norm", "layer_norm", "group_norm"), swapped_with_norm, or_reader
    ),
}
