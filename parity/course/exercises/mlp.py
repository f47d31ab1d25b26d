"""Exercises on the mlp: the softmax and the loss, and four ways to get dropout wrong."""

from parity.course.exercises.exercise import Edit, Exercise

EXERCISES = (
    Exercise(
        pair="mlp",
        number=1,
        level="easy",
        topic="activations",
        title="Probabilities",
        task="The Keras model ends in a softmax and gives probabilities, and the author of this "
        "port wanted the same. Its outputs lie between 0 and 1 and sum to 1. Which gate rings, "
        "and at which layer?",
        edits=(Edit("return self.fc3(x)  #", "return self.fc3(x).softmax(dim=1)  #"),),
        gate="forward",
        layer="fc3",
        cause="double-softmax",
        entry="double-softmax",
        hint="Follow one sample from `fc3` through `forward` to the end of `prediction`. How often "
        "does it meet an exponential?",
        explanation="`forward` gives probabilities and `prediction` takes them for logits, so that "
        "the softmax is applied twice. A softmax has no weights and changes no shape: structure "
        "and weights agree, and only values tell. The class with the largest value stays the same, "
        "so accuracy hardly shows it, but no probability can exceed e / (e + 9), which is 0.23, "
        "and the loss cannot fall below 1.46.",
    ),
    Exercise(
        pair="mlp",
        number=2,
        level="easy",
        topic="loss",
        title="A loss of another size",
        task="Model, data and optimizer are Keras's. On the terminal the losses of this port look "
        "strange from the first batch on. Which gate rings first, and which gates do not run "
        "at all?",
        edits=(Edit('reduction="sum_over_batch_size"', 'reduction="sum"'),),
        gate="loss",
        layer="",
        cause="loss-reduction",
        entry="loss-reduction",
        hint="Divide the port's loss by Keras's. Which number of the recipe is that?",
        explanation="The port adds the losses of a batch, Keras takes their mean, so that loss and "
        "gradients are as many times as large as the batch has samples. The gates gradients and "
        "lockstep rest on the loss and are not run. Adam divides by the size of the gradient and "
        "hides most of it; SGD at the same learning rate would make steps 128 times too long.",
    ),
    Exercise(
        pair="mlp",
        number=3,
        level="medium",
        topic="dropout",
        title="Two calls in forward",
        task="This author prefers functions to modules: the dropout layers have become calls in "
        "`forward`, with the right rate. Training looks fine. What does the first alarm say?",
        edits=(
            Edit("        self.drop1 = nn.Dropout(DROPOUT)\n", ""),
            Edit("        self.drop2 = nn.Dropout(DROPOUT)\n", ""),
            Edit("self.drop1(F.relu(self.fc1(x)))", "F.dropout(F.relu(self.fc1(x)), DROPOUT)"),
            Edit("self.drop2(F.relu(self.fc2(x)))", "F.dropout(F.relu(self.fc2(x)), DROPOUT)"),
        ),
        gate="forward",
        layer="drop1",
        cause="dropout-left-on",
        entry="functional-dropout",
        hint="`model.eval()` sets `training` on every module. What does a function know of it?",
        explanation="`F.dropout` has `training=True` for a default and belongs to no module, so "
        "`model.eval()` does not reach it: a fifth of the values is dropped at inference, too. "
        "`drop1` and `drop2` each differ by themselves, and `fc2` between them only inherits. Pass "
        "`training=self.training`, or keep nn.Dropout.",
    ),
    Exercise(
        pair="mlp",
        number=4,
        level="medium",
        topic="layers",
        title="As good as the original",
        task="With Keras's weights this port gives Keras's predictions, to the last digit that "
        "rounding leaves. Still the check does not pass. Which gate says so, and of which layer?",
        edits=(
            Edit("        self.drop2 = nn.Dropout(DROPOUT)\n", ""),
            Edit("self.drop2(F.relu(self.fc2(x)))", "F.relu(self.fc2(x))"),
        ),
        gate="structure",
        layer="drop2",
        cause="",
        entry="",
        hint="Count the layers on both sides, those without weights too.",
        explanation="The second dropout is missing. At inference it does nothing, so the forward "
        "gate passes. But in Keras `drop2` draws in training, and nothing in the port answers it: "
        "the structure gate is incomplete, which is no pass. The gradients differ for the same "
        "reason, and the port trains with half of the regularisation.",
    ),
    Exercise(
        pair="mlp",
        number=5,
        level="hard",
        topic="dropout",
        title="A fifth, or four fifths",
        task="Every layer is there, and every layer agrees at inference. One gate still rings. "
        "Which, and why none before it?",
        edits=(
            Edit("self.drop1 = nn.Dropout(DROPOUT)", "self.drop1 = nn.Dropout(1 - DROPOUT)"),
            Edit("self.drop2 = nn.Dropout(DROPOUT)", "self.drop2 = nn.Dropout(1 - DROPOUT)"),
        ),
        gate="gradients",
        layer="",
        cause="dropout-rate",
        entry="dropout-scaling",
        hint="Which gate is the first that runs the models in training mode?",
        explanation="TensorFlow 1 took the share that is kept, Keras and PyTorch take the share "
        "that is dropped. The port keeps a fifth of the values and multiplies them by 5. At "
        "inference dropout does nothing, so the gradients are the first that can tell: both sides "
        "get the same random numbers, compare them with different rates, and the loss of the one "
        "batch is another already.",
    ),
)
