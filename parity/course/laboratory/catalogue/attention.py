"""Attention: the order of the arguments, the width of a head, and what True means in a mask."""

import numpy as np

from parity.course.laboratory.experiment import Experiment
from parity.course.laboratory.measure import times


class AttentionOrder(Experiment):
    """Query, key and value by position."""

    id = "mha-order-dims"
    keras_does = "MultiHeadAttention is called with (query, value, key); key may be left out."
    torch_does = "MultiheadAttention is called with (query, key, value)."
    naive_error = (
        "Copied by position, key and value change places: shapes fit, and nothing is reported. "
        "In self-attention it makes no difference, so that a test of an encoder shows nothing."
    )
    faithful_line = "mha(query, key, value), or all three by name"
    source = (
        "keras.io/api/layers/attention_layers/multi_head_attention",
        "docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html",
    )
    note = "Keras keeps a kernel (width, heads, key_dim) for each; torch stacks all three by rows."
    apart = 0.3

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {
            "query": normal(4, 5, 8),
            "key": normal(4, 6, 8),
            "value": normal(4, 6, 8),
            "kernels": normal(3, 8, 8),  # of query, key and value
            "output": normal(8, 8),
        }

    def in_keras(keras, query, key, value, kernels, output):
        mha = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4, use_bias=False)
        mha.build(query.shape, value.shape, key.shape)
        mha.set_weights([*kernels.reshape(3, 8, 2, 4), output.reshape(2, 4, 8)])
        return mha(query, value, key)

    def naive(torch, query, key, value, kernels, output):
        """mha(query, value, key)"""
        mha = torch.nn.MultiheadAttention(8, num_heads=2, bias=False, batch_first=True)
        mha.in_proj_weight.data = torch.cat([kernel.T for kernel in kernels])
        mha.out_proj.weight.data = output.T
        return mha(query, value, key)[0]

    def faithful(torch, query, key, value, kernels, output):
        """mha(query, key, value)"""
        mha = torch.nn.MultiheadAttention(8, num_heads=2, bias=False, batch_first=True)
        mha.in_proj_weight.data = torch.cat([kernel.T for kernel in kernels])
        mha.out_proj.weight.data = output.T
        return mha(query, key, value)[0]


class AttentionHeadWidth(Experiment):
    """The width of a head."""

    id = "mha-key-dim"
    keras_does = "key_dim is the width of one head; heads times key_dim may be any number."
    torch_does = "embed_dim is the width of all heads together, and of the input."
    naive_error = (
        "Whoever takes key_dim for the whole builds a Keras layer as many times as wide as there "
        "are heads; a port with embed_dim equal to the input's width has fewer parameters and "
        "trains without complaint."
    )
    faithful_line = (
        "nn.MultiheadAttention(width, heads) where heads * key_dim == width; else four nn.Linear "
        "and F.scaled_dot_product_attention"
    )
    source = (
        "keras.io/api/layers/attention_layers/multi_head_attention",
        "docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html",
    )
    note = "The figure is the number of parameters."
    measure = staticmethod(times)
    apart, close = 0.5, 0.0

    def given(rng):
        return {"x": rng.normal(size=(4, 5, 8)).astype("float32")}

    def in_keras(keras, x):
        """The number of parameters."""
        mha = keras.layers.MultiHeadAttention(num_heads=2, key_dim=8)
        mha(x, x)
        return mha.count_params()

    def naive(torch, x):
        """nn.MultiheadAttention(8, num_heads=2)"""
        mha = torch.nn.MultiheadAttention(8, num_heads=2)
        return sum(p.numel() for p in mha.parameters())

    def faithful(torch, x):
        """nn.Linear(8, 2 * 8) three times, nn.Linear(2 * 8, 8)"""
        layers = [torch.nn.Linear(8, 2 * 8) for _ in ("query", "key", "value")]
        mha = torch.nn.ModuleList([*layers, torch.nn.Linear(2 * 8, 8)])
        return sum(p.numel() for p in mha.parameters())


class AttentionMask(Experiment):
    """What True means in an attention mask."""

    id = "mha-mask"
    keras_does = "attention_mask: True where a query may look."
    torch_does = (
        "attn_mask and key_padding_mask of MultiheadAttention: True where it may not. In "
        "F.scaled_dot_product_attention True means that it may, as in Keras."
    )
    naive_error = "Every query looks exactly where it should not, and shapes fit."
    faithful_line = "mha(query, key, value, attn_mask=~mask)"
    source = (
        "keras.io/api/layers/attention_layers/multi_head_attention",
        "docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html",
        "github.com/pytorch/pytorch/issues/120668",
    )
    note = "An inverted mask that leaves a query nothing to look at gives NaN: see mha-causal-mask."
    apart = 0.3

    def given(rng):
        """A step sees itself and its neighbours."""

        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        distance = abs(np.subtract.outer(np.arange(6), np.arange(6)))
        return {
            "x": normal(4, 6, 8),
            "mask": distance <= 1,
            "kernels": normal(3, 8, 8),  # of query, key and value
            "output": normal(8, 8),
        }

    def in_keras(keras, x, mask, kernels, output):
        mha = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4, use_bias=False)
        mha.build(x.shape, x.shape)
        mha.set_weights([*kernels.reshape(3, 8, 2, 4), output.reshape(2, 4, 8)])
        return mha(x, x, attention_mask=mask[None])

    def naive(torch, x, mask, kernels, output):
        """mha(x, x, x, attn_mask=mask)"""
        mha = torch.nn.MultiheadAttention(8, num_heads=2, bias=False, batch_first=True)
        mha.in_proj_weight.data = torch.cat([kernel.T for kernel in kernels])
        mha.out_proj.weight.data = output.T
        return mha(x, x, x, attn_mask=mask)[0]

    def faithful(torch, x, mask, kernels, output):
        """mha(x, x, x, attn_mask=~mask)"""
        mha = torch.nn.MultiheadAttention(8, num_heads=2, bias=False, batch_first=True)
        mha.in_proj_weight.data = torch.cat([kernel.T for kernel in kernels])
        mha.out_proj.weight.data = output.T
        return mha(x, x, x, attn_mask=~mask)[0]

    def faithful_function(torch, x, mask, kernels, output):
        """F.scaled_dot_product_attention(q, k, v, attn_mask=mask)"""
        heads = (x @ kernel for kernel in kernels)  # (4, 6, 8) each
        q, k, v = (each.unflatten(-1, (2, 4)).transpose(1, 2) for each in heads)
        seen = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return seen.transpose(1, 2).flatten(-2) @ output


class CausalMask(Experiment):
    """A causal mask."""

    id = "mha-causal-mask"
    keras_does = "use_causal_mask=True lets every step look at itself and at those before it."
    torch_does = (
        "MultiheadAttention wants a mask, True (or minus infinity) above the diagonal; "
        "is_causal=True is only a hint about that mask, and raises an error without it."
    )
    naive_error = (
        "A lower triangle, as it is written for Keras, blocks every step from itself and its "
        "past. The last step sees nothing, and is NaN; the others look ahead, which is what a "
        "causal mask is there to prevent."
    )
    faithful_line = "mha(x, x, x, attn_mask=torch.ones(T, T, dtype=torch.bool).triu(1))"
    source = (
        "keras.io/api/layers/attention_layers/multi_head_attention",
        "docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html",
    )
    apart = 0.3

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {"x": normal(4, 6, 8), "kernels": normal(3, 8, 8), "output": normal(8, 8)}

    def in_keras(keras, x, kernels, output):
        mha = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4, use_bias=False)
        mha.build(x.shape, x.shape)
        mha.set_weights([*kernels.reshape(3, 8, 2, 4), output.reshape(2, 4, 8)])
        return mha(x, x, use_causal_mask=True)

    def naive(torch, x, kernels, output):
        """attn_mask=torch.ones(6, 6, dtype=torch.bool).tril()"""
        mha = torch.nn.MultiheadAttention(8, num_heads=2, bias=False, batch_first=True)
        mha.in_proj_weight.data = torch.cat([kernel.T for kernel in kernels])
        mha.out_proj.weight.data = output.T
        return mha(x, x, x, attn_mask=torch.ones(6, 6, dtype=torch.bool).tril())[0]

    def naive_hint(torch, x, kernels, output):
        """is_causal=True"""
        mha = torch.nn.MultiheadAttention(8, num_heads=2, bias=False, batch_first=True)
        return mha(x, x, x, is_causal=True)[0]

    def faithful(torch, x, kernels, output):
        """attn_mask=torch.ones(6, 6, dtype=torch.bool).triu(1)"""
        mha = torch.nn.MultiheadAttention(8, num_heads=2, bias=False, batch_first=True)
        mha.in_proj_weight.data = torch.cat([kernel.T for kernel in kernels])
        mha.out_proj.weight.data = output.T
        return mha(x, x, x, attn_mask=torch.ones(6, 6, dtype=torch.bool).triu(1))[0]


class AttentionScale(Experiment):
    """Whether scores are scaled."""

    id = "attention-scale"
    keras_does = (
        "layers.Attention does not scale its scores (score_mode='dot', use_scale=False), and "
        "takes [query, value, key]. MultiHeadAttention does, by 1 / sqrt(key_dim)."
    )
    torch_does = "F.scaled_dot_product_attention scales by 1 / sqrt(width) unless told otherwise."
    naive_error = "Attention is flatter in the port than in Keras: the wider, the more."
    faithful_line = "F.scaled_dot_product_attention(query, key, value, scale=1.0)"
    source = (
        "keras.io/api/layers/attention_layers/attention",
        "docs.pytorch.org/docs/stable/generated/"
        "torch.nn.functional.scaled_dot_product_attention.html",
    )
    apart = 0.1

    def given(rng):
        def normal(*shape):
            return rng.normal(size=shape).astype("float32")

        return {"query": normal(4, 5, 8), "key": normal(4, 6, 8), "value": normal(4, 6, 8)}

    def in_keras(keras, query, key, value):
        return keras.layers.Attention()([query, value, key])

    def naive(torch, query, key, value):
        """F.scaled_dot_product_attention(query, key, value)"""
        return torch.nn.functional.scaled_dot_product_attention(query, key, value)

    def faithful(torch, query, key, value):
        """F.scaled_dot_product_attention(query, key, value, scale=1.0)"""
        return torch.nn.functional.scaled_dot_product_attention(query, key, value, scale=1.0)
