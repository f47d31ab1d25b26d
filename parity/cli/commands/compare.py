"""`parity compare [PAIR...]`: check, time and train both sides, write the results folder."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from filelock import BaseFileLock

from parity.checking import provenance
from parity.checking.show import console as screen
from parity.cli import options, trained
from parity.cli.options import EPILOG, LATEST
from parity.cli.session import both_sides, console
from parity.cli.trained import Trained
from parity.errors import ParityError
from parity.records import files
from parity.records.comparison import Verdict
from parity.records.jobs import LANES, STARTS
from parity.records.pair import Pair
from parity.records.variants import variant
from parity.results.campaign import Campaign, Executor
from parity.results.pair import Checked, Settings
from parity.results.plots.gallery import FORMATS
from parity.results.show import folder
from parity.results.show.progress import Progress
from parity.sides.cluster import Cluster
from parity.sides.process import Sides, Worker
from parity.train import run_store, spares
from parity.train.execute.cluster import OnCluster
from parity.train.execute.local import Local, default_workers
from parity.train.run_store import Folder


def arguments(verb: argparse.ArgumentParser) -> None:
    verb.description = (
        "The main job. Check each pair; time both sides, one after the other on a "
        "quiet machine; train both from the same weights on the same batches, and with --seeds "
        "from weights of their own; test whether they end alike; write a folder with tables, "
        "pictures and an index page. Every finished epoch is kept, and --resume goes on from "
        "there."
    )
    verb.epilog = EPILOG
    options.pairs(verb)
    options.training(options.own_pair(verb))
    length = verb.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs",
        type=options.positive,
        metavar="N",
        help="default: a tenth of the course's epochs; on the digits, whose epochs are short, as "
        "many as it takes to learn them; of a pair of your own all that its files say, else 10",
    )
    length.add_argument("--full", action="store_true", help="all of the course's epochs")
    verb.add_argument(
        "--seeds",
        type=options.positive,
        default=1,
        metavar="N",
        help="runs of each side: paired (same weights and batches), and from 2 up independent ones",
    )
    verb.add_argument(
        "--starts",
        nargs="+",
        choices=STARTS,
        metavar="START",
        help="paired, independent (default: paired, and with --seeds from 2 up both; paired runs "
        "alone decide with far fewer seeds)",
    )
    verb.add_argument(
        "--recipe",
        default="course",
        metavar="NAME",
        help="course, or as_reported: inputs and figures as the report has them (default: course)",
    )
    verb.add_argument(
        "--lanes",
        nargs="+",
        choices=LANES,
        default=["matched"],
        metavar="LANE",
        help="what to time: idiomatic, matched, tuned (default: matched)",
    )
    verb.add_argument(
        "--rounds",
        type=options.natural,
        default=2,
        metavar="N",
        help="how often each side is timed, in turn, for a quarter of an epoch or about 6 s; 0 for "
        "no timing (default: 2)",
    )
    verb.add_argument(
        "--resume",
        action="store_true",
        help="go on with what --out holds: with runs that are unfinished, and with a pair that is "
        "finished, of which more seeds are wanted",
    )
    verb.add_argument(
        "--workers",
        type=options.positive,
        metavar="N",
        help="runs at once on this machine (default: as many as it serves well)",
    )
    options.executor(verb, "the runs")
    verb.add_argument(
        "--pictures",
        nargs="+",
        choices=FORMATS,
        default=["png"],
        metavar="FORMAT",
        help="formats of the pictures beside png: pdf, svg (default: png)",
    )
    options.data(verb)
    options.out(verb, LATEST)
    options.backend(verb)
    options.seed(verb)


def run(args: argparse.Namespace) -> int:
    (chosen, how), settings = trained.whole(args), _settings(args)
    if how.training and settings.lanes != ("matched",):
        raise ParityError("--lanes: a pair with --training is timed in the lane matched alone")
    if how.training and args.recipe != "course":
        raise ParityError("--recipe is for the registered pairs")
    # Another command there is told of at once, and so is a cluster that does not answer.
    with _cluster(args) as cluster, files.held(args.out) as lock:
        run_store.require_taken_up(args.out, args.resume)
        try:
            verdicts = _run(args, chosen, how, settings, lock, cluster)
        except BaseException:
            _say_how_to_go_on(args.out)
            raise
    console.print(folder.table(args.out))
    screen.say(console, f"wrote {args.out / 'README.md'}, with tables and pictures beside it")
    return screen.exit_status(verdicts)


def _run(
    args: argparse.Namespace,
    pairs: tuple[Pair, ...],
    how: Trained,
    settings: Settings,
    lock: BaseFileLock,
    cluster: Cluster | None,
) -> list[Verdict]:
    with both_sides(args.keras_backend, args.device) as sides, Progress(console) as watcher:
        chosen, data = trained.loaded(pairs, how, args, sides)
        settings = settings.on(data)
        watcher.say(f"data: {data.summary()}")
        if args.epochs or not args.keras:
            watcher.say(f"epochs: {settings.length()}")
        found = provenance.describe(sides, settings.describe())
        conditions = provenance.conditions(found, data.digest())
        source = provenance.source_commit()
        with Folder(args.out, conditions, source, args.resume, lock) as kept:
            campaign = Campaign(kept, data, settings, found, watcher)
            checked = campaign.check(chosen, sides)
            sides.close()  # timing has the machine to itself
            _time(args, campaign, campaign.untimed(checked), _is_cpu(conditions))
            with _executor(args, _is_cpu(conditions), cluster) as executor:
                campaign.learn(checked, executor, args.keras_backend)
            watcher.phase("pictures")
            folder.make(args.out, args.pictures)
    return [one.check.verdict for one in checked]


def _settings(args: argparse.Namespace) -> Settings:
    lanes = tuple(lane for lane in LANES if lane in args.lanes)
    variant(args.recipe, "")  # an unknown one is an error before any work
    return Settings(
        args.epochs,
        args.full or bool(args.keras),  # whose epochs are no course's
        args.seed,
        args.seeds,
        args.recipe,
        lanes,
        args.rounds,
        overrides=options.mapped(args),
        chosen_starts=tuple(start for start in STARTS if start in (args.starts or ())),
    )


def _time(
    args: argparse.Namespace, campaign: Campaign, checked: list[Checked], on_cpu: bool
) -> None:
    """In new processes, whose imports do not share the machine either."""
    if not checked:
        return
    keras = Worker("keras", args.keras_backend, args.device)
    imports = {"keras": keras.ready()}
    torch = Worker("torch", device=args.device)
    imports["torch"] = torch.ready()
    with (
        Sides(args.keras_backend, args.device, torch, keras) as sides,
        spares.opened(args.keras_backend, on_cpu) as others,
    ):
        campaign.time(checked, sides, imports, others)


def _is_cpu(conditions: dict[str, Any]) -> bool:
    return set(conditions["devices"].values()) == {"cpu"}


@contextmanager
def _executor(
    args: argparse.Namespace, on_cpu: bool, cluster: Cluster | None
) -> Iterator[Executor]:
    device = "cpu" if on_cpu else args.device
    if cluster is None:
        workers = args.workers or default_workers(device)
        yield Local(args.keras_backend, device, workers)
    else:
        yield OnCluster(cluster, args.keras_backend, device)


@contextmanager
def _cluster(args: argparse.Namespace) -> Iterator[Cluster | None]:
    """The cluster that is named, if one is: where none answers, nothing is begun."""
    if not options.is_on_cluster(args):
        yield None
        return
    cluster = Cluster(args.executor, partial(provenance.installed, args.keras_backend))
    try:
        yield cluster
    finally:
        cluster.close()


def _say_how_to_go_on(out: Path) -> None:
    left = run_store.unfinished(out)
    if left:
        screen.say(
            console, f"{out} keeps what is finished; to go on, repeat the command with --resume"
        )
