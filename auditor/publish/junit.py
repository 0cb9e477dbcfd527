"""JUnit XML: gates as test cases, for every build server.

Not met is a failure, not evaluated an error, inconclusive and waived are skipped with their message. Verdicts on methods are
no gates: nobody set a bound for them, so they never fail a build; whatever is not "usable" is skipped with its statement.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from auditor.publish.finished import FinishedRun
from auditor.publish.gate_outcomes import Outcome

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Code points XML 1.0 does not allow (https://www.w3.org/TR/xml/#charsets), and those that turn the order of a text around."""


def junit(run: FinishedRun, found: tuple[Outcome, ...]) -> bytes:
    """The document, UTF-8, for `found` of `outcomes`."""
    present = [one for one in found if one.baseline != "absent"]
    gates = _suite("gates", [_gate(one) for one in present])
    methods = _suite("verdicts", _verdicts(run))
    for suite in (gates, methods):
        _properties(suite, run)
    whole = ElementTree.Element("testsuites", {"name": "auditor"})
    for suite in (gates, methods):
        whole.append(suite)
    for total in ("tests", "failures", "errors", "skipped"):
        whole.set(total, str(sum(int(suite.get(total, "0")) for suite in (gates, methods))))
    started, _, seconds = run.times
    whole.set("time", f"{seconds:.3f}")
    if started:
        for element in (whole, gates, methods):
            element.set("timestamp", started.removesuffix("Z"))
    ElementTree.indent(whole)
    content: bytes = ElementTree.tostring(whole, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _suite(name: str, cases: list[ElementTree.Element]) -> ElementTree.Element:
    def count(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    suite = ElementTree.Element("testsuite", {"name": name, "tests": str(len(cases)), "time": "0.000"})
    suite.attrib |= {"failures": count("failure"), "errors": count("error"), "skipped": count("skipped")}
    suite.extend(cases)
    return suite


def _properties(suite: ElementTree.Element, run: FinishedRun) -> None:
    prepared = run.report.prepared
    said = {
        "report_id": run.report_id,
        "model": f"{prepared.model.name} {prepared.model.version}".strip(),
        "model_sha256": prepared.model.state_sha256,
        "data_sha256": prepared.data.decoded_sha256,
        "thresholds_sha256": run.report.thresholds_sha256,
    }
    element = ElementTree.Element("properties")
    for name, value in said.items():
        ElementTree.SubElement(element, "property", {"name": name, "value": _legal(value)})
    suite.insert(0, element)


def _gate(one: Outcome) -> ElementTree.Element:
    gate = one.finding
    about = gate.results[0][0] if gate.results else "gate"
    case = _case(f"auditor.gates.{about}", f"{one.name} {gate.bound}".strip())
    if one.waiver:
        _part(case, "skipped", f"waived: {one.waiver}", gate.statement)
    elif gate.status == "not met":
        _part(case, "failure", one.figures, _whole(gate.statement, gate.next_step))
    elif gate.status == "not evaluated":
        _part(case, "error", gate.statement, _whole(gate.statement, gate.next_step))
    elif gate.status == "inconclusive":
        _part(case, "skipped", f"inconclusive: {one.figures}", _whole(gate.statement, gate.next_step))
    return case


def _verdicts(run: FinishedRun) -> list[ElementTree.Element]:
    cases = []
    for finding in run.report.findings:
        if finding.kind == "verdict":
            case = _case("auditor.verdicts", finding.id.removeprefix("verdict-"))
            if finding.status != "met":
                _part(case, "skipped", finding.statement, "")
            cases.append(case)
    return cases


def _case(where: str, name: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", {"classname": _legal(where), "name": _legal(name), "time": "0.000"})


def _part(case: ElementTree.Element, tag: str, message: str, text: str) -> None:
    attributes = {"message": _legal(message)} | ({} if tag == "skipped" else {"type": "gate"})
    ElementTree.SubElement(case, tag, attributes).text = _legal(text) or None


def _whole(statement: str, next_step: str) -> str:
    return f"{statement}\nNext: {next_step}" if next_step else statement


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
