"""normalised whose momentum is the new share, as torch means it, at Keras's number."""

from parity.semantics import BatchNorm1d
from tests.mistakes.ports.normalised import *
from tests.mistakes.ports.normalised import CODE, Normalised


def build():
    return Normalised(BatchNorm1d(CODE, momentum=0.01))
