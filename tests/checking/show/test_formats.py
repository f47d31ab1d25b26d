"""A check as JUnit, as GitHub's annotations and as Markdown, of well-behaved and hostile names."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from parity.checking.show.formats.github import github
from parity.checking.show.formats.junit import junit
from parity.checking.show.formats.markdown import markdown
from parity.records.comparison import GateResult, LayerCheck, Report
from tests.checking.show.reports import AGREES, DIFFERS, HOSTILE, finding, of_layers

PASSES = of_layers([AGREES])
PASTE = "no rule; paste:\n\nimport parity\n```\n@parity.rule('x')"
LACKS = Report(
    "lacks",
    (
        GateResult("structure", "incomplete", (LayerCheck("f", "", "incomplete", note=PASTE),)),
        GateResult("lockstep", "not run", dtype="float64", note="rests on forward"),
    ),
    {},
)
FAULTY = of_layers([AGREES, DIFFERS], finding("k1"), finding("k2"))
EVERY = replace(
    of_layers([replace(DIFFERS, note=HOSTILE)], finding(HOSTILE, HOSTILE, f"{HOSTILE}.py:3")),
    pair=HOSTILE,
)


def test_junit_has_a_suite_a_pair_and_a_case_a_gate() -> None:
    root = ET.fromstring(junit([PASSES, FAULTY, LACKS]))
    assert [suite.get("name") for suite in root] == ["pair", "pair", "lacks"]
    passed, failed, lacking = root
    assert [case.get("name") for case in passed] == [
        "verdict",
        "forward float64",
        "forward float32",
    ]
    assert [len(case) for case in passed] == [0, 0, 0]
    (failure,) = failed[0]
    assert failure.get("message") == "differ: first at k1; causes: bn-epsilon"
    assert "fix: eps=0.001" in str(failure.text)
    assert (failed[0].get("file"), failed[0].get("line")) == ("my/net.py", "3")
    assert [case[0].tag for case in lacking] == ["error", "error", "skipped"]
    counts = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "9", "failures": "3", "errors": "2", "skipped": "1"}


def test_junit_fails_no_gate_of_a_pair_that_passes() -> None:
    """A gate that could not be run leaves no verdict `pass`; one that explains may."""
    gates = (GateResult("output", "pass"), GateResult("forward", "incomplete"))
    report = Report("pair", gates, {})
    assert report.verdict == "pass"
    assert ET.fromstring(junit([report])).get("errors") == "0"


def test_junit_holds_any_name() -> None:
    root = ET.fromstring(junit([EVERY]))
    (suite,) = root
    assert str(suite.get("name")).startswith("a[/b]`|<i>*_$1$&\ufffd[2J\ufffd")
    assert "\ufffe" not in "".join(suite.itertext())


def test_github_has_an_error_at_the_line_of_each_fault() -> None:
    (line,) = github([FAULTY]).splitlines()
    assert line.startswith("::error file=my/net.py,line=3,title=pair%3A bn-epsilon at k1")
    assert line.endswith("%0Afix: eps=0.001%0Athe same at k2")
    assert github([PASSES]).startswith("::notice title=pair::pass: ")
    (warning,) = github([LACKS]).splitlines()
    assert warning.startswith("::warning title=lacks::f: no rule; paste:%0A%0Aimport parity")


def test_github_reads_no_command_and_no_property_in_a_name() -> None:
    (line,) = github([EVERY]).split("\n")
    command, _, message = line.removeprefix("::error ").partition("::")
    keys = [part.partition("=")[0] for part in command.split(",")]
    assert keys == ["file", "line", "title"]
    assert "%250A" in command
    assert "\r" not in message


def test_a_fault_without_a_known_line_is_an_error_all_the_same() -> None:
    unplaced = of_layers([DIFFERS], finding("k0", where=""))
    assert github([unplaced]).startswith("::error title=pair")
    unexplained = of_layers([DIFFERS], replace(finding("k0"), causes=()))
    assert "cause not found at k0" in github([unexplained])
    assert github([of_layers([DIFFERS])]) == "::error title=pair::differ: first at k0"


def test_markdown_says_verdict_causes_gates_and_rows() -> None:
    text = markdown([FAULTY])
    assert text.startswith("### `pair`\n\n**differ: first at k1; causes: bn-epsilon**\n")
    assert "fix: `eps=0.001`" in text
    assert "| forward | differ |" in text
    rows = [line for line in text.splitlines() if line.startswith("| k")]
    assert [row.split(" | ")[0] for row in rows] == ["| k0", "| k1"]
    assert "<summary>not checked</summary>" in markdown([PASSES])


def test_markdown_fences_what_is_to_be_pasted() -> None:
    text = markdown([LACKS])
    assert "- missing: f: no rule; paste:\n  ````\n  import parity\n  ```\n" in text


def test_markdown_reads_nothing_in_a_name() -> None:
    text = markdown([EVERY])
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)  # of code
    assert "<i>" not in outside
    assert "@team" not in outside
    assert not re.search(r"(?<!&)#1", outside)
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line[:1] == "|"}
    assert widths == {4, 10}, "as many cells in each row as there are heads"
    assert "\x1b" not in text


@pytest.mark.parametrize("text", ["`", "``a`", "a ` b", "", "``` "])
def test_code_with_backticks_is_code(text: str) -> None:
    first = markdown([replace(PASSES, pair=text)]).splitlines()[0].removeprefix("### ")
    fence = re.match("`+", first)
    assert fence
    assert first.endswith(fence[0])
    inner = first[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inner)
