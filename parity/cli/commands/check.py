"""`parity check`: verify the registered ports, or a person's own pair, layer by layer."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from parity import language
from parity.checking import given, own_data, patch
from parity.checking.cluster import Asked
from parity.checking.options import SECONDS, STEPS, Options
from parity.checking.show import console as screen
from parity.checking.show.explorer import collection
from parity.checking.show.formats.github import github
from parity.checking.show.formats.junit import junit
from parity.checking.show.formats.markdown import markdown
from parity.checking.show.page import html
from parity.checking.show.summary import summary
from parity.checking.show.terminal import Terminal
from parity.cli import against, checks, options, trained
from parity.cli.options import EPILOG
from parity.cli.session import PROBE, console
from parity.cli.trained import Trained
from parity.errors import ParityError
from parity.gates import GATES
from parity.language import gettext as _
from parity.mapping.plan import DTYPES
from parity.pairs import AS_REPORTED, select
from parity.records import files
from parity.records.as_json import as_json
from parity.records.comparison import LOW_PRECISIONS, Dtype, LowPrecision, Report
from parity.records.pair import Pair

FORMATS = {"github": github, "markdown": markdown}


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "Move the Keras model's weights to its port and compare what both return, which decides, "
        "and the two layer by layer, in float64 and float32; twin files also in their losses, "
        "gradients and optimizers, and a few training steps. A difference is judged against the "
        "rounding noise "
        "measured on the same values. Where a layer differs, causes are tried by changing one "
        "thing at a time, and the one that removes the difference is named with its remedy."
    )
    verb.epilog = EPILOG
    options.pairs(verb)
    options.port(verb)
    options.results(verb, "with --port as_reported: where measured figures are read from")
    options.backend(verb)
    options.seed(verb)
    _own_pair(verb)
    _compared(verb.add_argument_group("what is compared, and how"))
    _shown(verb.add_argument_group("what is shown and written"))


def _own_pair(verb: argparse.ArgumentParser) -> None:
    """Which two models."""
    own = options.own_pair(verb)
    own.add_argument(
        "--reference",
        type=Path,
        metavar="DIR",
        help="what `parity record` wrote, in place of --keras: needs no Keras. It settles the "
        "inputs, the seed and the gates",
    )
    options.training(own)
    own.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="samples to train on: x and y, in Keras's order; several inputs by name (default for "
        "files with the twin headings: the embedded digits)",
    )
    own.add_argument("--keras-weights", metavar="FILE", help="load these first")
    own.add_argument(
        "--torch-weights",
        metavar="FILE",
        help="load this state dict (.safetensors, .pt) first, and compare the port as it is",
    )
    own.add_argument(
        "--loaded",
        action="store_true",
        help="compare the port with the weights it has, rather than with Keras's",
    )


def _compared(how: argparse._ArgumentGroup) -> None:
    """On what, where, by which gates, for how long."""
    options.shown(how)
    options.device(how, "cpu")
    how.add_argument(
        "--seeds",
        type=options.positive,
        default=1,
        metavar="N",
        help="check each pair N times, on draws and weights of --seed and those after it",
    )
    options.executor(how, "the checks")
    how.add_argument(
        "--train", action="store_true", help="compare what layers do in training mode, too"
    )
    how.add_argument(
        "--dtype",
        choices=["both", "float32", "float64", *LOW_PRECISIONS],
        default="both",
        help="what the gates judge that look at values; with bfloat16 or float16 both, and the "
        "port in this low precision beside Keras under its mixed policy",
    )
    how.add_argument(
        "--gate",
        action="append",
        choices=GATES,
        metavar="GATE",
        help=f"run this gate alone: {', '.join(GATES)}; may be given several times (default: all)",
    )
    how.add_argument(
        "--steps",
        type=options.positive,
        metavar="N",
        help="of the lockstep gate (default: 5; with --training two epochs and one, from 10 to "
        "100)",
    )
    how.add_argument(
        "--budget",
        type=options.seconds,
        default=SECONDS,
        metavar="SECONDS",
        help="that each pair may take: then nothing new is compared or tried, and what was not "
        "compared is told (default: %(default)g; inf for as long as it takes)",
    )


def _shown(how: argparse._ArgumentGroup) -> None:
    """How much of a report, in which format, and where."""
    options.language(how)
    much = how.add_mutually_exclusive_group()
    much.add_argument(
        "-v", "--verbose", action="store_true", help="show every row of every gate, and every note"
    )
    much.add_argument("-q", "--quiet", action="store_true", help="show the verdict alone")
    how.add_argument(
        "--format",
        choices=["text", *FORMATS],
        default="text",
        help="what is printed: text; github for annotations at the line of each fault, in GitHub "
        "Actions; markdown for a pull request (default: text)",
    )
    how.add_argument("--json", type=Path, metavar="FILE", help="write a list of reports")
    how.add_argument("--junit", type=Path, metavar="FILE.xml", help="write them as JUnit does")
    how.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write the report as a page to share: one file, with the causes, the errors over "
        "depth and both models side by side; of one pair",
    )
    how.add_argument(
        "--graphs",
        type=Path,
        metavar="FILE.json",
        help="write both models as Google's Model Explorer shows them; of one pair",
    )
    how.add_argument(
        "--write-patch",
        type=Path,
        metavar="FILE.py",
        help="write a module whose function patch(module) gives the port with what was found "
        "mended; of one pair",
    )


def run(args: argparse.Namespace) -> int:
    chosen = () if args.reference else _pairs(args)
    how = trained.given(args, chosen[0]) if args.keras and chosen else Trained()
    seeds = range(args.seed, args.seed + args.seeds)
    names = checks.named(chosen, seeds)
    _require_one(args, len(names))
    of_one = (args.html, args.graphs, args.write_patch)
    for file in filter(None, (args.json, args.junit, *of_one)):
        files.require_writable(file)
    found, failed = {}, {}
    told = [("", against.checked(args))] if args.reference else _checked(names, args, how)
    for name, one in told:
        if isinstance(one, ParityError):
            failed[name] = one
            continue
        if args.format == "text":
            _show(one, args, names[name][0].name if name else "")
        found[name] = one
    if len(names) == 1:
        checks.require_all(failed, 1)
    reports = [found[name] for name in names or found if name in found]
    if args.format != "text":
        screen.say(console, FORMATS[args.format](reports))
    elif len(reports) > 1 and not args.quiet:
        console.print(summary(reports))
    _write(args, reports)
    checks.require_all(failed, len(names))
    return screen.exit_status([report.verdict for report in reports])


def _require_one(args: argparse.Namespace, count: int) -> None:
    """Raises ParityError where several checks are asked for, and what is for one."""
    names = ("write_patch", "html", "graphs", "training", "keras_weights", "torch_weights")
    for name in names:
        if getattr(args, name) and count > 1:
            option = f"--{name.replace('_', '-')}"
            raise ParityError(f"{option} is for one check; {count} are asked for")
    if options.is_on_cluster(args) and args.training:
        raise ParityError("--executor: a pair with --training is checked on this machine")


def _checked(
    names: Mapping[str, tuple[Pair, int]], args: argparse.Namespace, how: Trained
) -> Iterator[tuple[str, Report | ParityError]]:
    chosen, rules = _options(args), args.rules or ""
    samples = own_data.probe_of(how.data) if how.data and not how.training else None
    if args.port == AS_REPORTED:
        from parity.course.reported import pages  # which a check against a reference does without

        pages.read(args.results / pages.FOLDER, args.results)  # what is broken is told at once
    asked = {}
    for name, (pair, seed) in names.items():
        own = replace(chosen, seed=seed)
        asked[name] = Asked(pair, own, samples, _settings(args, own), rules)
    return checks.done(asked, args, how)


def _show(report: Report, args: argparse.Namespace, pair: str) -> None:
    detail: screen.Detail = "answer" if args.quiet else "all" if args.verbose else "short"
    console.print(screen.report(report, detail))
    if args.port == AS_REPORTED and not args.quiet:
        from parity.course.reported import pages, told

        folder = args.results / pages.FOLDER
        page = pages.page(pair, folder, args.results)
        screen.say(console, told.told(report, page, folder))


def _write(args: argparse.Namespace, reports: list[Report]) -> None:
    """The files that are asked for. What names them goes where it is no part of a format."""
    said = console if args.format == "text" else Terminal(stderr=True)
    if args.write_patch:
        files.write_text(args.write_patch, patch.text(reports[0]))
        screen.say(said, _("wrote {file}").format(file=args.write_patch))
        for line in patch.left(reports[0]):
            screen.say(said, f"  {language.told('not mended there')}{_(': ')}{language.told(line)}")
    if args.html:
        files.write_text(args.html, html(reports[0]))
        screen.say(said, _("wrote {file}").format(file=args.html))
    if args.graphs:
        files.write_json(args.graphs, collection(reports[0]))
        screen.say(said, _("wrote {file}").format(file=args.graphs))
    if args.json:
        files.write_json(args.json, [as_json(report) for report in reports])
        screen.say(said, _("wrote {file}").format(file=args.json))
    if args.junit:
        files.write_text(args.junit, junit(reports))
        screen.say(said, _("wrote {file}").format(file=args.junit))


def _pairs(args: argparse.Namespace) -> tuple[Pair, ...]:
    if not (args.keras or args.torch):
        trained.refuse(args)
        return select(args.pairs, args.port)
    if args.port == AS_REPORTED:
        raise ParityError("--port is for the registered pairs; give --keras and --torch without it")
    return options.pairs_of(args, args.pairs)


def _options(args: argparse.Namespace) -> Options:
    asked = Options(
        tuple(args.gate) if args.gate else GATES,
        _dtypes(args),
        args.steps or STEPS,
        args.seed,
        **options.of_shown(args),
        keras_weights=given.file(args.keras_weights or ""),
        torch_weights=given.file(args.torch_weights or ""),
        is_loaded=args.loaded or bool(args.torch_weights),
        budget=args.budget,
    ).in_low_precision(_low(args))
    return asked.in_training() if args.train or args.training else asked


def _settings(args: argparse.Namespace, asked: Options) -> dict[str, Any]:
    names = ("port", "keras", "torch", "keras_weights", "torch_weights", "loaded")
    return {
        "seed": asked.seed,
        "dtypes": list(asked.dtypes),
        "gates": list(asked.gates),
        "steps": asked.steps,
        "budget": asked.budget,
        "probe": args.data.name if args.data else PROBE,
        **{name: getattr(args, name) for name in names if getattr(args, name)},
    }


def _dtypes(args: argparse.Namespace) -> tuple[Dtype, ...]:
    return (args.dtype,) if args.dtype in DTYPES else DTYPES


def _low(args: argparse.Namespace) -> LowPrecision | None:
    return args.dtype if args.dtype in LOW_PRECISIONS else None
