"""A Fourier transform of the port's that is scaled, framed or windowed otherwise than Keras's, goes
along other axes, or of which another part is taken: its real part for its size."""

from collections.abc import Iterator
from itertools import combinations, product

from parity.diagnose.hypothesis import Case, Hypothesis
from parity.records.comparison import Step
from parity.records.interventions import Change

CAUSE = "spectrum"
COMPLEX = frozenset(
    f"fft_{kind}{rank}" for kind in ("fft", "ifft", "rfft") for rank in ("", "2", "n")
)
TRANSFORMS = COMPLEX | {f"fft_irfft{rank}" for rank in ("", "2", "n")}
FRAMED = "stft"
NORMS = ("backward", "ortho", "forward")  # of which a call that names none has the first
PARTS = {"real": "y.real", "imag": "y.imag", "abs": "y.abs()", "angle": "y.angle()"}
WINDOWS = ("hann", "hamming", "blackman", "bartlett")
MOST_AXES = 2  # of one transform


def hypotheses(case: Case) -> Iterator[Hypothesis]:
    spectra = {step.name for step in case.torch if step.kind in (*COMPLEX, FRAMED)}
    for step in case.torch:
        if step.kind in TRANSFORMS:
            yield from _scaled(step)
        if step.kind in COMPLEX:
            yield from _along(step)
        elif step.kind == FRAMED:
            yield from _framed(step)
        elif step.kind in PARTS and step.inputs and step.inputs[0] in spectra:
            yield from _parts(step)


def _scaled(step: Step) -> Iterator[Hypothesis]:
    present = step.settings.get("norm") or NORMS[0]
    for wanted in NORMS:
        if wanted != present:
            yield _hypothesis(
                f"{step.name} has norm='{present}' in the port, '{wanted}' in Keras",
                f"{_name(step)}(x, norm='{wanted}')",
                Change(step.name, "setting", "norm", wanted),
            )


def _along(step: Step) -> Iterator[Hypothesis]:
    present = _axes(step)
    axes = range(1, len(step.shape))
    for count in (1, MOST_AXES):
        for wanted in combinations(axes, count):
            if wanted != present:
                norm = step.settings.get("norm")
                kind = _name(step).rstrip("2n") + "n"
                yield _hypothesis(
                    f"{step.name} goes along {_told(present)} in the port, along {_told(wanted)} "
                    "in Keras",
                    f"{kind}(x, dim={wanted})",
                    Change(step.name, "call", "transform", {"dims": wanted, "norm": norm}),
                )


def _axes(step: Step) -> tuple[int, ...]:
    """Those that a transform goes along, counted from the first."""
    rank = len(step.shape)
    usual = {"2": (-2, -1), "n": tuple(range(rank))}.get(step.kind[-1], (-1,))
    dim = step.settings.get("dim", usual)
    several = dim if isinstance(dim, tuple | list) else (usual if dim is None else (dim,))
    return tuple(sorted(one % rank for one in several))


def _told(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {axes}"


def _parts(step: Step) -> Iterator[Hypothesis]:
    for wanted, line in PARTS.items():
        if wanted != step.kind:
            yield _hypothesis(
                f"{step.name} takes `{step.kind}` of a spectrum in the port, Keras `{wanted}`",
                f"y = {line}",
                Change(step.name, "call", "complex_part", {"part": wanted}),
            )


def _framed(step: Step) -> Iterator[Hypothesis]:
    for name in ("normalized", "center"):
        present = bool(step.settings.get(name, name == "center"))
        yield _hypothesis(
            f"{step.name} has {name}={present} in the port, {not present} in Keras",
            f"torch.stft(x, ..., {name}={not present})",
            Change(step.name, "setting", name, not present),
        )
    for name, is_periodic in product(WINDOWS, (True, False)):
        line = f"torch.{name}_window(n, periodic={is_periodic})"
        yield _hypothesis(
            f"{step.name} has another window; under {line} it gives what Keras does",
            f"window = {line}",
            Change(step.name, "call", "windowed", {"name": name, "is_periodic": is_periodic}),
        )


def _name(step: Step) -> str:
    return f"torch.fft.{step.kind.removeprefix('fft_')}"


def _hypothesis(says: str, fix: str, change: Change) -> Hypothesis:
    return Hypothesis(CAUSE, says, fix, (change,))
