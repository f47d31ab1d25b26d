"""Steps of an optimizer on given gradients, which many experiments look at."""


def keras_steps(keras, optimizer, gradients, start=None):
    """A variable, zero where no start is given, after a step on each gradient."""
    w = keras.Variable(keras.ops.zeros(gradients.shape[1:]) if start is None else start)
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [w])
    return w


def torch_steps(torch, kind, gradients, start=None, **options):
    """A parameter after the same with kind([parameter], **options)."""
    w = torch.nn.Parameter(torch.zeros_like(gradients[0]) if start is None else start.clone())
    optimizer = kind([w], **options)
    for gradient in gradients:
        w.grad = gradient
        optimizer.step()
    return w
