"""torchvision's models of the same names, with random weights."""

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


def densenet121() -> nn.Module:
    return models.densenet121()


def inception_v3() -> nn.Module:
    return models.inception_v3(aux_logits=False, init_weights=False)


def efficientnet_b0() -> nn.Module:
    return models.efficientnet_b0()


def convnext_tiny() -> nn.Module:
    return models.convnext_tiny()
