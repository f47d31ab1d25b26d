"""What the twins compute, for the workers to run: `sides.keras.run(keras, spec)`.

Frameworks are imported inside the functions, because the process that sends them here has none.
"""

from dataclasses import dataclass

import numpy as np

from parity.records.comparison import Array
from parity.selftest.port import write
from parity.selftest.spec import Spec, examples
from tests.semantics.keras_answers.floatx import floatx


@dataclass(frozen=True)
class Answer:
    inputs: tuple[Array, ...]
    weights: dict[str, Array]  # by path
    output: Array


def keras(spec: Spec) -> Answer:
    """In float64, with weights none of which is constant."""
    from parity.selftest import keras_twin

    generator = np.random.default_rng(0)
    inputs = examples(spec)
    with floatx("float64"):
        model = keras_twin.build(spec)
        for variable in model.weights:
            drawn = generator.uniform(-0.5, 0.5, variable.shape)
            variable.assign(drawn + 1 if "moving_variance" in variable.path else drawn)
        weights = {variable.path: np.array(variable) for variable in model.weights}
        output = np.array(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    return Answer(inputs, weights, output)


def torch(spec: Spec, state: dict[str, Array], inputs: tuple[Array, ...]) -> Array | str:
    """The output in Keras's layout; or what went wrong, where the pass breaks off."""
    import torch as framework

    from parity.selftest import torch_twin

    port = write(spec)
    shown = [
        framework.from_numpy(np.moveaxis(x, -1, 1).copy() if first else x)
        for x, first in zip(inputs, port.inputs, strict=True)
    ]
    try:
        net = torch_twin.build(spec).double().eval()
        tensors = {name: framework.from_numpy(array.copy()) for name, array in state.items()}
        left, unknown = net.load_state_dict(tensors, strict=False)
        assert not unknown
        assert all(name.endswith("num_batches_tracked") for name in left), left
        framework.manual_seed(0)
        with framework.no_grad():
            output: Array = net(*shown).numpy()
    except RuntimeError as error:
        return str(error)
    return np.moveaxis(output, 1, -1) if port.output and output.ndim > 2 else output
