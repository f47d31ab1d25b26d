"""torchvision's models of the same names, with random weights."""

from typing import Any

import torch
from torch import nn
from torchvision import models


def vgg16() -> nn.Module:
    return models.vgg16()


vgg16_softmax = vgg16


def mobilenet_v2() -> nn.Module:
    return models.mobilenet_v2()


def mobilenet_v3_large() -> nn.Module:
    return models.mobilenet_v3_large()


def resnet50() -> nn.Module:
    return models.resnet50()


def resnet50_as_keras() -> nn.Module:
    """With what Keras's has otherwise: biases, another epsilon, a softmax, and strides in the first
    convolution of a block."""
    model = models.resnet50()
    for place, module in [*model.named_modules()]:
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1.001e-5
        elif isinstance(module, nn.Conv2d):
            module.bias = nn.Parameter(torch.zeros(module.out_channels))
        elif place in ("layer2.0", "layer3.0", "layer4.0"):
            block: Any = module
            block.conv1.stride, block.conv2.stride = (2, 2), (1, 1)
    return nn.Sequential(model, nn.Softmax(dim=1))


def densenet121() -> nn.Module:
    return models.densenet121()


def inception_v3() -> nn.Module:
    return models.inception_v3(aux_logits=False, init_weights=False)


def efficientnet_b0() -> nn.Module:
    return models.efficientnet_b0()


def convnext_tiny() -> nn.Module:
    return models.convnext_tiny()
