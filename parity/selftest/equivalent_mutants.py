"""Does a planted mistake change anything? By chance one in a hundred does not: a relu that is lost
behind numbers which are all positive."""

import numpy as np

from parity.checking import probe
from parity.numerics import noise
from parity.numerics.difference import largest
from parity.records.comparison import Array, Dtype
from parity.selftest import weights as placed
from parity.selftest.port import write
from parity.selftest.spec import Spec, examples
from parity.sides.modules import Factory
from parity.sides.process import Sides
from parity.sides.verbs import InKeras, InTorch, Models, Walks

KERAS, TORCH = "parity.selftest.keras_twin", "parity.selftest.torch_twin"
KEY = "idle"
SAMPLES, SEEDS = 64, range(4)

Values = dict[Dtype, Array]


def is_equivalent(spec: Spec, port: Spec, sides: Sides) -> bool:
    """Do the ports of two specs with the same weights give the same on some hundred samples?

    spec: of the faithful port; port: of that with mistakes. A port that breaks off is not idle.
    """
    sides.keras.call(InKeras.open, KEY, Factory(KERAS, "build", (spec,)))
    drawn = sides.keras.call(Models.weights, KEY)
    ours = probe.weights({n: a for n, a in drawn.items() if a.dtype.kind == "f"})
    for seed in SEEDS:
        inputs = examples(spec, seed, SAMPLES)
        good, bad = (_output(one, ours, inputs, sides) for one in (spec, port))
        if good is None or bad is None or good["float64"].shape != bad["float64"].shape:
            return False
        level = noise.scaled(noise.level(good["float32"], good["float64"]), "float64")
        gap = largest(good["float64"], bad["float64"])
        if noise.ratio(gap, level) > noise.LIMIT:
            return False
    return True


def _output(
    spec: Spec, ours: dict[str, Array], inputs: tuple[Array, ...], sides: Sides
) -> Values | None:
    narrow = [x.astype("float32") if x.dtype == np.float64 else x for x in inputs]
    shown = {
        str(number): np.moveaxis(x, -1, 1) if first else x
        for number, (x, first) in enumerate(zip(narrow, write(spec).inputs, strict=True))
    }
    sides.torch.call(InTorch.open, KEY, Factory(TORCH, "build", (spec,), placed.move(spec, ours)))
    trace = sides.torch.call(InTorch.present, KEY, shown, ())
    if trace.error:
        return None
    (result,) = trace.results
    sides.torch.call(Walks.begin, KEY, [result])
    (values,) = sides.torch.call(Walks.reach, KEY, [result])
    return values
