"""Move weights by construction: the twins' own names say which tensor answers which variable."""

from parity.records.comparison import Array
from parity.selftest.port import write
from parity.selftest.spec import Spec


def move(spec: Spec, keras: dict[str, Array]) -> dict[str, Array]:
    """The port's tensors by name, from Keras's variables by path.

    spec: of the port; keras: {"conv1/kernel": ...}, by the paths of `keras_twin.build`'s model.
    """
    return {
        place.torch: place.move(*(keras[path] for path in place.keras))
        for place in write(spec).places
    }
