"""Exercises on the cnn: pooling, padding, axes and a learning rate."""

from parity.course.exercises.exercise import Edit, Exercise

EXERCISES = (
    Exercise(
        pair="cnn",
        number=1,
        level="easy",
        topic="pooling",
        title="A window from elsewhere",
        task="The author knows residual networks well, and took a line from one of them. All "
        "shapes are right, and so is the number of parameters. At which layer do the values part?",
        edits=(
            Edit(
                "self.pool1 = nn.MaxPool2d(2)",
                "self.pool1 = nn.MaxPool2d(3, stride=2, padding=1)",
            ),
        ),
        gate="forward",
        layer="pool1",
        cause="pool-size",
        entry="",
        hint="How many pixels does one value behind the first pooling depend on?",
        explanation="`MaxPool2d(3, stride=2, padding=1)` also halves 28 to 14, but looks at 3x3 "
        "pixels where Keras's MaxPooling2D(2) looks at 2x2. Pooling has no weights, so no shape "
        "and no count shows it. `pool1` is the first layer that differs by itself; the layers "
        "behind it are marked as inheriting.",
    ),
    Exercise(
        pair="cnn",
        number=2,
        level="easy",
        topic="axes",
        title="Rows that should sum to one",
        task="The model itself is untouched. Of what `prediction` gives, each column sums to 1. "
        "Which layer is blamed for it?",
        edits=(Edit("output.softmax(dim=1)", "output.softmax(dim=0)"),),
        gate="forward",
        layer="out",
        cause="softmax-axis",
        entry="axis-defaults",
        hint="Which axis of a batch of logits (N, 10) holds the classes?",
        explanation="The softmax runs over the samples of the batch, and a prediction depends on "
        "the images beside it. In Keras the softmax belongs to the layer `out`, so what "
        "`prediction` does is compared there. The largest value of a row often stays where "
        "it was, so accuracy hardly tells; predict one image at a time and every output is 1.",
    ),
    Exercise(
        pair="cnn",
        number=3,
        level="medium",
        topic="padding",
        title="What lies beyond the border",
        task="Both convolutions keep the size of their maps, as 'same' does. On MNIST alone you "
        "might never see this mistake: why, and why does the check see it?",
        edits=(
            Edit(
                "nn.Conv2d(16, 32, KERNEL, padding=KERNEL // 2)",
                "nn.Conv2d(\n            16, 32, KERNEL, padding=KERNEL // 2, "
                'padding_mode="replicate"\n        )',
            ),
        ),
        gate="forward",
        layer="conv2",
        cause="padding-mode",
        entry="",
        hint="What values does Keras put around a map before it convolves?",
        explanation="Keras's 'same' pads with zeros; `padding_mode=\"replicate\"` repeats the "
        "outermost values. Where those are zero, as behind a black border and a bias of zero, both "
        "are the same. So half of the images of the check are random pixels, and no bias is left "
        "at zero: the outer ring of `conv2` differs.",
    ),
    Exercise(
        pair="cnn",
        number=4,
        level="medium",
        topic="training",
        title="In a hurry",
        task="Forward pass, loss and gradients agree. What is left that could differ, and does it "
        "differ in one layer or in all?",
        edits=(Edit("lr=1e-3", "lr=1e-2"),),
        gate="optimizer",
        layer="",
        cause="learning-rate",
        entry="",
        hint="Read the recipe of both files line by line.",
        explanation="The learning rate is ten times Keras's. The optimizer gate gives both sides "
        "the same gradients and compares the updates: every weight moves ten times as far, so no "
        "single layer is to blame. Lock-step rests on the optimizer and is not run.",
    ),
    Exercise(
        pair="cnn",
        number=5,
        level="hard",
        topic="axes",
        title="Every layer agrees",
        task="In the table of this port the column *isolated* shows rounding alone, in every row: "
        "no layer does anything wrong. And yet all values differ. Who is to blame, and which gate "
        "says so before any layer is run?",
        edits=(
            Edit(
                "return images[:, None].astype(dtype) / 255",
                "return images[..., None].transpose(0, 3, 2, 1).astype(dtype) / 255",
            ),
        ),
        gate="data",
        layer="",
        cause="axis-order",
        entry="axis-defaults",
        hint="What is there before the first layer?",
        explanation="(N, height, width, channel) becomes (N, channel, height, width) by "
        "`transpose(0, 3, 1, 2)`. With `(0, 3, 2, 1)` height and width change places, and the "
        "images are square, so no shape tells. The data gate compares what both files make of the "
        "same images, and rings at the inputs. Each layer agrees when it is given "
        "Keras's own input, so the fault lies before the first of them. Trained from scratch such "
        "a port is as good as any; with Keras's weights it is shown digits that it has never seen.",
    ),
)
