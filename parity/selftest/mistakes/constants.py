"""Normalisation, scaling, biases, float types, and layers that are missing or too many."""

from dataclasses import replace

from parity.selftest.mistakes.mutation_site import Mistake, MutationSite, or_reader
from parity.selftest.spec import Spec

REAL = ("conv1d", "conv2d", "depthwise", "separable", "dense", "lstm", "gru", "simple_rnn", "mha")


def other_epsilon(site: MutationSite) -> Spec | None:
    return site.but(epsilon=1e-5 if site.node.get("epsilon", 1e-3) > 1e-4 else 1e-3)


def over_all_axes(site: MutationSite) -> Spec | None:
    """nn.GroupNorm(1, C): each sample by one mean, where Keras takes one for each position."""
    if len(site.shape) < 2 or site.node.get("axes", -1) != -1:
        return None
    return site.spec.having(replace(site.node, kind="group_norm").but(groups=1))


def other_groups(site: MutationSite) -> Spec | None:
    channels, groups = site.shape[-1], site.node.get("groups", 32)
    others = [n for n in range(1, channels + 1) if channels % n == 0 and n not in (groups, -groups)]
    if len(site.shape) < 2 or groups == -1:
        others = [n for n in others if n < channels]
    return site.but(groups=others[0]) if others else None


def batch_statistics(site: MutationSite) -> Spec | None:
    return site.but(train=True)


def left_on(site: MutationSite) -> Spec | None:
    return site.but(active=True)


def input_scaled(site: MutationSite) -> Spec | None:
    return site.before("rescaling", scale=float(site.generator.choice([255.0, 1 / 255])))


def input_normalised(site: MutationSite) -> Spec | None:
    """With MNIST's mean and standard deviation."""
    return site.before("rescaling", scale=1 / 0.3081, offset=-0.1307 / 0.3081)


def channels_reversed(site: MutationSite) -> Spec | None:
    if len(site.shape) < 3 or site.shape[-1] < 2:
        return None
    return site.before("flip_channels")


def output_scaled(site: MutationSite) -> Spec | None:
    if site.spec.readers(site.node.name):
        return None
    return site.after(site.node.name, "rescaling", scale=2.0, offset=-1.0)


def removed(site: MutationSite) -> Spec | None:
    return site.spec.without(site.node.name)


def smoothed(site: MutationSite) -> Spec | None:
    """An average over three pixels, that nobody asked for."""
    rank = len(site.shapes[site.node.name]) - 1
    if rank not in (1, 2):
        return None
    ones = (1,) * rank
    return site.after(site.node.name, "avg_pool", size=(3,) * rank, strides=ones, padding="same")


def no_bias(site: MutationSite) -> Spec | None:
    is_plain = len(site.shape) < 3 and site.node.get("bias", True)
    return site.but(unbiased=True) if is_plain else None


def narrowed(site: MutationSite) -> Spec | None:
    return site.after(site.node.name, "cast", dtype="float16")


MISTAKES = {
    "epsilon": Mistake("bn-epsilon", ("batch_norm",), other_epsilon),
    "epsilon of the layer": Mistake(
        "layernorm-epsilon", ("layer_norm", "group_norm"), other_epsilon
    ),
    "normalised over all axes": Mistake("layernorm-axes", ("layer_norm",), over_all_axes),
    "groups of the normalisation": Mistake("groupnorm-groups", ("group_norm",), other_groups),
    "statistics of the batch": Mistake("bn-training", ("batch_norm",), batch_statistics),
    "dropout left on": Mistake("dropout-left-on", ("dropout", "spatial_dropout"), left_on),
    "noise left on": Mistake("noise-left-on", ("gaussian_noise",), left_on),
    "input scaled": Mistake("input-scaling", REAL, input_scaled),
    "input normalised": Mistake("input-normalisation", REAL, input_normalised),
    "channels reversed": Mistake("channel-order", ("conv2d", "depthwise"), channels_reversed),
    "output scaled": Mistake("output-scaling", (), output_scaled),
    "scaling missing": Mistake("layer-missing", ("rescaling", "normalization"), removed),
    "smoothed": Mistake("layer-extra", ("conv1d", "conv2d", "depthwise"), smoothed, or_reader),
    "bias not added": Mistake("bias-missing", ("dense",), no_bias),
    "half precision": Mistake("dtype", REAL, narrowed, or_reader),
}
