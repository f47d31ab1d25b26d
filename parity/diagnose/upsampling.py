"""Upsampling and resizing: the kernel of interpolation, and where its points stand."""

from collections.abc import Iterator
from typing import Any

from parity.diagnose import reading
from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

STEPS = ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d", "interpolate", "upsample")
OTHERS = ("repeat_interleave", "repeat", *sorted(reading.TRANSPOSED))


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    kind = reading.layer(case).kind
    found = reading.of(case, (*STEPS, *OTHERS))
    if not found or not (kind.startswith("UpSampling") or kind == "Resizing"):
        return
    first, *rest = found
    wanted, present = _of_keras(case), _of_port(first)
    if present == wanted:
        return
    value = wanted | {"size": [reading.layer(case).shape[axis] for axis in reading.spatial(case)]}
    yield Hypothesis(
        _cause(wanted, present),
        f"{_shown(present)} in the port, {_shown(wanted)} in Keras's terms",
        f"F.interpolate(x, size={tuple(value['size'])}, {_shown(wanted)})",
        (
            Change(first.name, "call", "interpolate", value),
            *(reading.left_out(step) for step in rest),
        ),
    )


def _of_keras(case: Case) -> dict[str, Any]:
    """Settings of F.interpolate. torch's bicubic kernel is Keras's under antialias alone."""
    config = reading.config(case)
    name = config.get("interpolation", "nearest")
    if name == "nearest":
        is_resizing = reading.layer(case).kind == "Resizing"
        return {"mode": "nearest-exact" if is_resizing else "nearest", "align_corners": None}
    if name == "bicubic" or config.get("antialias"):
        return {"mode": name, "align_corners": False, "antialias": True}
    flat = {"bilinear": ("linear", "bilinear", "trilinear")[len(reading.spatial(case)) - 1]}
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
        return "align-corners" if present["align_corners"] else "resize-kernels"
    if {present["mode"], wanted["mode"]} == {"nearest", "nearest-exact"}:
        return "resize-kernels"
    return "upsampling-mode"


def _shown(settings: dict[str, Any]) -> str:
    return ", ".join(f"{n}={v!r}" for n, v in settings.items() if v is not None)
