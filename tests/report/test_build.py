import hashlib
import json

import pytest

from auditor.errors import AuditError
from auditor.evidence.store import Reader, table_sha256
from auditor.report.build import build_report
from auditor.report.record import Report
from tests.measure.synthetic import replace_table, write_run

GATES = (
    {"result": "accuracy", "at_least": 0.9, "chosen_by": "product owner"},
    {"result": "overconfidence", "at_most": 0.02, "at_least": -0.02},
    {"result": "recall", "slice": {"class": "3"}, "at_least": 0.99},
    {"result": "normalised_margin", "at_least": 0.9},
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"), 1000, 500, gates=GATES)


@pytest.fixture(scope="module")
def report(run):
    return build_report(run)


def test_report_json_is_canonical_and_its_id_is_its_digest(run, report):
    written = (run / "report.json").read_bytes()
    assert report.id == hashlib.sha256(written).hexdigest()
    assert Report.model_validate_json(written) == report
    assert written == json.dumps(json.loads(written), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_equal_evidence_gives_equal_bytes(run, report, tmp_path):
    other = write_run(tmp_path, 1000, 500, gates=GATES)
    for name in ("curves", "attributions", "predictions"):
        replace_table(other, name, Reader(other).table(name).to_pylist()[::-1])
    build_report(other)
    assert (other / "report.json").read_bytes() == (run / "report.json").read_bytes()


def test_the_report_binds_the_evidence_and_the_files_it_shows(run, report):
    assert report.evidence["curves"] == table_sha256(Reader(run).table("curves"))
    assert set(report.evidence) == {"samples", "predictions", "attributions", "curves", "checks"}
    assert set(report.files) >= {"tables/results.csv"} | {f"exemplars/{k}.npz" for k in range(len(report.exemplars))}
    for path, digest in report.files.items():
        assert hashlib.sha256((run / path).read_bytes()).hexdigest() == digest


def test_gates_come_before_verdicts_in_the_plans_order(report):
    kinds = [finding.kind for finding in report.findings]
    told = [kind for kind in kinds if kind != "signal"]
    assert told == ["gate"] * 4 + ["verdict"] * 2 + ["finding"]  # one gate is not met
    assert set(kinds[6:-1]) == {"signal"}  # raised by rules: after what was asked for, before what people took up
    gates = report.findings[:4]
    assert [gate.results[0][0] for gate in gates] == ["accuracy", "overconfidence", "recall", "normalised_margin"]
    assert [gate.status for gate in gates[0:4:3]] == ["met", "not met"]
    assert gates[3].results[0][1] == {"method": "integrated_gradients", "fill": "mean"}


def test_gated_results_are_resampled_more_often(report):
    how = {result.name: result.interval.how for result in report.results if result.kind == "estimate" and result.interval}
    assert "10,000" in how["overconfidence"]
    assert "2,000" in how["log_loss"]


def test_examples_name_their_largest_features_with_shares(run, report):
    example = report.exemplars[0]
    row = next(
        row
        for row in Reader(run).table("attributions").to_pylist()
        if row["sample_id"] == example.sample_id and row["method"] == "saliency"
    )
    size = [abs(value) for value in row["values"]]
    best = max(range(49), key=lambda j: size[j])
    assert example.top["saliency"][0] == (report.prepared.features.names[best], pytest.approx(size[best] / sum(size)))
    assert len(example.top["saliency"]) == 3
    assert [one.group for one in report.exemplars] == ["right"] * 4 + ["wrong"] * 3 + ["borderline"] * 2


def test_a_plan_without_examples_has_none(tmp_path):
    report = build_report(write_run(tmp_path, 200, 60, extra={"examples": "none"}))
    assert report.exemplars == ()
    assert all(name.startswith("tables/") for name in report.files)


def test_a_long_ranking_is_written_and_listed(tmp_path):
    run = write_run(tmp_path, 1000, 500, methods=("saliency",))
    rows = Reader(run).table("attributions").to_pylist()
    for row in rows:
        row.update(names=[f"column {j}" for j in range(55)], values=[float(j % 9) for j in range(55)])
    replace_table(run, "attributions", rows)
    report = build_report(run)
    assert (run / "tables" / "ranking-saliency-0.csv").read_text().startswith("feature,score,share,rank,low,high,cases\n")
    assert "tables/ranking-saliency-0.csv" in report.files


def test_a_folder_that_is_no_run_is_an_error_with_a_fix(tmp_path):
    with pytest.raises(AuditError, match="holds no evidence of an audit") as error:
        build_report(tmp_path)
    assert "give the folder that `auditor run` printed" in str(error.value)


def test_a_damaged_plan_is_an_error_with_a_fix(tmp_path):
    run = write_run(tmp_path, 100, 20)
    (run / "evidence" / "plan.json").write_text('{"name": 3')
    with pytest.raises(AuditError, match="is not the plan of an audit"):
        build_report(run)


def test_a_gate_on_nothing_stops_before_a_report_is_written(tmp_path):
    run = write_run(tmp_path, 100, 20, gates=({"result": "accuracy", "slice": {"class": "3"}, "at_least": 0.5},))
    with pytest.raises(AuditError, match="Gate 1 on accuracy fits no result"):
        build_report(run)
    assert not (run / "report.json").exists()
