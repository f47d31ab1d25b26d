"""Exercises on the convolutional auto-encoder: odd sizes, padding, upsampling, weight decay."""

from parity.course.exercises.exercise import Edit, Exercise

EXERCISES = (
    Exercise(
        pair="conv_ae",
        number=1,
        level="easy",
        topic="pooling",
        title="Half of seven",
        task="The port pools as PyTorch pools. It runs, it trains, and it gives pictures. Write "
        "down the sizes of the maps from layer to layer: where do they part, and how large are "
        "the pictures?",
        edits=(
            Edit("self.pool1 = nn.MaxPool2d(2, ceil_mode=True)", "self.pool1 = nn.MaxPool2d(2)"),
            Edit("self.pool2 = nn.MaxPool2d(2, ceil_mode=True)", "self.pool2 = nn.MaxPool2d(2)"),
            Edit("self.pool3 = nn.MaxPool2d(2, ceil_mode=True)", "self.pool3 = nn.MaxPool2d(2)"),
        ),
        gate="structure",
        layer="pool3",
        cause="maxpool-same-odd",
        entry="maxpool-same-odd",
        hint="28 and 14 can be halved. What comes next?",
        explanation="PyTorch's pooling drops what does not fill a window: 7 becomes 3. Keras's "
        "'same' pads the odd row and gives 4. The first two poolings agree, for 28 and 14 are "
        "even. Behind `pool3` all sizes differ, up to pictures of 20x20, and a loss against 28x28 "
        "does not even run. `ceil_mode=True` keeps the odd row.",
    ),
    Exercise(
        pair="conv_ae",
        number=2,
        level="easy",
        topic="padding",
        title="One rule for all",
        task="Six of the seven convolutions of the Keras model keep the size of their maps. This "
        "author wrote all seven alike. Which gate rings, and what is the size of the output?",
        edits=(
            Edit("nn.Conv2d(8, 16, KERNEL, padding=0)", "nn.Conv2d(8, 16, KERNEL, padding=same)"),
        ),
        gate="structure",
        layer="conv6",
        cause="padding-amount",
        entry="blog-valid-conv",
        hint="Which Conv2D in the Keras file has no `padding` argument, and what is the default?",
        explanation="`conv6` has Keras's default, padding='valid', and takes 16 to 14, so that the "
        "last upsampling ends at 28. Padded it stays at 16 and the output is 32x32. The number "
        "of parameters is the same, but structure compares shapes, too.",
    ),
    Exercise(
        pair="conv_ae",
        number=3,
        level="medium",
        topic="pooling",
        title="The right size again",
        task="Here pooling takes 7 to 4, as in Keras, and every shape of the port is right. "
        "Does that settle it? Predict gate and layer.",
        edits=(
            Edit(
                "self.pool3 = nn.MaxPool2d(2, ceil_mode=True)",
                "self.pool3 = nn.MaxPool2d(2, padding=1)",
            ),
        ),
        gate="forward",
        layer="pool3",
        cause="maxpool-same-general",
        entry="maxpool-same-general",
        hint="Draw a row of seven pixels and the windows of two over it, on both sides.",
        explanation="`padding=1` pads on both sides, and the last padded pixel fills no window: "
        "the windows stand at (pad, 1), (2, 3), (4, 5), (6, 7). Keras pads behind alone: (1, 2), "
        "(3, 4), (5, 6), (7, pad). Every shape is right and every window is another, shifted by "
        "one pixel.",
    ),
    Exercise(
        pair="conv_ae",
        number=4,
        level="medium",
        topic="upsampling",
        title="Smoother pictures",
        task="One layer of the decoder was written to look better. It has no weights. Which of the "
        "layers behind it does the check blame?",
        edits=(
            Edit(
                'self.up2 = nn.Upsample(scale_factor=2, mode="nearest")',
                'self.up2 = nn.Upsample(scale_factor=2, mode="bilinear")',
            ),
        ),
        gate="forward",
        layer="up2",
        cause="upsampling-mode",
        entry="upsampling-mode",
        hint="What does Keras's UpSampling2D do where nothing is said?",
        explanation='UpSampling2D repeats pixels; `mode="bilinear"` mixes neighbours. `up2` '
        "differs by itself. The layers behind it are not blamed: each agrees when it is fed with "
        "Keras's own input. A decoder trained for one upsampling is blurred by the other.",
    ),
    Exercise(
        pair="conv_ae",
        number=5,
        level="hard",
        topic="training",
        title="A little regularisation",
        task="The port gives Keras's values, losses and gradients. After a step its weights are "
        "some 1e-8 away from Keras's. Is that rounding? Which gate decides?",
        edits=(Edit("weight_decay=None", "weight_decay=1e-4"),),
        gate="optimizer",
        layer="",
        cause="weight-decay",
        entry="weight-decay-argument",
        hint="In float64 rounding is a matter of 1e-17. Which settings of Adam pull at a weight "
        "when its gradient is zero?",
        explanation="With `weight_decay=1e-4` every weight shrinks at each step by 1e-4 times the "
        "learning rate, 1e-7 of its value. The gate compares in float64, and lays the settings of "
        "both optimizers side by side. Over the 4,690 steps of the course's training this takes "
        "0.05 % off every weight that no gradient holds.",
    ),
)
