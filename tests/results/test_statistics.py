"""Two arms of runs are alike, apart or undecided. The oracle is scipy's own t-tests."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp, ttest_ind, ttest_rel

from parity.results.statistics import MOST, Equivalence, independent, paired, spread

Compare = Callable[[Sequence[float], Sequence[float], float], Equivalence]
DESIGNS: dict[str, Compare] = {"independent": independent, "paired": paired}
designs = pytest.mark.parametrize("compare", DESIGNS.values(), ids=DESIGNS)
# (design, torch runs): Keras has six, and independent arms need not be as long as each other.
layouts = pytest.mark.parametrize(("design", "runs"), [("independent", 9), ("paired", 6)])

# A grid that float64 holds exactly, so that another unit rounds nothing.
figures = st.integers(-640, 640).map(lambda i: i / 64)
pairs_of_figures = st.lists(st.tuples(figures, figures), min_size=1, max_size=8)
margins = st.integers(1, 640).map(lambda i: i / 64)


def arms(seed: int, torch_runs: int = 6) -> tuple[list[float], list[float]]:
    draw = np.random.default_rng(seed)
    return draw.normal(0.50, 0.02, 6).tolist(), draw.normal(0.51, 0.05, torch_runs).tolist()


def exactly(count: int, mean: float, sd: float, seed: int = 0) -> list[float]:
    """Figures of this very mean and sd."""
    noise = np.random.default_rng(seed).normal(size=count)
    return [mean + sd * float(v) for v in (noise - noise.mean()) / noise.std(ddof=1)]


def added(values: list[float], others: list[float]) -> list[float]:
    return [a + b for a, b in zip(values, others, strict=True)]


def unzipped(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [keras for keras, _ in pairs], [torch for _, torch in pairs]


def oracle(design: str, keras: list[float], torch: list[float], **options: str) -> Any:
    if design == "paired":
        return ttest_rel(torch, keras, **options)
    return ttest_ind(torch, keras, equal_var=False, **options)


def ps(found: Equivalence) -> list[float]:
    return [p for p in (found.p, found.p_difference) if p is not None]


def interval(found: Equivalence) -> list[float]:
    return [v for v in (found.low, found.difference, found.high) if v is not None]


@pytest.mark.parametrize("margin", [0.01, 0.05, 0.1])
@layouts
def test_the_one_sided_tests_are_scipys_on_shifted_figures(
    design: str, runs: int, margin: float
) -> None:
    keras, torch = arms(1, runs)
    above = oracle(design, keras, [v + margin for v in torch], alternative="greater")
    below = oracle(design, keras, [v - margin for v in torch], alternative="less")
    found = DESIGNS[design](keras, torch, margin)
    assert found.p == pytest.approx(max(above.pvalue, below.pvalue), rel=1e-9)


@layouts
def test_the_test_of_no_difference_is_scipys(design: str, runs: int) -> None:
    keras, torch = arms(2, runs)
    found = DESIGNS[design](keras, torch, 0.05)
    assert found.p_difference == pytest.approx(oracle(design, keras, torch).pvalue, rel=1e-9)


@layouts
def test_the_interval_of_the_difference_is_scipys(design: str, runs: int) -> None:
    keras, torch = arms(2, runs)
    low, high = oracle(design, keras, torch).confidence_interval()
    found = DESIGNS[design](keras, torch, 0.05)
    assert interval(found) == pytest.approx([low, np.mean(torch) - np.mean(keras), high], rel=1e-9)


def test_the_interval_of_an_arm_is_scipys() -> None:
    values, _ = arms(3)
    found = spread(values)
    assert [found.mean, found.sd] == pytest.approx([np.mean(values), np.std(values, ddof=1)])
    assert [found.low, found.high] == pytest.approx([*ttest_1samp(values, 0).confidence_interval()])


@layouts
def test_equivalent_is_a_90_percent_interval_within_the_margin(design: str, runs: int) -> None:
    keras, torch = arms(4, runs)
    low, high = oracle(design, keras, torch).confidence_interval(0.9)
    reach = max(-low, high)
    assert DESIGNS[design](keras, torch, reach * 1.001).verdict == "equivalent"
    assert DESIGNS[design](keras, torch, reach * 0.999).verdict != "equivalent"


@designs
def test_a_difference_beyond_the_margin_is_found(compare: Compare) -> None:
    found = compare(exactly(8, 0.50, 0.02), exactly(8, 0.60, 0.02, seed=1), 0.03)
    assert (found.verdict, found.needed, found.why) == ("different", None, "")


@designs
def test_a_certain_difference_within_the_margin_is_equivalent(compare: Compare) -> None:
    found = compare(exactly(8, 0.50, 0.001), exactly(8, 0.51, 0.001, seed=1), 0.03)
    assert max(ps(found)) < 0.001
    assert (found.verdict, found.needed, found.why) == ("equivalent", None, "")


@designs
def test_a_certain_difference_about_as_large_as_the_margin_is_different(compare: Compare) -> None:
    found = compare(exactly(8, 0.50, 0.01), exactly(8, 0.529, 0.01, seed=1), 0.03)
    assert 0 < interval(found)[0] < found.margin < interval(found)[-1]
    assert found.verdict == "different"


@designs
def test_noise_that_drowns_the_margin_is_undecided(compare: Compare) -> None:
    found = compare(exactly(4, 0.50, 0.05), exactly(4, 0.50, 0.05, seed=1), 0.03)
    assert (found.verdict, found.why) == ("undecided", "")
    assert found.needed is not None


@designs
def test_as_many_seeds_as_needed_show_a_faithful_port_to_be_one(compare: Compare) -> None:
    """In 90 % of 300 trials at the measured spread, give or take three standard deviations."""
    margin = sd = 0.05

    def compared(keras: list[float], noise: list[float]) -> Equivalence:
        start = keras if compare is paired else [0.5] * len(keras)
        return compare(keras, added(start, noise), margin)

    needed = compared(exactly(4, 0.5, sd), exactly(4, 0.0, sd, seed=1)).needed
    assert needed is not None
    draw = np.random.default_rng(5)
    trials = [draw.normal([[0.5], [0.0]], sd, (2, needed)).tolist() for _ in range(300)]
    alike = np.mean([compared(*trial).verdict == "equivalent" for trial in trials])
    assert alike == pytest.approx(0.9, abs=3 * math.sqrt(0.9 * 0.1 / 300))


@pytest.mark.parametrize("true", [0.55, 1.5], ids=lambda part: f"by {part} margins")
def test_as_many_seeds_as_needed_mostly_decide_on_a_port_that_is_off(true: float) -> None:
    """0.55 margins is about the least favourable: between the two verdicts."""
    margin = sd = 0.05
    needed = independent(exactly(4, 0.5, sd), exactly(4, 0.5, sd, seed=1), margin).needed
    assert needed is not None
    draw = np.random.default_rng(6)
    centres = [[0.5], [0.5 + true * margin]]
    trials = [draw.normal(centres, sd, (2, needed)).tolist() for _ in range(150)]
    found = [independent(keras, torch, margin).verdict for keras, torch in trials]
    assert found.count("undecided") < 0.2 * len(found)


def test_more_seeds_are_needed_than_were_not_enough() -> None:
    """13 seeds have 90 % power at this spread; these fell between the two verdicts."""
    found = paired([0.0] * 13, exactly(13, 0.53, 1.0), 1.0)
    assert (found.verdict, found.needed) == ("undecided", 14)


def test_a_hopeless_spread_gets_no_number() -> None:
    found = independent(exactly(4, 0.5, 0.05), exactly(4, 0.5, 0.05, seed=1), 1e-6)
    assert (found.verdict, found.needed) == ("undecided", None)
    assert f"more than {MOST} seeds per arm" in found.why


def test_pairs_decide_where_arms_that_move_together_do_not() -> None:
    keras = exactly(6, 0.5, 0.1)
    torch = added(keras, exactly(6, 0.0, 0.002, seed=1))
    assert independent(keras, torch, 0.01).verdict == "undecided"
    assert paired(keras, torch, 0.01).verdict == "equivalent"


@designs
def test_one_seed_tests_nothing(compare: Compare) -> None:
    found = compare([0.5], [0.75], 0.01)
    assert (found.verdict, found.needed, found.keras.sd) == ("undecided", None, None)
    assert (interval(found), ps(found)) == ([0.25], [])
    assert found.why == "one seed: no test"


def test_the_arm_of_one_seed_is_named() -> None:
    found = independent([0.5, 0.6], [0.5], 0.01)
    assert (found.verdict, found.why) == ("undecided", "torch: one seed shows no spread to test by")


@pytest.mark.parametrize(
    ("torch", "verdict"), [(0.1, "equivalent"), (0.11, "equivalent"), (0.2, "different")]
)
@designs
def test_arms_without_spread_are_judged_as_they_stand(
    compare: Compare, torch: float, verdict: str
) -> None:
    found = compare([0.1] * 3, [torch] * 3, 0.05)
    assert (found.verdict, found.needed) == (verdict, None)
    assert (interval(found), ps(found)) == ([torch - 0.1] * 3, [])
    assert "no spread" in found.why


def test_runs_that_are_bitwise_equal_seed_by_seed_are_equivalent() -> None:
    keras, _ = arms(7)
    found = paired(keras, keras, 1e-9)
    assert (found.verdict, found.difference) == ("equivalent", 0)


def test_an_arm_without_spread_is_tested_by_the_other_s() -> None:
    _, torch = arms(8)
    found = independent([0.5] * 6, torch, 0.05)
    assert found.p_difference == pytest.approx(ttest_1samp(torch, 0.5).pvalue, rel=1e-9)


@pytest.mark.parametrize(("torch", "verdict"), [(0.5, "equivalent"), (0.75, "different")])
@designs
def test_a_spread_of_one_rounding_is_tested(compare: Compare, torch: float, verdict: str) -> None:
    found = compare([0.5, 0.5, math.nextafter(0.5, 1)], [torch] * 3, 1e-9)
    assert found.verdict == verdict
    assert len(ps(found)) == 2


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
@designs
def test_runs_without_a_figure_are_counted_and_not_dropped(compare: Compare, lost: float) -> None:
    found = compare([0.5, 0.5, 0.6, 0.5, lost], [0.5, lost, 0.6, 0.5, lost], 0.1)
    assert (found.verdict, found.needed, found.torch.sd) == ("undecided", None, None)
    assert (math.isnan(found.difference), ps(found)) == (True, [])
    assert found.why == (
        "keras: 1 of 5 runs has no finite figure; torch: 2 of 5 runs have no finite figure"
    )


@pytest.mark.parametrize("margin", [0.0, -0.1, math.nan, math.inf])
@designs
def test_a_margin_is_a_number_above_zero(compare: Compare, margin: float) -> None:
    with pytest.raises(ValueError, match=rf"margin is {margin}: give .* above 0"):
        compare([0.5, 0.6], [0.5, 0.6], margin)


@designs
def test_an_arm_without_runs_is_refused(compare: Compare) -> None:
    with pytest.raises(ValueError, match="an arm has 0 runs: give"):
        compare([], [], 0.1)


def test_arms_of_unequal_length_make_no_pairs() -> None:
    with pytest.raises(ValueError, match="2 keras and 1 torch runs make no pairs: give both"):
        paired([0.5, 0.6], [0.5], 0.1)


@designs
@settings(max_examples=40, deadline=None)
@given(pairs=pairs_of_figures, margin=margins)
def test_swapped_arms_swap_the_sign_alone(
    compare: Compare, pairs: list[tuple[float, float]], margin: float
) -> None:
    keras, torch = unzipped(pairs)
    one, other = compare(keras, torch, margin), compare(torch, keras, margin)
    assert (other.verdict, other.needed) == (one.verdict, one.needed)
    assert ps(other) == pytest.approx(ps(one), rel=1e-9)
    assert interval(other) == pytest.approx([-v for v in reversed(interval(one))], abs=1e-9)


@designs
@settings(max_examples=40, deadline=None)
@given(pairs=pairs_of_figures, margin=margins, unit=st.sampled_from([2.0**-20, 2.0**20]))
def test_another_unit_changes_no_verdict(
    compare: Compare, pairs: list[tuple[float, float]], margin: float, unit: float
) -> None:
    keras, torch = unzipped(pairs)
    one = compare(keras, torch, margin)
    other = compare([v * unit for v in keras], [v * unit for v in torch], margin * unit)
    assert (other.verdict, other.needed, other.why) == (one.verdict, one.needed, one.why)
    assert ps(other) == pytest.approx(ps(one), rel=1e-9)
    assert interval(other) == pytest.approx([v * unit for v in interval(one)], rel=1e-9)
