"""Exercises on the simple auto-encoder: an activation, a bias, its inputs, Adam, a gradient."""

from parity.course.exercises.exercise import Edit, Exercise

EXERCISES = (
    Exercise(
        pair="simple_ae",
        number=1,
        level="easy",
        topic="activations",
        title="Two layers in a row",
        task="Encoder and decoder are there, with the right sizes, and the output lies in (0, 1). "
        "Do structure and weights notice anything? If not, which layer does?",
        edits=(
            Edit("code = F.relu(self.encoder(x))", "code = self.encoder(x)"),
            Edit("import torch.nn.functional as F\n", ""),
        ),
        gate="forward",
        layer="encoder",
        cause="activation-missing",
        entry="",
        hint="In Keras an activation is an argument of the layer. Where is it in PyTorch?",
        explanation="Keras's Dense takes `activation='relu'`; nn.Linear has no such argument, and "
        "the call is easily lost. An activation has no weights, so structure and weights agree. "
        "`decoder` differs too, but is marked as inheriting. Without the relu the two layers are "
        "one linear map of rank 32 under a sigmoid.",
    ),
    Exercise(
        pair="simple_ae",
        number=2,
        level="easy",
        topic="weights",
        title="A few numbers short",
        task="This port has 50,208 parameters where the Keras model has 50,992. Which layer do "
        "they belong to, and how far does the check come?",
        edits=(
            Edit("nn.Linear(CODE, PIXELS)", "nn.Linear(CODE, PIXELS, bias=False)"),
            Edit(
                "        nn.init.zeros_(layer.bias)",
                "        if layer.bias is not None:\n            nn.init.zeros_(layer.bias)",
            ),
        ),
        gate="structure",
        layer="decoder",
        cause="bias-missing",
        entry="",
        hint="Subtract the two numbers. Which size of the model is that?",
        explanation="784 are missing: the bias of the decoder. The parameters are counted layer by "
        "layer, so structure names it. As one Keras variable has nowhere to go, the gates of "
        "training are not run; the layers are compared all the same, and with the bias of Keras's "
        "decoder set to zero both agree, so that it is named as the cause. A bias starts at zero, "
        "so the two models would look alike before training.",
    ),
    Exercise(
        pair="simple_ae",
        number=3,
        level="medium",
        topic="data",
        title="Good practice",
        task="The author prepares the images as most PyTorch tutorials on MNIST do. Where does the "
        "first alarm ring, and what do the layers show when they are compared in isolation?",
        edits=(
            Edit(
                "return images.reshape(-1, PIXELS).astype(dtype) / 255",
                "return (images.reshape(-1, PIXELS).astype(dtype) / 255 - 0.1307) / 0.3081",
            ),
        ),
        gate="data",
        layer="",
        cause="input-normalisation",
        entry="normalize-ae-targets",
        hint="What range do the inputs have now? And what range can a sigmoid reach?",
        explanation="The inputs are shifted and scaled by MNIST's mean and standard deviation. "
        "The data gate rings, at inputs and target, before any layer is run. `encoder` differs, "
        "but agrees in isolation, fed with Keras's own input: the fault lies before it. An "
        "auto-encoder's target is its input, which now runs from -0.42 to 2.82, "
        "while the sigmoid ends at 0 and 1: the loss differs as well, and no training brings it "
        "near zero.",
    ),
    Exercise(
        pair="simple_ae",
        number=4,
        level="hard",
        topic="training",
        title="The optimizer of the same name",
        task="Both sides train with Adam at a learning rate of 1e-3. Is that the same? Predict the "
        "gate, and how far a weight is away after one step: 1e-16, 1e-8 or 1e-4?",
        edits=(
            Edit("import Adam, MeanSquaredError", "import MeanSquaredError"),
            Edit(
                """\
    return Adam(
        parameters,
        lr=1e-3,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
    )
""",
                "    return torch.optim.Adam(parameters, lr=1e-3)\n",
            ),
        ),
        gate="optimizer",
        layer="",
        cause="adam-epsilon",
        entry="adam-epsilon",
        hint="Adam divides by a square root plus a small number. Which number, and added when?",
        explanation="PyTorch's epsilon is 1e-8 and is added after the bias correction; Keras's is "
        "1e-7 and is added before, where at the first step it weighs 32 times as much. Where "
        "gradients are small the two steps differ by up to 9e-4, nearly the learning rate itself. "
        "Passing `eps=1e-7` mends only a part of it, for the place differs too.",
    ),
    Exercise(
        pair="simple_ae",
        number=5,
        level="hard",
        topic="training",
        title="Half of it learns",
        task="All values agree: every layer, and the loss. Yet one half of the network would stay "
        "as it was drawn. Which gate rings, and at which layer?",
        edits=(Edit("code = F.relu(self.encoder(x))", "code = F.relu(self.encoder(x)).detach()"),),
        gate="gradients",
        layer="encoder",
        cause="detached",
        entry="",
        hint="The gradient runs backwards, from the loss. How far does it come?",
        explanation="`detach()` gives the same values and ends the graph: no gradient reaches the "
        "encoder. The gates before look at values alone. Gradients are listed from the output "
        "backwards, as they are computed: those of `decoder` agree, those of `encoder` are zero. "
        "Such a port trains, its loss falls, and its code stays a random projection.",
    ),
)
