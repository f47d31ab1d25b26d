"""Exercises on the transposed convolutions: odd sizes, where a row is added, clipping."""

from parity.course.exercises.exercise import Edit, Exercise

DECONV2 = Edit(
    "self.deconv2 = nn.ConvTranspose2d(8, 8, KERNEL, stride=2, output_padding=1)",
    "self.deconv2 = nn.ConvTranspose2d(8, 8, KERNEL, stride=2)",
)

EXERCISES = (
    Exercise(
        pair="conv_transpose_ae",
        number=1,
        level="easy",
        topic="pooling",
        title="A lesson learned too well",
        task="On the port of conv_ae this author learned that pooling must not drop the odd row "
        "of 7, and took care of it here, too. Which gate rings, at which layer, and how large is "
        "the output?",
        edits=(
            Edit("self.pool3 = nn.MaxPool2d(2)", "self.pool3 = nn.MaxPool2d(2, ceil_mode=True)"),
        ),
        gate="structure",
        layer="pool3",
        cause="padding-amount",
        entry="blog-valid-conv",
        hint="Read the `padding` of every MaxPooling2D in the Keras file.",
        explanation="This Keras model pools with padding='valid', which drops the odd row: 7 "
        "becomes 3. With `ceil_mode=True` the port has 4, and the decoder makes 6, 14, 30 and 32 "
        "of it. A rule that is right for one model is a mistake in the next: compare with the file "
        "at hand.",
    ),
    Exercise(
        pair="conv_transpose_ae",
        number=2,
        level="easy",
        topic="activations",
        title="Straight to the end",
        task="All sizes agree, and so do all weights. The decoder of this port has one line less "
        "to compute. Which layer differs by itself, and which only inherits?",
        edits=(Edit("x = F.relu(self.deconv3(x))", "x = self.deconv3(x)"),),
        gate="forward",
        layer="deconv3",
        cause="activation-missing",
        entry="",
        hint="Count the activations on both sides.",
        explanation="The relu behind `deconv3` is missing. A transposed convolution is linear, so "
        "that `deconv3` and `deconv4` together are one linear map. `deconv4` differs as well, but "
        "agrees when it is fed with Keras's own input: it inherits.",
    ),
    Exercise(
        pair="conv_transpose_ae",
        number=3,
        level="medium",
        topic="transposed convolution",
        title="One row, one column",
        task="A transposed convolution with stride 2 makes 11 rows of 5, and 12 are needed. The "
        "author adds the row and the column by hand. The shapes agree: do the values?",
        edits=(
            DECONV2,
            Edit("x = F.relu(self.deconv2(x))", "x = F.relu(F.pad(self.deconv2(x), (1, 0, 1, 0)))"),
        ),
        gate="forward",
        layer="deconv2",
        cause="convtranspose-same",
        entry="convtranspose-same",
        hint="F.pad takes (left, right, top, bottom). Where does `output_padding` add?",
        explanation="`F.pad(x, (1, 0, 1, 0))` adds on the left and on top; `output_padding` adds "
        "on the right and at the bottom, as Keras does. All values of `deconv2` stand one pixel "
        "off, and the pictures with them.",
    ),
    Exercise(
        pair="conv_transpose_ae",
        number=4,
        level="hard",
        topic="transposed convolution",
        title="The same row, where it belongs",
        task="Another author adds the row and the column by hand, too, but at the bottom and on "
        "the right. Between a new Keras model and this port there is no difference at all; after "
        "the first step of training there is. Does the check need training to see it?",
        edits=(
            DECONV2,
            Edit("x = F.relu(self.deconv2(x))", "x = F.relu(F.pad(self.deconv2(x), (0, 1, 0, 1)))"),
        ),
        gate="forward",
        layer="deconv2",
        cause="",
        entry="convtranspose-same",
        hint="What does a transposed convolution give at a place that its kernel does not reach?",
        explanation="Behind 11 rows the kernel reaches no further: what `output_padding` adds is "
        "the bias alone, and what F.pad adds is zero. Biases start at zero, so new models agree. "
        "The check gives every constant weight other values first, and sees the last row and "
        "column of `deconv2` differ. It names no cause: no single change of those it tries mends "
        "it.",
    ),
    Exercise(
        pair="conv_transpose_ae",
        number=5,
        level="hard",
        topic="training",
        title="Nothing too large",
        task="The author has seen trainings diverge and made this one safe. Forward pass, loss "
        "and gradients are Keras's. Which gate rings, and why do the gradients agree?",
        edits=(Edit("global_clipnorm=None", "global_clipnorm=1.0"),),
        gate="optimizer",
        layer="",
        cause="clipnorm",
        entry="clipnorm",
        hint="What happens to a gradient between `backward` and the update?",
        explanation="With `global_clipnorm=1.0` all gradients are made smaller together where "
        "their joint norm is above 1; Keras's optimizer clips nothing here. The gradients gate "
        "compares what the loss gives, before any optimizer sees it. Adam would hide a factor that "
        "stays the same, but gradients are clipped at some steps and not at others: over ten steps "
        "the updates part by 5e-4, half of the learning rate.",
    ),
)
