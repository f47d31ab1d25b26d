"""keras.applications, with random weights."""

from typing import Any

from keras import applications


def vgg16() -> Any:
    """With its classifier's logits, as torchvision gives them."""
    return applications.VGG16(weights=None, classifier_activation=None)


def vgg16_softmax() -> Any:
    return applications.VGG16(weights=None)


def mobilenet_v2() -> Any:
    return applications.MobileNetV2(weights=None)


def mobilenet_v3_large() -> Any:
    return applications.MobileNetV3Large(weights=None)


def resnet50() -> Any:
    return applications.ResNet50(weights=None)


def densenet121() -> Any:
    return applications.DenseNet121(weights=None)


def inception_v3() -> Any:
    return applications.InceptionV3(weights=None)


def efficientnet_b0() -> Any:
    return applications.EfficientNetB0(weights=None)


def convnext_tiny() -> Any:
    return applications.ConvNeXtTiny(weights=None)
