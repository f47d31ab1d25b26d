"""Exercises on the denoiser: pooling, a layer used twice, the noise, a beta."""

from parity.course.exercises.exercise import Edit, Exercise

EXERCISES = (
    Exercise(
        pair="denoising_ae",
        number=1,
        level="easy",
        topic="pooling",
        title="Another way to halve",
        task="The encoder halves its maps twice, to 7x7, and so does Keras's. A glance at the "
        "shapes finds nothing. At which layer do the values part?",
        edits=(Edit("self.pool2 = nn.MaxPool2d(2)", "self.pool2 = nn.AvgPool2d(2)"),),
        gate="forward",
        layer="pool2",
        cause="pool-kind",
        entry="",
        hint="Four values go in and one comes out. Which one?",
        explanation="`pool2` takes the average of each window, Keras the largest value. Neither "
        "has weights, and both halve. The layers before `pool2` agree to rounding, those behind "
        "it inherit the difference.",
    ),
    Exercise(
        pair="denoising_ae",
        number=2,
        level="medium",
        topic="weights",
        title="Copied and pasted",
        task="Three convolutions of this model have the same shape, and `forward` has lines that "
        "look alike. The output has the right size. Which gate notices first, and does it name "
        "the layer whose line is wrong?",
        edits=(Edit("self.up2(F.relu(self.conv4(x)))", "self.up2(F.relu(self.conv3(x)))"),),
        gate="weights",
        layer="conv3",
        cause="",
        entry="",
        hint="Tick off every layer that `__init__` makes where `forward` calls it.",
        explanation="`forward` calls `conv3` twice and `conv4` never. Shapes and counts agree in "
        "structure. But one kernel has to hold the weights of two Keras layers: what was moved "
        "last is not what `conv3` in Keras has, and `conv4.weight` has no counterpart. The gate "
        "names where the weights clash, `conv3`; the wrong line is that of `conv4`.",
    ),
    Exercise(
        pair="denoising_ae",
        number=3,
        level="medium",
        topic="data",
        title="More noise than asked for",
        task="On clean images this port is Keras's model, value for value, and the loss is the "
        "same function. When the two are trained they part at once. Which gate is the first to "
        "make a noisy image?",
        edits=(
            Edit("return np.clip(inputs + NOISE * draws, 0, 1)", "return inputs + NOISE * draws"),
        ),
        gate="data",
        layer="",
        cause="",
        entry="gaussian-noise",
        hint="Between which two numbers does a pixel lie, before and after `corrupt`?",
        explanation="The noise is not clipped, so that pixels leave [0, 1]: on black ground half "
        "of them are negative, where Keras's are zero. The noise belongs to the training data: "
        "the data gate gives both files the same clean images and the same draws, and compares "
        "what they make of them. The gradients gate, the first that trains, differs too. A "
        "denoiser that learned on the one kind of noise is tested on the other.",
    ),
    Exercise(
        pair="denoising_ae",
        number=4,
        level="hard",
        topic="training",
        title="A shorter memory",
        task="The class, the learning rate and epsilon of the optimizer are Keras's. The first "
        "step is almost Keras's. Why does the gate make ten steps?",
        edits=(Edit("beta_2=0.999", "beta_2=0.99"),),
        gate="optimizer",
        layer="",
        cause="optimizer-betas",
        entry="sgd-momentum",
        hint="For how many steps does Adam remember the size of a gradient?",
        explanation="`beta_2` is the share of the mean square that is kept at each step: with 0.99 "
        "it remembers some 100 steps, with Keras's 0.999 some 1,000. The bias correction makes "
        "the first step almost the same for every beta, so that one step tells little; over ten "
        "steps of different gradients the updates part by 3e-4, a third of the learning rate.",
    ),
)
