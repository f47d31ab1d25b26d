"""What answers a Keras layer in PyTorch, and where its weights go: one file a family of layers."""

from parity.mapping.rules import (
    activation,
    attention,
    convolution,
    dense,
    embedding,
    normalisation,
    operations,
    recurrent,
)
from parity.mapping.rules.registry import RULES, Context, Place, Places, Rule, find, rule

__all__ = [
    "RULES",
    "Context",
    "Place",
    "Places",
    "Rule",
    "activation",
    "attention",
    "convolution",
    "dense",
    "embedding",
    "find",
    "normalisation",
    "operations",
    "recurrent",
    "rule",
]
