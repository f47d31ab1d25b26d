"""Where two models part and meet again, what lies between is judged by what is behind it."""

from parity.gates.reconverging_segments import rejoined
from parity.records.comparison import LayerCheck, Verdict

FAR = 1e6  # times the noise


def line(name: str, ratio: float, alone: float = 0.0) -> LayerCheck:
    verdict: Verdict = "pass" if max(ratio, alone) < 10 else "differ"
    return LayerCheck(name, name, verdict, noise_ratio=ratio, isolated_ratio=alone)


def verdicts(*lines: LayerCheck, after: list[list[int]], ends: set[int]) -> list[str]:
    return [found.verdict for found in rejoined(lines, after, ends)]


def test_layers_in_another_order_pass_where_both_agree_behind_them() -> None:
    lines = rejoined(
        [line("relu", FAR, FAR), line("pool", 1.0, FAR), line("fc", 1.0)], [[1], [2], []], {2}
    )
    assert [found.verdict for found in lines] == ["pass"] * 3
    assert lines[0].note == "compared as one with pool, behind which both agree"
    assert "agrees from the input on" in lines[1].note


def test_a_difference_that_stays_is_a_difference() -> None:
    lines = line("a", FAR, FAR), line("b", FAR), line("c", FAR)
    assert verdicts(*lines, after=[[1], [2], []], ends={2}) == ["differ"] * 3


def test_a_result_of_the_model_that_differs_is_never_passed() -> None:
    """Though what is behind it agrees, as it may where a ReLU hides it."""
    lines = line("a", FAR, FAR), line("b", 1.0)
    assert verdicts(*lines, after=[[1], []], ends={0, 1}) == ["differ", "pass"]


def test_one_branch_that_does_not_meet_again_is_enough_to_differ() -> None:
    lines = line("a", FAR, FAR), line("left", 1.0), line("right", FAR), line("end", FAR)
    after = [[1, 2], [3], [3], []]
    assert verdicts(*lines, after=after, ends={3})[0] == "differ"


def test_a_layer_that_differs_alone_after_one_that_agreed_is_not_excused() -> None:
    lines = line("a", 1.0), line("b", 1.0, FAR), line("c", 1.0)
    assert verdicts(*lines, after=[[1], [2], []], ends={2}) == ["pass", "differ", "pass"]


def test_what_agrees_is_left_as_it_is() -> None:
    lines = [line("a", 1.0), line("b", 2.0)]
    assert rejoined(lines, [[1], []], {1}) == lines


def test_what_agrees_to_more_noise_tells_nothing_of_what_stands_before() -> None:
    lines = [line("norm", FAR, FAR), line("resize", 1.0), line("end", 1.0)]
    found = rejoined(lines, [[1], [2], []], {2}, loose={1, 2})
    assert [each.verdict for each in found] == ["differ", "pass", "pass"]
