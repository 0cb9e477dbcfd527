"""Further checks of an audit: layers randomised one after the other, other tools' curves, texts with noise and three fills."""

import json

import numpy as np
import pytest
import torch

from auditor import faithfulness_curves
from auditor.errors import AuditError
from auditor.inputs.cascade import cascaded
from auditor.inputs.embedding_noise import moved_embedding
from auditor.inputs.model import TorchModel
from auditor.plan.read import load_plan
from auditor.report.material import Material
from auditor.report.method_parts import part_tables
from auditor.report.record import Report
from auditor.run.audit import audit
from auditor.run.cascade import CascadeChoice
from auditor.run.forecast import forecast
from tests.run import kinds, small
from tests.run.test_trust import BARE, edges, gradient, rows

PLAN = BARE.replace("integrated_gradients, saliency, occlusion, random", "saliency, occlusion, random")
PLAN = PLAN.replace("primary: {", "primary: {method: saliency, ").replace("samples: 150", "samples: 60")
NAMES = ("rise-2018", "torch-cam", "xplique-10")


def own(folder):
    names = {}
    exec(compile((folder / "subject.py").read_text(), "subject", "exec"), names)
    return names


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """(evidence, report, bare model, inputs by id)."""
    folder = tmp_path_factory.mktemp("further")
    plan = PLAN + f"trust: {{cases: 60, curves: 5, copies: 1, noise: 0, cascade: 'yes'}}\nprotocols: [{', '.join(NAMES)}]\n"
    evidence = audit(small.write(folder, plan), folder / "run")
    names = own(folder)
    data = names["data"]()
    inputs = {data[i]["id"]: data[i]["input"] for i in range(len(data))}
    return evidence, json.loads(small.report_bytes(folder / "run")), names["model"]().eval(), inputs


def test_at_each_level_the_method_is_asked_of_the_model_with_these_layers_randomised(run):
    evidence, _, model, inputs = run
    assert evidence.complete and evidence.prepared.trust.cascade == ("4", "0")
    audited = TorchModel(model, ("a", "b", "c"))
    for level, layers in ((1, ["4"]), (2, ["4", "0"])):
        other = cascaded(audited, layers, 1).module
        found = rows(evidence, "attributions", variant=f"cascade:{level}", method="saliency")
        assert len(found) == 60
        for row in found[:10]:
            expected = edges(gradient(other, inputs[row["sample_id"]], row["target"]))
            assert np.allclose(row["values"], expected, rtol=1e-4, atol=1e-6)


def test_the_similarity_of_each_level_is_a_result_with_an_interval_and_a_table_of_its_own(run):
    evidence, report, _, _ = run
    found = [one for one in report["results"] if one["name"] == "cascade_similarity"]
    assert [(one["slice"]["method"], one["slice"]["level"]) for one in found] == [
        (method, level) for method in ("saliency", "occlusion") for level in ("1", "2")
    ]
    assert all(one["kind"] == "estimate" and one["interval"] for one in found)
    table = (evidence.path / "tables" / "cascading_randomisation.csv").read_text().splitlines()
    assert len(table) == 5 and table[1].startswith("saliency,1,4,")


def test_an_audits_curves_under_a_protocol_are_those_of_the_bare_call_on_the_stored_map(run):
    evidence, report, model, inputs = run
    stored = {row["sample_id"]: row for row in rows(evidence, "attributions", variant="", method="occlusion")}
    ids = sorted(stored)
    values = torch.tensor(np.array([stored[name]["values"] for name in ids])).reshape(-1, 4, 4)
    maps = values.repeat_interleave(2, 1).repeat_interleave(2, 2) / 4
    x, targets = torch.stack([inputs[name] for name in ids]), torch.tensor([stored[name]["target"] for name in ids])
    for name in NAMES:
        expected = faithfulness_curves(model, x, maps, targets, protocol=name)
        for order, curves in (("deletion", expected.deletion), ("insertion", expected.insertion)):
            found = {
                row["sample_id"]: row["score"]
                for row in rows(evidence, "protocols", method="occlusion", fill=name, order=order)
            }
            assert np.allclose([found[one] for one in ids], curves, atol=1e-5)
        (mean,) = [
            one for one in report["results"]
            if one["name"] == "protocol_deletion_auc" and one["slice"] == {"method": "occlusion", "protocol": name}
        ]  # fmt: skip
        weight = {row["sample_id"]: row["weight"] for row in evidence.table("samples").to_pylist()}
        weights = np.array([weight[one] for one in ids])
        assert mean["value"] == pytest.approx(float(weights @ expected.deletion_auc.numpy() / weights.sum()), abs=1e-5)


def test_the_whole_protocol_is_in_the_record_and_no_verdict_rests_on_it(run):
    _, report, _, _ = run
    terms = report["protocols"]["preset rise-2018"]
    assert terms["points"] == "23: 22 steps of 1 to 3 of 64 pixels" and terms["score"] == "probability (softmax)"
    assert {"deletion ends at", "insertion starts from", "channels", "ties", "area", "target", "cases", "seed"} <= terms.keys()
    assert "impulse" in terms["insertion starts from"]
    rested = {name for finding in report["findings"] for name, _ in finding["results"]}
    assert not {"protocol_deletion_auc", "protocol_insertion_auc", "cascade_similarity"} & rested


def test_the_forecast_knows_what_they_cost(run, tmp_path):
    plan = PLAN + "trust: {cases: 20, curves: 5, copies: 1, noise: 0}\nprotocols: [xplique-10]\n"
    cost = {name: rest for name, *rest in forecast(load_plan(small.write(tmp_path, plan))).passes}
    assert cost["protocols"] == [60 * 3 * 2 * (9 + 1), 0]
    assert cost["cascade-1"][0] > 0 and "cascade-3" not in cost


def test_layers_of_an_ensemble_are_told_as_every_member_names_them():
    levels = (("members.0.module.fc", "members.1.module.fc"), ("members.0.module.b.2", "members.1.module"))
    assert CascadeChoice(levels, members=True).titles == ("fc, in every member", "b.2 to (whole), in every member")
    assert CascadeChoice((("fc",), ("b.2", ""))).titles == ("fc", "b.2 to (whole)")


def test_a_cascade_too_costly_is_left_out_and_says_how_to_get_it(tmp_path):
    plan = PLAN.replace("samples: 60", "samples: 12").replace("saliency, occlusion", "saliency, {smoothgrad: {samples: 500}}")
    evidence = audit(small.write(tmp_path, plan + "trust: {curves: 3, copies: 1, noise: 0}\n"), tmp_path / "run")
    trust = evidence.prepared.trust
    assert trust.cascade_methods == ("saliency",)
    assert trust.reasons["cascade"] == "too costly for SmoothGrad; `trust.cascade: yes` in the plan asks for it"


def test_protocols_are_refused_where_they_are_not_defined(tmp_path):
    path = small.write(tmp_path, kinds.KINDS["one logit"] + "protocols: [rise-2018, rise2018]\n", kinds.SUBJECT)
    with pytest.raises(AuditError) as raised:
        load_plan(path)
    assert "`rise-2018` is defined for images of one predicted class" in str(raised.value)
    assert "did you mean `rise-2018`?" in str(raised.value)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """(evidence, report, bare model, rows)."""
    folder = tmp_path_factory.mktemp("texts")
    plan = kinds.plan(
        f"factory: subject.py:reader\n  {kinds.TWO}",
        "factory: subject.py:tokens",
        "text",
        "integrated_gradients, occlusion, random",
        "fills: [delete]",
    )
    evidence = audit(small.write(folder, plan, kinds.SUBJECT), folder / "run")
    names = own(folder)
    return evidence, json.loads(small.report_bytes(folder / "run")), names["reader"]().eval(), names["tokens"]()


def test_texts_are_explained_again_with_every_word_moved_a_little(texts):
    evidence, _, model, data = texts
    assert evidence.complete
    trust = evidence.prepared.trust
    assert trust.noise == 1 and "vocabulary" in trust.noise_on and "noise" not in trust.reasons
    audited = TorchModel(model, ("no", "yes"))
    audited.embedding = "words"
    moved = moved_embedding(audited, 1, 1, 0.01).module
    found = rows(evidence, "attributions", variant="input_noise:1", method="occlusion")
    assert len(found) == 12
    for row in found[:6]:
        item = data[int(row["sample_id"].removeprefix("row-"))]["input"]
        ids, mask = item["input_ids"][None], item["attention_mask"][None]
        with torch.no_grad():
            full = moved(ids, mask)["logits"][0, row["target"]]
            for place, value in enumerate(row["values"]):
                without = ids.clone()
                without[0, place] = 0  # the fill: these data name no mask token, so the plan's constant
                assert value == pytest.approx(float(full - moved(without, mask)["logits"][0, row["target"]]), abs=1e-5)


def test_texts_have_three_fills_of_different_kind(texts):
    evidence, report, _, _ = texts
    assert [fill.name for fill in evidence.prepared.fills] == ["mask_token", "delete"]
    assert [fill.name for fill in evidence.prepared.trust.fills] == ["marginal"]
    found = {row["sample_id"] for row in rows(evidence, "controls", fill="marginal", method="occlusion", order="descending")}
    assert len(found) == 12
    said = {
        part["id"]: part
        for finding in report["findings"]
        if finding["id"] == "verdict-occlusion"
        for part in finding["criteria"]
    }
    assert said["V6"]["status"] != "not applicable" and "3 of different kind" not in said["V6"]["statement"]
    assert said["V5"]["status"] != "not applicable" and "whole numbers" not in said["V5"]["statement"]


def test_the_report_prints_them_beside_the_curves_for_the_primary_method(run):
    _, report, _, _ = run
    material = Material(Report.model_validate(report), "", {}, {})
    parts, levels, areas = part_tables(material)
    assert "margin in parts" in parts.caption and {row[0] for row in parts.rows} >= {"Model right", "Model wrong"}
    assert [row[:2] for row in levels.rows] == [("1", "4"), ("2", "0")] and "randomised from the output" in levels.caption
    assert len(areas.rows) == 3 * 3 and "not used by any verdict" in areas.note
    assert all(cell != "–" for row in areas.rows for cell in row)
