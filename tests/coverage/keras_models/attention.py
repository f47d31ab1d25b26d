"""Attention."""

from typing import Any

import keras
from keras import layers


def multi_head_attention() -> Any:
    x = keras.Input((5, 8), name="x")
    return keras.Model(x, layers.MultiHeadAttention(2, 4, name="attention")(x, x))


def multi_head_attention_causal() -> Any:
    x = keras.Input((5, 12), name="x")
    attention = layers.MultiHeadAttention(3, 4, use_bias=False, name="attention")
    return keras.Model(x, layers.Add(name="add")([x, attention(x, x, use_causal_mask=True)]))


def multi_head_attention_cross() -> Any:
    x, memory = keras.Input((5, 8), name="x"), keras.Input((7, 5), name="memory")
    return keras.Model([x, memory], layers.MultiHeadAttention(2, 4, name="attention")(x, memory))


def multi_head_attention_linears() -> Any:
    x = keras.Input((5, 6), name="x")
    attention = layers.MultiHeadAttention(2, 4, name="attention")
    return keras.Model(x, attention(x, x))
