"""Recurrent layers, masks and attention."""

from parity.selftest.mistakes.mutation_site import Mistake, MutationSite
from parity.selftest.spec import Spec

RECURRENT = ("lstm", "gru", "simple_rnn")
PASS_MASKS = ("dropout", "gaussian_noise")


def _is_last(site: MutationSite) -> bool:
    return not site.node.get("return_sequences") and not _is_masked(site.spec, site.node.name)


def _is_masked(spec: Spec, name: str) -> bool:
    """Does a mask come with the node's input?"""
    sources = [node for node in spec.nodes if node.name in spec.node(name).inputs]
    return any(
        source.get("mask_zero") or (source.kind in PASS_MASKS and _is_masked(spec, source.name))
        for source in sources
    )


def first_step(site: MutationSite) -> Spec | None:
    return site.but(take="first") if _is_last(site) else None


def both_at_the_end(site: MutationSite) -> Spec | None:
    return site.but(take="last") if _is_last(site) else None


def other_direction(site: MutationSite) -> Spec | None:
    if _is_masked(site.spec, site.node.name):
        return None
    return site.but(go_backwards=not site.node.get("go_backwards"))


def time_for_batch(site: MutationSite) -> Spec | None:
    if _is_masked(site.spec, site.node.name):
        return None
    if site.node.get("return_sequences"):
        return site.but(batch_first=False)
    return site.but(batch_first=False, take="output")  # the state would have another batch


def no_mask(site: MutationSite) -> Spec | None:
    return site.but(mask_zero=False) if site.node.get("mask_zero") else None


def masked_readers(site: MutationSite) -> tuple[str, ...]:
    """The mask is used further on."""
    found = tuple(
        node.name
        for node in site.spec.nodes
        if node.kind not in PASS_MASKS and _is_masked(site.spec, node.name)
    )
    return (*found, site.node.name)


def unscaled(site: MutationSite) -> Spec | None:
    return site.but(scale=1.0) if site.node.settings["key_dim"] > 1 else None


def scaled_by_width(site: MutationSite) -> Spec | None:
    """By all heads' size together."""
    heads, size = site.node.settings["heads"], site.node.settings["key_dim"]
    return site.but(scale=(heads * size) ** -0.5) if heads > 1 else None


def key_for_value(site: MutationSite) -> Spec | None:
    size = site.node.settings["key_dim"]
    same = site.node.get("value_dim") in (None, size)
    return site.but(exchange=True) if same else None


def inverted_mask(site: MutationSite) -> Spec | None:
    return site.but(mask="inverted") if site.node.get("causal") else None


def missing_mask(site: MutationSite) -> Spec | None:
    return site.but(mask="missing") if site.node.get("causal") else None


def extra_mask(site: MutationSite) -> Spec | None:
    return None if site.node.get("causal") else site.but(causal=True)


MISTAKES = {
    "first time step": Mistake("rnn-last-step", RECURRENT, first_step),
    "backward half at the end": Mistake("bidirectional-last", ("bidirectional",), both_at_the_end),
    "other direction": Mistake("rnn-backwards", RECURRENT, other_direction),
    "time for batch": Mistake("rnn-layout", RECURRENT, time_for_batch),
    "mask of ids ignored": Mistake("mask-zero", ("embedding",), no_mask, masked_readers),
    "scores not scaled": Mistake("mha-scale", ("mha",), unscaled),
    "scores scaled by the width": Mistake("mha-scale", ("mha",), scaled_by_width),
    "key for value": Mistake("mha-order", ("mha",), key_for_value),
    "mask inverted": Mistake("mha-mask", ("mha",), inverted_mask),
    "mask extra": Mistake("mha-mask-extra", ("mha",), extra_mask),
    "mask missing": Mistake("mha-mask-missing", ("mha",), missing_mask),
}
