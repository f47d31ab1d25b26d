"""What shows in training alone."""

from parity.selftest.mistakes.mutation_site import Mistake, MutationSite
from parity.selftest.spec import Spec


def inverted_momentum(site: MutationSite) -> Spec | None:
    """0.99 was taken for the share of the new batch. The moving variance is Keras's."""
    return site.but(biased=True, momentum=round(1 - site.node.get("momentum", 0.99), 10))


def unbiased(site: MutationSite) -> Spec | None:
    """nn.BatchNorm as it is."""
    return site.but(biased=False)


def other_rate(site: MutationSite) -> Spec | None:
    """The share that is kept was taken for the share that is dropped."""
    rate = site.node.settings["rate"]
    return site.but(rate=round(1 - rate, 10) if rate != 0.5 else 0.25)


def not_scaled_up(site: MutationSite) -> Spec | None:
    return site.but(scaled=False)


def variance_for_deviation(site: MutationSite) -> Spec | None:
    return site.but(sd=round(site.node.settings["sd"] ** 2, 10))


MISTAKES = {
    "momentum inverted": Mistake("bn-momentum", ("batch_norm",), inverted_momentum),
    "moving variance unbiased": Mistake("bn-moving-variance", ("batch_norm",), unbiased),
    "rate": Mistake("dropout-rate", ("dropout", "spatial_dropout"), other_rate),
    "not scaled up": Mistake("dropout-scaling", ("dropout",), not_scaled_up),
    "standard deviation": Mistake("noise-sd", ("gaussian_noise",), variance_for_deviation),
}
