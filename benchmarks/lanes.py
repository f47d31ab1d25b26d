"""How much faster each lane trains than the report's own loop, and than Keras's `fit`.

    uv run python benchmarks/lanes.py [PAIR...] [--rounds N] [--data auto|mnist|digits]

Times all three lanes of both frameworks as `parity compare` does, one after the other, and prints
ratios. Run it on a machine that does nothing else.
"""

import argparse
import statistics

from parity.checking import provenance
from parity.cli.session import both_sides, console
from parity.pairs import select
from parity.records.jobs import LANES, Timing
from parity.results import pair as compare
from parity.results.pair import Settings
from parity.sides.process import Sides, Worker
from parity.train import timing
from parity.train.data import dataset

# Times faster than the report's loop (idiomatic torch) that matched or tuned torch are to be.
GOALS = {"mlp": 2.5, "simple_ae": 5.0, "cnn": 1.5, "conv_ae": 1.8, "denoising_ae": 1.2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="*", metavar="PAIR", help="default: the report's five")
    parser.add_argument("--rounds", type=int, default=4, help="timed quarters of an epoch")
    parser.add_argument("--data", choices=["auto", "mnist", "digits"], default="auto")
    args = parser.parse_args()
    chosen = select(args.pairs or list(GOALS))
    settings = Settings(rounds=args.rounds)
    with both_sides("tensorflow", "cpu") as sides:
        data = dataset.load(sides.torch, args.data)
        found = provenance.describe(sides, settings.describe())
        checked = [compare.check(pair, sides, data, settings, found) for pair in chosen]
    keras = Worker("keras", "tensorflow")
    imports = {"keras": keras.ready()}
    torch = Worker("torch")
    imports["torch"] = torch.ready()
    with Sides(torch=torch, keras=keras) as sides:
        for one in checked:
            times: dict[tuple[str, str], Timing] = {}
            for lane in LANES:
                for measured in timing.measure(
                    one.pair, sides, data, lane, one.weights[0], imports, args.rounds, _silent
                ):
                    times[lane, measured.framework] = measured
            console.print(_line(one.pair.name, times), highlight=False, soft_wrap=True)


def _silent(framework: str, epoch: int, samples: int) -> None:
    pass


def _line(name: str, times: dict[tuple[str, str], Timing]) -> str:
    seconds = {key: statistics.median(one.epochs) for key, one in times.items()}
    report, fit = seconds["idiomatic", "torch"], seconds["idiomatic", "keras"]
    matched, tuned = seconds["matched", "torch"], seconds["tuned", "torch"]
    goal = f" (goal {GOALS[name]}x)" if name in GOALS else ""
    return (
        f"{name}: report's loop {report:.2f} s an epoch; torch matched {matched:.2f} s, "
        f"{report / matched:.2f}x faster; tuned {tuned:.2f} s, {report / tuned:.2f}x{goal}; "
        f"Keras fit {fit:.2f} s, tuned torch takes {tuned / fit:.2f} of it; "
        f"Keras matched {seconds['matched', 'keras']:.2f} s, "
        f"tuned {seconds['tuned', 'keras']:.2f} s"
    )


if __name__ == "__main__":
    main()
