"""What is smaller than float32's rounding, where Keras computes in float32 somewhere: what both
models return tells nothing of it. Of an epsilon that the two set differently, the rows do that are
computed in float64; of a GELU of another form, any row."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from parity.checking import forward
from parity.checking.collected import Collected
from parity.checking.needed import is_firm
from parity.diagnose import normalisation, written_norms
from parity.diagnose.activation_of import of_layer, of_step
from parity.diagnose.hypothesis import Case
from parity.diagnose.normalisation import EPSILONS
from parity.diagnose.reading import NORMS
from parity.mapping.plan import Plan
from parity.records.comparison import Step


def may_hide(plan: Plan) -> bool:
    """Has a normalisation another epsilon in the port, or a GELU another form?"""
    return any(_set_otherwise(plan))


def _set_otherwise(plan: Plan) -> Iterator[bool]:
    for match in plan.alignment.matches:
        for layer in match.keras_steps:
            if not match.torch:
                continue
            case = Case((layer,), match.torch, layer.shape, layer.shape)
            wanted = of_layer(case, layer)
            if wanted is not None and wanted.name == "gelu":
                present = (of_step(step) for step in match.torch)
                yield any(
                    own is not None and own.name == wanted.name and own != wanted for own in present
                )
            if layer.kind not in EPSILONS:
                continue
            for step in match.torch:
                yield step.kind in NORMS and any(True for _ in normalisation.epsilon(case, step))
            yield any(x.cause in EPSILONS.values() for x in written_norms.hypotheses(case))


def kept(found: Collected, layers: Sequence[Step]) -> tuple[str, ...]:
    """The Keras layers with such an epsilon that is proven in float64; of all that was found, the
    causes there are kept. layers: of Keras, in their order."""
    compared = found.compared
    assert compared is not None
    why = {}
    for name, one in compared.why.items():
        firm = [x for x in one.proofs if is_firm(name, x, compared.narrow)]
        if firm:
            why[name] = one.only(firm)
    found.findings = [x for x in found.findings if x.gate != "forward"]
    found.compared = replace(compared, why=why)
    found.add([], forward.causes(found.compared, layers))
    found.changes = tuple(change for one in why.values() for change in one.changes)
    return tuple(why)
