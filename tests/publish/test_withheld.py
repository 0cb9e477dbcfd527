"""A gate on what is withheld is not evaluated, says why and what to do, and no format lets the number through."""

import shutil

import pytest

from auditor.evidence.manifest import write_manifest
from auditor.judge import exit_status
from auditor.publish.card import edit
from auditor.publish.finished import finished
from auditor.publish.gate_outcomes import outcomes, status_of
from auditor.publish.junit import junit
from auditor.publish.sarif import sarif
from auditor.publish.summary import summary
from auditor.report.build import build_report
from auditor.report.comparison.build import compare
from tests.measure.grouped import write_grouped

BANDS = {"old": 260, "young": 137, "kid": 3}  # with the total the second would tell the third: both are withheld
HERE = {"attribute": "band"}
GATES = [
    {"result": "accuracy", "slice": {**HERE, "group": "kid"}, "at_least": 0.5},
    {"result": "balanced_accuracy", "slice": {**HERE, "group": "young"}, "at_least": 0.5},
    {"result": "recall", "slice": {**HERE, "group": "kid", "class": "granted"}, "at_least": 0.1},
    {"result": "selection_rate", "slice": {**HERE, "group": "worst", "class": "granted"}, "at_least": 0.01},
    {"result": "normalised_margin", "slice": {**HERE, "group": "young"}, "at_least": 0.1},
    {"result": "accuracy", "slice": {**HERE, "group": "old"}, "at_least": 0.5},
]
REASON = "Reason: withheld: fewer than 5 rows, or a number that would give away such a group."


def told(run, folder):
    """Every text that leaves the run."""
    found = outcomes(run)
    card = edit(run, None).after
    formats = (junit(run, found), sarif(run, found, "audit.yaml"), summary(run, found, "audit.yaml"), card)
    other = folder.parent / "other"
    shutil.copytree(folder, other)
    made = compare(folder, other, {"accuracy": 0.01}, "the plan").model_dump_json()
    return [one if isinstance(one, str) else one.decode() for one in (*formats, (folder / "report.json").read_bytes(), made)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("withheld") / "run"
    band = [name for name, rows in BANDS.items() for _ in range(rows)]
    drawn = write_grouped(folder, 400, groups={"band": band}, inputs=False, gates=GATES)
    build_report(folder)
    (folder / "report.html").write_text("")
    write_manifest(folder)
    return drawn, finished(folder), folder


def test_a_gate_on_a_withheld_result_of_any_name_is_not_evaluated_and_says_what_to_do(made):
    _, run, _ = made
    *back, shown = run.gates
    for gate in back:
        assert gate.status == "not evaluated" and REASON in gate.statement
        assert (gate.value, gate.low, gate.high) == (None, None, None)
        assert gate.next_step.startswith("Set the gate on what can be told, or have its owner withdraw it")
    assert shown.status == "met"
    assert exit_status(run.gates) == status_of(outcomes(run)) == 3


def test_the_worst_of_groups_is_not_decided_by_those_that_can_be_told_alone(made):
    _, run, _ = made
    worst = run.gates[3]
    assert worst.statement.startswith("Worst of 3 (group): Selection rate") and "2 not evaluated, 1 met" in worst.statement


def test_no_format_lets_the_number_of_a_withheld_group_through(made):
    drawn, run, folder = made
    needles = {"137"}
    for name in ("young", "kid"):
        own = drawn.groups["band"] == name
        right, called = (drawn.label == drawn.predicted)[own].mean(), drawn.predicted[own].mean()
        needles |= {text for share in (right, called) for text in (f"{share:.4f}", f"{100 * share:.2f}", f"{share:.3f}")}
    texts = told(run, folder)
    assert len(texts) == 6 and all("band" in text or "Accuracy" in text for text in texts)
    own = drawn.groups["band"] == "old"
    assert any(f"{(drawn.label == drawn.predicted)[own].mean():.4f}" in text for text in texts)  # what is told is found
    for text in texts:
        found = {needle for needle in needles if f'"{needle}"' in text or f" {needle}" in text or f":{needle}" in text}
        assert not found
