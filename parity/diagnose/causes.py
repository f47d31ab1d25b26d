"""Every cause that a diagnosis can name: its id, and what a reader is told in a line.

Where two causes are rows of the same difference between the frameworks they share its id's stem;
`entry` is the id of that row in the catalogue of differences.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    says: str
    entry: str = ""  # in the catalogue of differences; "" where it is a plain slip


CAUSES: dict[str, Cause] = {
    # What is returned
    "not-returned": Cause("the right value is computed, and another one returned"),
    "outputs-exchanged": Cause("the outputs are returned in another order"),
    "output-twice": Cause("one output is returned in the place of another"),
    "constant-returned": Cause("a constant is returned"),
    "input-returned": Cause("an input is returned as it is"),
    "state-lost": Cause("the port keeps no state from one call to the next"),
    "state-kept": Cause("the port answers otherwise when it is called again"),
    "bias-extra": Cause("the port has a bias that Keras has not"),
    "weights-extra": Cause("the port adds what Keras has no weights for"),
    # Weights that were moved by someone else
    "dense-kernel-transpose": Cause("the kernel was not transposed", "dense-kernel-transpose"),
    "conv-kernel-layout": Cause(
        "height and width of the kernel change places", "conv-kernel-layout"
    ),
    "conv-kernel-flip": Cause("the kernel is turned by 180 degrees", "conv-kernel-layout"),
    "conv-channels": Cause(
        "input and output channels of the kernel change places", "conv-kernel-layout"
    ),
    "depthwise-layout": Cause("input channels and multiplier change places", "depthwise-separable"),
    "flatten-order": Cause("features are flattened in another order", "flatten-order"),
    "gate-order": Cause(
        "the gates of the recurrent kernel stand in another order", "gru-gate-order"
    ),
    "bias-doubled": Cause("the bias is added twice", "lstm-biases-init"),
    "table": Cause("a table holds other numbers"),
    "table-rows": Cause("a table has another number of rows"),
    "rows-shifted": Cause("the rows of a table are shifted"),
    "embedding-max-norm": Cause("the rows of a table are cut to a norm"),
    "weights-rounded": Cause("the weights were rounded on their way"),
    "weights-not-loaded": Cause("the port has other weights than Keras", "seeds"),
    "weight-function": Cause("a weight goes through a function on one side alone"),
    "layers-exchanged": Cause("two layers hold each other's weights"),
    # Order of axes and features
    "reshape-order": Cause("a reshape reads its values in another order", "reshape-order"),
    "axis-order": Cause("axes change places", "axis-defaults"),
    "softmax-axis": Cause("softmax runs over another axis", "axis-defaults"),
    "other-axis": Cause("a step works along another axis", "axis-defaults"),
    "concat-axis": Cause("tensors are joined along another axis", "concatenate-axis"),
    "merge-order": Cause("inputs of a merging layer change places"),
    "merge-kind": Cause("inputs are merged by another operation"),
    "wiring": Cause("an input comes from another layer"),
    "changed-in-place": Cause("a value is changed in place before it is taken again"),
    "parts-exchanged": Cause("parts of a value change places"),
    "feature-order": Cause("features stand in another order"),
    "other-places": Cause("other places of an axis are taken"),
    "rolled": Cause("values are rolled otherwise along an axis"),
    "axis-summary": Cause("an axis is summed up otherwise"),
    "number": Cause("another number"),
    "switch": Cause("a setting is on, on one side alone"),
    "power": Cause("a square or a root stands on one side alone"),
    "spectrum": Cause("a Fourier transform is taken otherwise"),
    "logarithm": Cause("a logarithm of another base, or of another number"),
    # Padding and pooling
    "conv-same-stride": Cause("'same' pads unevenly under a stride", "conv-same-stride"),
    "padding-amount": Cause("another padding", "blog-valid-conv"),
    "causal-padding": Cause("a causal convolution pads on the left alone", "causal-padding"),
    "zeropadding-order": Cause("padding stands at other sides", "zeropadding-order"),
    "cropping-order": Cause("other sides are cropped", "zeropadding-order"),
    "maxpool-same-odd": Cause("pooling drops the last row and column", "maxpool-same-odd"),
    "maxpool-same-general": Cause("pooling pads on the other side", "maxpool-same-general"),
    "maxpool-zero-padding": Cause("max pooling sees zeros in the padding", "maxpool-same-stride"),
    "avgpool-same": Cause("padding is counted in the average", "avgpool-same"),
    "padding-mode": Cause("padding is not of zeros"),
    "pool-size": Cause("another window of pooling"),
    "pool-kind": Cause("maximum and average change places"),
    "stride": Cause("another stride"),
    "dilation": Cause("another dilation"),
    "kernel-size": Cause("a kernel of another size"),
    "groups": Cause("another number of groups"),
    "convtranspose-same": Cause(
        "a transposed convolution is cropped at the other side", "convtranspose-same"
    ),
    # Upsampling
    "upsampling-mode": Cause("another interpolation", "upsampling-mode"),
    "align-corners": Cause("the corners are aligned", "upsampling-bilinear"),
    "resize-kernels": Cause("another kernel of interpolation", "resize-kernels"),
    # Normalisation
    "bn-epsilon": Cause("another epsilon in the normalisation", "bn-momentum-epsilon"),
    "bn-momentum": Cause("the momentum has the other meaning", "bn-momentum-epsilon"),
    "bn-moving-variance": Cause("the moving variance is unbiased", "bn-moving-variance"),
    "bn-training": Cause("normalised by the batch's own statistics", "train-flag"),
    "bn-frozen": Cause("normalised by the moving statistics in training", "train-flag"),
    "bn-axis": Cause("normalised along another axis", "axis-defaults"),
    "layernorm-epsilon": Cause("another epsilon in the normalisation", "layernorm-epsilon"),
    "variance-unbiased": Cause("the variance is unbiased"),
    "layernorm-axes": Cause("normalised over other axes", "layernorm-epsilon"),
    "norm-kind": Cause("a normalisation of another kind"),
    "unit-vectors": Cause("the vectors of a product are not of length one"),
    "norm-affine": Cause("the normalisation has no scale and offset"),
    "norm-first": Cause("normalised on the other side of an addition"),
    "groupnorm-groups": Cause("another number of groups"),
    # Recurrent layers
    "gru-reset-after": Cause("the reset gate stands after the product", "gru-reset-after"),
    "rnn-activations": Cause("another activation of the gates", "rnn-activations"),
    "rnn-gate": Cause("a gate keeps what it should let through"),
    "rnn-layout": Cause("batch and time change places", "rnn-layout"),
    "rnn-last-step": Cause("another time step is returned", "rnn-layout"),
    "rnn-state": Cause("another state is returned"),
    "rnn-state-lost": Cause("the steps of a loop do not hand on their state"),
    "rnn-initial-state": Cause("another state to begin with"),
    "rnn-backwards": Cause("the sequence is read in the other direction"),
    "bidirectional-last": Cause(
        "the backward half is taken at its first step", "bidirectional-last"
    ),
    "bidirectional-flip": Cause("the backward half is not turned back", "bidirectional-last"),
    "rnn-dropout": Cause("inputs of the recurrent layer are not dropped", "rnn-dropout"),
    "mask-zero": Cause("masked steps are not skipped", "mask-zero"),
    # Attention
    "mha-mask": Cause("the mask has the other meaning", "mha-mask"),
    "mha-mask-missing": Cause("the mask is not applied", "mha-causal-mask"),
    "mha-mask-replaced": Cause("another mask", "mha-causal-mask"),
    "mha-mask-extra": Cause("a mask that Keras has not", "mha-mask"),
    "mha-order": Cause("key and value change places", "mha-order-dims"),
    "mha-batch-first": Cause("batch and time change places", "mha-order-dims"),
    "mha-key-dim": Cause("heads of another number or width", "mha-order-dims"),
    "mha-scale": Cause("the scores are scaled otherwise", "attention-scale"),
    # Activations
    "activation-replaced": Cause("another activation"),
    "activation-missing": Cause("the activation is missing"),
    "activation-extra": Cause("an activation that Keras has not"),
    "activation-place": Cause("activation and normalisation change places"),
    "gelu-approximate": Cause("GELU is exact on one side, tanh's on the other", "gelu-approximate"),
    "leaky-relu-slope": Cause("another slope of the leaky ReLU", "leaky-relu-slope"),
    "prelu-shape": Cause("slopes of a PReLU are shared along other axes", "prelu-shape"),
    "elu-alpha": Cause("another alpha", "activation-controls"),
    "hard-sigmoid": Cause("another definition of hard_sigmoid", "hard-sigmoid"),
    "softmax-missing": Cause("the output is not softmaxed"),
    "double-softmax": Cause("softmax is applied twice", "double-softmax"),
    "log-softmax": Cause("log_softmax in place of softmax"),
    # Inputs
    "input-scaling": Cause("inputs are scaled otherwise", "normalize-ae-targets"),
    "crop-or-padding": Cause("images are cropped or padded otherwise"),
    "resize-interpolation": Cause("images are resized by another interpolation"),
    "resize-antialias": Cause("one side antialiases what it makes smaller"),
    "input-rounding": Cause("one side rounds resized images to whole levels"),
    "input-normalisation": Cause("inputs are shifted and scaled", "normalize-ae-targets"),
    "channel-order": Cause("colour channels stand in the other order (RGB, BGR)"),
    "output-scaling": Cause("the output is scaled or shifted"),
    # Training left on, or lost
    "dropout-left-on": Cause("dropout is active at inference", "functional-dropout"),
    "noise-left-on": Cause("noise is added at inference", "gaussian-noise"),
    "dropout-rate": Cause("another dropout rate", "dropout-scaling"),
    "dropout-scaling": Cause("kept values are not scaled up in training", "dropout-scaling"),
    "dropout-kind": Cause("values are dropped, or multiplied by noise"),
    "dropout-axes": Cause("whole maps are dropped, or single values", "spatial-dropout"),
    "noise-sd": Cause("noise of another standard deviation", "gaussian-noise"),
    # Layers
    "layer-missing": Cause("a layer is missing"),
    "layer-inputs": Cause("a layer takes another number of features"),
    "layer-width": Cause("a layer gives another number of features"),
    "layer-extra": Cause("a layer that Keras has not"),
    "function-replaced": Cause("another function"),
    "bias-missing": Cause("the bias is not added"),
    "outside-torch": Cause("a value is changed outside of torch"),
    "dtype": Cause("computed in a narrower float type", "input-dtype"),
    "out-of-range": Cause("numbers leave the range of float32"),
    "low-precision-rounding": Cause("computed in low precision, and float32 rounds less by far"),
    "low-precision-range": Cause("numbers leave the range of a low precision"),
    "low-precision-epsilon": Cause("an epsilon is zero in a low precision"),
    # Loss and optimizer
    "loss-reduction": Cause("the loss is reduced otherwise", "loss-reduction"),
    "loss-logits": Cause("logits and probabilities are confused", "double-softmax"),
    "loss-clip": Cause("probabilities are clipped otherwise", "bce-clip"),
    "targets-shifted": Cause("the targets are others"),
    "targets-exchanged": Cause("two classes take each other's place in the targets"),
    "loss-broadcast": Cause(
        "targets and predictions of other shapes are broadcast", "mse-broadcast"
    ),
    "loss-setting": Cause("another setting of the loss", "loss-controls"),
    "loss-weights": Cause("the losses of several outputs are weighed otherwise"),
    "loss-term": Cause("a term of the loss is on one side alone"),
    "label-smoothing": Cause("labels are smoothed otherwise", "loss-controls"),
    "sample-weights": Cause("samples or classes are weighed otherwise", "class-weight"),
    "penalty-lost": Cause("Keras's regularisers are not in the loss"),
    "penalty-factor": Cause("a penalty of another size"),
    "penalty-weights": Cause("other weights are penalised, too"),
    "penalty-norm": Cause("a norm stands where Keras has its square"),
    "loss-replaced": Cause("another loss"),
    "eval-left-on": Cause("the port trains in evaluation mode", "train-flag"),
    "train-left-on": Cause(
        "the port trains in training mode, Keras in that of inference", "train-flag"
    ),
    "frozen": Cause("what Keras trains has no gradient in the port"),
    "detached": Cause("a part of the port is cut out of the graph"),
    "trained-extra": Cause("the port trains what Keras does not", "freeze-after-compile"),
    "not-optimized": Cause("no optimizer of the port's moves what Keras's moves"),
    "last-batch": Cause("the port makes no step for some of the batches"),
    "accumulation": Cause("gradients of batches are added up otherwise", "grad-accumulation"),
    "embedding-squares": Cause(
        "an optimizer sees the occurrences of a row together", "embedding-repeated-rows"
    ),
    "zero-grad": Cause("gradients of earlier steps are added", "train-flag"),
    "zero-grad-late": Cause("gradients are gone before the optimizer makes its step"),
    "gradient-hook": Cause("a hook changes gradients"),
    "max-norm-lost": Cause("weights are not held to Keras's constraint"),
    "max-norm-axis": Cause("weights are held to a constraint along another axis"),
    "max-norm-epsilon": Cause("weights are held to a constraint by another formula"),
    "schedule-lost": Cause("the learning rate stays as it is, where Keras's changes"),
    "schedule-offset": Cause("the schedule of the learning rate is a step off"),
    "schedule-interval": Cause("the schedule counts epochs on one side, steps on the other"),
    "schedule": Cause("another schedule of the learning rate"),
    "optimizer-replaced": Cause("another optimizer"),
    "optimizer-update": Cause("the optimizer makes another update"),
    "learning-rate": Cause("another learning rate"),
    "adam-epsilon": Cause("epsilon is another, or stands elsewhere", "adam-epsilon"),
    "optimizer-betas": Cause("other betas or momentum", "sgd-momentum"),
    "optimizer-setting": Cause("another setting of the optimizer"),
    "amsgrad": Cause("the largest second moment is kept on one side alone"),
    "sgd-nesterov": Cause("Nesterov's momentum on one side alone", "sgd-nesterov"),
    "sgd-momentum": Cause("the learning rate stands outside the momentum", "sgd-momentum"),
    "rmsprop-epsilon": Cause("epsilon is another, or stands outside the root", "rmsprop-epsilon"),
    "adagrad-defaults": Cause("epsilon or the first accumulator is another", "adagrad-defaults"),
    "weights-averaged": Cause("weights are averaged over steps otherwise"),
    "clipnorm": Cause("gradients are clipped otherwise", "clipnorm"),
    "weight-decay": Cause("weight decay is added to the gradient", "weight-decay-argument"),
}
