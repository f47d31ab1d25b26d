"""Reports as JUnit writes them, for CI that shows tests: a suite a pair, a case a gate.

Source of the format: https://github.com/testmoapp/junitxml
"""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from parity.checking.show import answer, diagnosis
from parity.checking.show.verdicts import told
from parity.language import speaking
from parity.records.comparison import Report

# What XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets).
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AS = {"differ": "failure", "incomplete": "error", "not run": "skipped"}


@speaking("en")  # a machine reads it
def junit(reports: Sequence[Report]) -> str:
    """An XML document. A pair that differs fails; one that is incomplete is an error."""
    suites = ET.Element("testsuites", name="parity")
    for found in reports:
        suites.append(_suite(found))
    _count(suites)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(found: Report) -> ET.Element:
    suite = ET.Element("testsuite", name=_legal(found.pair))
    case = _case(suite, found, "verdict", found.verdict, told(found), _why(found))
    place, _, line = next((x.torch_line for x in answer.reasons(found)), "").rpartition(":")
    if place:
        case.set("file", _legal(place))
        case.set("line", line)
    for gate in found.gates:
        # What is returned decides: where it agrees, a gate that explains does not fail alone.
        word = "pass" if found.verdict == "pass" else gate.verdict
        _case(suite, found, answer.titled(gate), word, gate.note, "")
    _count(suite)
    return suite


def _case(
    suite: ET.Element, found: Report, name: str, word: str, message: str, text: str
) -> ET.Element:
    case = ET.SubElement(suite, "testcase", classname=_legal(found.pair), name=name)
    if word in _AS:
        ET.SubElement(case, _AS[word], message=_legal(message), type=word).text = _legal(text)
    return case


def _count(parent: ET.Element) -> None:
    parent.set("tests", str(sum(1 for _ in parent.iter("testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        parent.set(attribute, str(sum(1 for _ in parent.iter(tag))))


def _why(found: Report) -> str:
    """What is missing, and the causes, in lines."""
    lines = [answer.said(*each) for each in answer.missing(found)]
    for reason in answer.reasons(found):
        lines += [
            f"cause {reason.cause.cause}: {reason.where} {reason.torch_line}".rstrip(),
            f"  here: {reason.cause.says}",
            f"  fix: {reason.cause.fix}",
        ]
    lines += [f"cause not found: {x.keras or x.torch}" for x in answer.unexplained(found)]
    if found.mended is not None:
        lines.append(diagnosis.together(found.mended, found.remains))
    return "\n".join(lines)


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
