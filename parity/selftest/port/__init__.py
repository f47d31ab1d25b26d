"""PyTorch source of a Spec, as a good engineer ports it by hand; and where the weights go.

A Spec for the port may have what Keras has not; each is a mistake, or a way to write it:

    pads          ((before, after), ...) of a convolution or pooling, in place of Keras's padding
    padding_mode  of a convolution, in place of zeros
    pad_value     0: zeros are what max pooling sees in the padding
    count_padding padding is counted in the average
    crop          "naive": a transposed convolution with padding and output_padding
    align_corners, floor (resize)    of an interpolation
    order         "torch": reshape and flatten read channels first
    raw           a dense layer on the last axis of (N, C, H, W)
    train         batch normalisation by the batch's own statistics, in evaluation too
    biased        batch normalisation whose moving variance is Keras's
    active        dropout or noise, in evaluation too
    scaled        False: dropout that does not scale up what it keeps
    take          "first": the first time step; "last" (bidirectional): the last of both halves;
                  "output": from the output of all steps, "state": from the last state
    batch_first   False: a recurrent layer that takes the batch for time
    scale         of attention scores; exchange: key and value change places
    mask          "inverted" or "missing", of causal attention
    unbiased      a dense layer that does not add its bias
    one_slope     a PReLU with one slope for all channels

and the kinds `cast` (dtype) and `flip_channels`.
"""

from parity.selftest.port.kinds import write
from parity.selftest.port.writer import Place, Port

__all__ = ["Place", "Port", "write"]
