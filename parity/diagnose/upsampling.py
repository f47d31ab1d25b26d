"""Upsampling and resizing: the kernel of interpolation, and where its points stand."""

from collections.abc import Iterator
from typing import Any

from parity.diagnose import reading
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.mapping.rules.operations import KERAS
from parity.records.comparison import Step
from parity.records.interventions import Change

STEPS = ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d", "interpolate", "upsample")
OTHERS = ("repeat_interleave", "repeat", *sorted(reading.TRANSPOSED))
# What a function of a person's own, or an operation, may do: its settings tell nothing.
TRIED: tuple[dict[str, Any], ...] = (
    {"mode": "bilinear", "align_corners": False},
    {"mode": "nearest-exact", "align_corners": None},
    {"mode": "nearest", "align_corners": None},
    {"mode": "bilinear", "align_corners": True},
    {"mode": "bilinear", "align_corners": False, "antialias": True},
    {"mode": "bicubic", "align_corners": False, "antialias": True},
    {"mode": "bicubic", "align_corners": False},
    {"mode": "bicubic", "align_corners": True},
    {"mode": "area", "align_corners": None},
)
_FLAT = ("linear", "bilinear", "trilinear")


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    kind = reading.layer(case).kind
    found = reading.of(case, (*STEPS, *OTHERS))
    if kind.startswith("UpSampling") or kind == "Resizing":
        wanted = [_of_keras(case)]
    elif not any(_may_resize(step) for step in case.keras):
        return
    else:
        found = reading.of(case, STEPS)
        rank = len(found[0].shape) if found else 0
        wanted = [one | {"mode": _of_rank(one["mode"], rank)} for one in TRIED]
    if not found:
        return
    first, *rest = found
    present = _of_port(first)
    size = _size(case, first)
    for one in wanted:
        if one == present or (one.get("antialias") and len(size) != 2):
            continue
        yield Hypothesis(
            _cause(one, present),
            f"{_shown(present)} in the port, {_shown(one)} in Keras's terms",
            f"F.interpolate(x, {size}, {_shown(one)})",
            (
                Change(first.name, "call", "interpolate", one | {"size": list(size)}),
                *(reading.left_out(step) for step in rest),
            ),
        )


def _may_resize(step: Step) -> bool:
    """Is this a layer that resizes, or one of which nothing is known?"""
    is_known = step.kind in KERAS or bool(step.variables)
    return step.kind.startswith(("UpSampling", "Resiz")) or not is_known


def as_keras(case: Case) -> str:
    """Keras's layer as a call of torch's."""
    size = tuple(reading.layer(case).shape[axis] for axis in reading.spatial(case))
    return f"F.interpolate(x, {size}, {_shown(_of_keras(case))})"


def _size(case: Case, step: Step) -> tuple[int, ...]:
    """Keras's own, where its settings tell which axes are resized; else that of the port."""
    kind = reading.layer(case).kind
    if kind.startswith("UpSampling") or kind == "Resizing":
        return tuple(reading.layer(case).shape[axis] for axis in reading.spatial(case))
    return step.shape[2:]


def _of_rank(mode: str, rank: int) -> str:
    return _FLAT[rank - 3] if mode == "bilinear" and 3 <= rank <= 5 else mode


def _of_keras(case: Case) -> dict[str, Any]:
    """Settings of F.interpolate. torch's bicubic kernel is Keras's under antialias alone."""
    config = reading.config(case)
    name = config.get("interpolation", "nearest")
    if name == "nearest":
        is_resizing = reading.layer(case).kind == "Resizing"
        return {"mode": "nearest-exact" if is_resizing else "nearest", "align_corners": None}
    if name == "bicubic" or config.get("antialias"):
        return {"mode": name, "align_corners": False, "antialias": True}
    flat = {"bilinear": _FLAT[len(reading.spatial(case)) - 1]}
    return {"mode": flat.get(name, name), "align_corners": False}


def _of_port(step: Step) -> dict[str, Any]:
    if step.kind in OTHERS:
        return {"mode": step.kind, "align_corners": None}
    given = step.settings
    mode = given.get("mode", "nearest")
    corners = given.get("align_corners")
    found = {"mode": mode, "align_corners": corners if "nearest" in mode else bool(corners)}
    return found | ({"antialias": True} if given.get("antialias") else {})


def _cause(wanted: dict[str, Any], present: dict[str, Any]) -> str:
    if present["mode"] == wanted["mode"]:
        aligned = present["align_corners"] != wanted["align_corners"]
        return "align-corners" if aligned else "resize-kernels"
    if {present["mode"], wanted["mode"]} == {"nearest", "nearest-exact"}:
        return "resize-kernels"
    return "upsampling-mode"


def _shown(settings: dict[str, Any]) -> str:
    return ", ".join(f"{n}={v!r}" for n, v in settings.items() if v is not None)
