"""Padding, pooling, strides and interpolation."""

from parity.selftest.mistakes.mutation_site import Mistake, MutationSite
from parity.selftest.shapes import Pads, each, pads, windows
from parity.selftest.spec import Node, Spec

CONVOLUTIONS = ("conv1d", "conv2d", "depthwise", "separable")
OTHER_POOL = {
    "max_pool": "avg_pool",
    "avg_pool": "max_pool",
    "global_avg_pool": "global_max_pool",
    "global_max_pool": "global_avg_pool",
}


def _uneven(wanted: Pads) -> bool:
    return any(before != after for before, after in wanted)


def _strided(site: MutationSite) -> bool:
    return max(windows(site.node, site.shape)[1]) > 1


def other_side(site: MutationSite) -> Spec | None:
    """What Keras pads behind stands in front."""
    wanted = pads(site.node, site.shape)
    if site.node.get("padding") != "same" or not _uneven(wanted):
        return None
    return site.but(pads=tuple((after, before) for before, after in wanted))


def shifted_under_stride(site: MutationSite) -> Spec | None:
    return other_side(site) if _strided(site) else None


def shifted(site: MutationSite) -> Spec | None:
    return None if _strided(site) else other_side(site)


def half_kernel(site: MutationSite) -> Spec | None:
    """padding=k // 2 on both sides, under a stride."""
    kernel, _, dilation = windows(site.node, site.shape)
    half = tuple(((k - 1) * d + 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    wanted = tuple((n, n) for n in half)
    is_same = site.node.get("padding") == "same" and _strided(site)
    return site.but(pads=wanted) if is_same and wanted != pads(site.node, site.shape) else None


def not_padded(site: MutationSite) -> Spec | None:
    if not any(map(any, pads(site.node, site.shape))):
        return None
    return site.but(padding="valid")


def border_dropped(site: MutationSite) -> Spec | None:
    """What ceil_mode would keep."""
    strides = windows(site.node, site.shape)[1]
    kept = all(
        before == 0 and after < stride
        for (before, after), stride in zip(pads(site.node, site.shape), strides, strict=True)
    )
    return not_padded(site) if kept else None


def pool_not_padded(site: MutationSite) -> Spec | None:
    return None if border_dropped(site) else not_padded(site)


def padded(site: MutationSite) -> Spec | None:
    kernel, _, _ = windows(site.node, site.shape)
    if site.node.get("padding", "valid") != "valid" or max(kernel) == 1:
        return None
    return site.but(padding="same") if any(map(any, pads(_same(site), site.shape))) else None


def _same(site: MutationSite) -> Node:
    return site.node.but(padding="same")


def repeated(site: MutationSite) -> Spec | None:
    """The border is repeated, where Keras pads with zeros."""
    is_padded = any(map(any, pads(site.node, site.shape)))
    return site.but(padding_mode="replicate") if is_padded else None


def other_window(site: MutationSite) -> Spec | None:
    """At the same places."""
    kernel, strides, _ = windows(site.node, site.shape)
    return site.but(size=tuple(k + 1 if k < 3 else k - 1 for k in kernel), strides=strides)


def both_sides(site: MutationSite) -> Spec | None:
    if site.node.get("padding") != "causal" or not any(map(any, pads(site.node, site.shape))):
        return None
    return site.but(padding="same")


def zeros(site: MutationSite) -> Spec | None:
    is_padded = any(map(any, pads(site.node, site.shape)))
    return site.but(pad_value=0) if is_padded else None


def counted(site: MutationSite) -> Spec | None:
    is_padded = any(map(any, pads(site.node, site.shape)))
    return site.but(count_padding=True) if is_padded else None


def other_pool(site: MutationSite) -> Spec | None:
    node = site.node
    return site.spec.having(
        type(node)(node.name, OTHER_POOL[node.kind], node.inputs, node.settings)
    )


def other_stride(site: MutationSite) -> Spec | None:
    strides = windows(site.node, site.shape)[1]
    other = strides[::-1] if len(set(strides)) > 1 else tuple(3 - min(s, 2) for s in strides)
    if site.node.kind == "depthwise" and len(set(strides)) > 1:
        return None
    return site.but(strides=other)


def other_dilation(site: MutationSite) -> Spec | None:
    kernel, strides, dilation = windows(site.node, site.shape)
    if max(kernel) == 1 or max(strides) > 1:
        return None
    return site.but(dilation=tuple(2 if d == 1 else 1 for d in dilation))


def naive_crop(site: MutationSite) -> Spec | None:
    """padding and output_padding that give the right size, one pixel off."""
    kernel, strides, _ = windows(site.node, site.shape)
    over = [k - s for k, s in zip(kernel, strides, strict=True)]
    odd = [s > 1 for n, s in zip(over, strides, strict=True) if n % 2]
    if site.node.get("padding") != "same" or min(over) < 0 or not odd or not all(odd):
        return None
    return site.but(crop="naive")


def other_amounts(site: MutationSite) -> Spec | None:
    amounts = site.node.settings["amounts"]
    turned = tuple((after, before) for before, after in amounts)
    return site.but(amounts=turned) if turned != amounts else None


def other_axes(site: MutationSite) -> Spec | None:
    amounts = site.node.settings["amounts"]
    return site.but(amounts=amounts[::-1]) if amounts[::-1] != amounts else None


def other_interpolation(site: MutationSite) -> Spec | None:
    node, shape = site.node, site.shape
    if len(shape) != 3 or (node.kind == "upsample" and max(each(node.settings["size"], 2)) == 1):
        return None
    default = "nearest" if node.kind == "upsample" else "bilinear"
    is_nearest = node.get("interpolation", default) == "nearest"
    return site.but(interpolation="bilinear" if is_nearest else "nearest")


def aligned_corners(site: MutationSite) -> Spec | None:
    if site.node.get("interpolation") != "bilinear" or max(each(site.node.settings["size"], 2)) < 2:
        return None
    return site.but(align_corners=True)


def floored(site: MutationSite) -> Spec | None:
    if site.node.get("interpolation") != "nearest":
        return None
    sizes = zip(site.shape, site.node.settings["size"], strict=False)
    moved = any(any(int((i + 0.5) * n / m) != i * n // m for i in range(m)) for n, m in sizes)
    return site.but(floor=True) if moved else None


MISTAKES = {
    "padding shifted under stride": Mistake("conv-same-stride", CONVOLUTIONS, shifted_under_stride),
    "half the kernel under stride": Mistake("conv-same-stride", CONVOLUTIONS, half_kernel),
    "padding of an even kernel shifted": Mistake("padding-amount", CONVOLUTIONS, shifted),
    "padding missing": Mistake("padding-amount", ("conv1d", "conv2d"), not_padded),
    "padding extra": Mistake("padding-amount", ("conv1d", "conv2d"), padded),
    "causal padding on both sides": Mistake("causal-padding", ("conv1d",), both_sides),
    "padding of repeated values": Mistake("padding-mode", ("conv1d", "conv2d"), repeated),
    "window of pooling": Mistake("pool-size", ("max_pool", "avg_pool"), other_window),
    "pooling drops the border": Mistake("maxpool-same-odd", ("max_pool",), border_dropped),
    "pooling is not padded": Mistake("maxpool-same-general", ("max_pool",), pool_not_padded),
    "pooling pads on the other side": Mistake("maxpool-same-general", ("max_pool",), other_side),
    "zeros in the padding": Mistake("maxpool-zero-padding", ("max_pool",), zeros),
    "padding counted": Mistake("avgpool-same", ("avg_pool",), counted),
    "maximum for average": Mistake("pool-kind", tuple(OTHER_POOL), other_pool),
    "stride": Mistake("stride", ("conv1d", "conv2d", "depthwise"), other_stride),
    "dilation": Mistake("dilation", CONVOLUTIONS, other_dilation),
    "transposed convolution shifted": Mistake(
        "convtranspose-same", ("conv_transpose",), naive_crop
    ),
    "padding before for after": Mistake("zeropadding-order", ("zero_pad",), other_amounts),
    "padding of the other axis": Mistake("zeropadding-order", ("zero_pad",), other_axes),
    "cropping before for after": Mistake("cropping-order", ("crop",), other_amounts),
    "interpolation": Mistake("upsampling-mode", ("upsample", "resize"), other_interpolation),
    "corners aligned": Mistake("align-corners", ("upsample",), aligned_corners),
    "nearest rounds down": Mistake("resize-kernels", ("resize",), floored),
}
