"""Every kind of model through the whole way: evidence complete, its ends equal to the bare model, a report at the end."""

import json

import numpy as np
import pytest
import torch

from auditor.evidence.handle import Evidence
from auditor.run.audit import audit
from tests.run import small
from tests.run.kinds import KINDS, SUBJECT


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Each kind audited once, with its report."""
    found = {}

    def run(kind):
        if kind not in found:
            folder = tmp_path_factory.mktemp("kinds") / "plan"
            out = folder.parent / "run"
            evidence = audit(small.write(folder, KINDS[kind], SUBJECT), out)
            found[kind] = evidence, json.loads(small.report_bytes(out)), _own(folder)
        return found[kind]

    return run


def _own(folder):
    names = {}
    exec(compile((folder / "subject.py").read_text(), "subject", "exec"), names)
    return names


def rows(evidence, table, **wanted):
    found = evidence.table(table).to_pylist()
    wanted = {"variant": "", **wanted} if table in ("attributions", "predictions", "curves") else wanted
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


@pytest.mark.parametrize("kind", KINDS)
def test_an_audit_is_complete_and_reports_every_method_it_could_run(runs, kind):
    evidence, report, _ = runs(kind)
    assert evidence.complete
    assert {row["error"] for table in ("attributions", "curves") for row in evidence.table(table).to_pylist()} == {""}
    gradient = "integrated_gradients" in {method.name for method in evidence.prepared.methods if method.applies}
    assert gradient == (kind != "function")
    assert {"accuracy", "deletion_auc"} <= {result["name"] for result in report["results"]}


@pytest.mark.parametrize("kind", KINDS)
def test_every_curve_begins_at_the_clean_score_and_ends_where_all_features_are_removed(runs, kind):
    evidence, _, _ = runs(kind)
    ends = {}
    clean = {row["sample_id"]: row["logits"] for row in rows(evidence, "predictions", variant="")}
    head = evidence.prepared.model.head
    for row in evidence.table("curves").to_pylist():
        z = torch.tensor(clean[row["sample_id"]]).double()
        p = (z.softmax(0) if head == "softmax" else z.sigmoid())[row["target"]]
        assert row["score"][0] == pytest.approx(float(p), abs=1e-6)
        assert row["removed"][0] == 0
        assert row["removed"] == sorted(set(row["removed"]))
        ends.setdefault((row["sample_id"], row["target"], row["fill"]), set()).add((row["removed"][-1], row["score"][-1]))
    assert all(len(end) == 1 for end in ends.values())


def test_a_longer_series_has_more_windows_and_padding_is_no_feature(runs):
    evidence, _, _ = runs("gru with lengths")
    counts = {row["sample_id"]: len(row["values"]) for row in rows(evidence, "attributions", method="saliency")}
    for name, count in counts.items():
        steps = 8 + int(name.removeprefix("row-")) % 13
        assert count == 3 * -(-steps // 2)  # windows of two steps, three channels


def test_occlusion_of_a_series_is_the_drop_of_the_logit_when_its_window_takes_the_fill(runs):
    evidence, _, own = runs("gru with lengths")
    model, data = own["gru"]().eval(), own["series"](True)
    drawn = rows(evidence, "attributions", method="occlusion")[5]
    item = data[int(drawn["sample_id"].removeprefix("row-"))]
    x, length = item["input"]["x"][None], torch.tensor([item["input"]["lengths"]])
    reference = _mean_reference(evidence, data)
    for number, name in enumerate(drawn["names"]):
        channel, window = int(name.split(",")[0].split()[1]) - 1, number // 3
        filled = x.clone()
        stop = min(2 * window + 2, int(length))
        filled[0, channel, 2 * window : stop] = reference[channel, 2 * window : stop]
        with torch.no_grad():
            drop = (model(x, length) - model(filled, length))[0, drawn["target"]]
        assert drawn["values"][number] == pytest.approx(float(drop), abs=1e-5)


def _mean_reference(evidence, data):
    """The default fill of series is the mean of the reference rows; here all rows are among them."""
    assert evidence.prepared.fills[0].name == "mean"
    return torch.stack([data[i]["input"]["x"] for i in range(len(data))]).double().mean(0).float()


def test_gradients_of_tokens_are_taken_at_their_embeddings(runs):
    evidence, _, own = runs("tokens")
    model, data = own["reader"]().eval(), own["tokens"]()
    found = rows(evidence, "attributions", method="input_x_gradient")
    assert len(found) == 60
    for drawn in found[:5]:
        given = data[int(drawn["sample_id"].removeprefix("row-"))]["input"]
        ids, mask = given["input_ids"][None], given["attention_mask"][None]
        points = model.words(ids).detach().requires_grad_()
        values = model.encoder(points, src_key_padding_mask=mask == 0)
        weight = mask[:, :, None].float()
        logit = model.head((values * weight).sum(1) / weight.sum(1))[0, drawn["target"]]
        (gradient,) = torch.autograd.grad(logit, points)
        expected = (points * gradient).sum(-1)[0, : int(mask.sum())]
        assert np.allclose(drawn["values"], expected.detach().numpy(), atol=1e-5)
        assert drawn["names"] == [f"token {int(i)}" for i in ids[0, : int(mask.sum())]]


def test_integrated_gradients_of_a_text_share_out_the_drop_to_the_text_with_every_word_masked(runs):
    evidence, _, _ = runs("tokens")
    method = "integrated_gradients"
    sums = {row["sample_id"]: sum(row["values"]) for row in rows(evidence, "attributions", method=method)}
    gaps, drop = (
        {row["sample_id"]: row["value"] for row in rows(evidence, "checks", name=name, method=method)}
        for name in ("completeness_gap", "completeness_difference")
    )
    shap = {row["sample_id"]: sum(row["values"]) for row in rows(evidence, "attributions", method="kernel_shap")}
    for name, total in sums.items():
        assert total - gaps[name] == pytest.approx(drop[name], abs=1e-4)
        assert shap[name] == pytest.approx(drop[name], abs=1e-4)  # the same two ends, by two methods
    fitted = next(m for m in evidence.prepared.methods if m.name == "integrated_gradients")
    assert fitted.options["baseline"] == "mask_token"


def test_of_several_labels_every_predicted_one_is_explained_up_to_three(runs):
    evidence, report, own = runs("several labels")
    model = own["mlp"](4).eval()
    cases = {}
    for row in rows(evidence, "attributions", method="saliency"):
        cases.setdefault(row["sample_id"], set()).add(row["target"])
    for name, targets in cases.items():
        with torch.no_grad():
            z = model(own["tags"]()[int(name.removeprefix("row-"))]["input"][None])[0]
        order = z.argsort(descending=True).tolist()
        predicted = [c for c in order if z[c] >= 0][:3] or order[:1]
        assert targets == set(predicted)
    samples = rows(evidence, "samples")
    assert all(row["labels"] == [c for c in range(4) if (int(row["sample_id"][4:]) >> c) & 1] for row in samples)
    assert report["prepared"]["cases"] == sum(len(targets) for targets in cases.values())


def test_one_logit_is_two_classes_of_which_the_second_is_its_sigmoid(runs):
    evidence, _, own = runs("one logit")
    model = own["mlp"](1).eval()
    for row in rows(evidence, "predictions")[:10]:
        with torch.no_grad():
            z = float(model(own["table"]()[int(row["sample_id"][4:])]["input"][None]))
        assert row["logits"] == pytest.approx([-z, z], abs=1e-5)


def test_members_of_an_ensemble_are_predicted_and_explained_one_by_one(runs):
    evidence, _, own = runs("ensemble")
    x = torch.stack([own["images"]()[i]["input"] for i in range(70)])
    member = own["cnn"](1).eval()
    with torch.no_grad():
        expected = member(x)
        mean = torch.stack([own["cnn"](s).eval()(x).softmax(1) for s in range(3)]).mean(0)
    for row in rows(evidence, "predictions", variant="member:1"):
        assert np.allclose(row["logits"], expected[int(row["sample_id"][4:])], atol=1e-5)
    for row in rows(evidence, "predictions", variant=""):
        assert np.allclose(np.exp(row["logits"]), mean[int(row["sample_id"][4:])], atol=1e-5)
    whole = {(row["sample_id"], row["target"]) for row in rows(evidence, "attributions", variant="", method="saliency")}
    own_rows = rows(evidence, "attributions", variant="member:1", method="saliency")
    assert {(row["sample_id"], row["target"]) for row in own_rows} == whole
    point = x[int(own_rows[0]["sample_id"][4:])][None].requires_grad_()
    (gradient,) = torch.autograd.grad(member(point)[0, own_rows[0]["target"]], point)
    edge = [gradient.abs()[0, 0, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2].mean() for r in range(4) for c in range(4)]
    assert np.allclose(own_rows[0]["values"], edge, atol=1e-6)


def test_a_run_of_any_kind_can_be_opened_again(runs):
    evidence, _, _ = runs("tokens")
    again = Evidence(evidence.path)
    assert again.complete
    assert again.prepared.features.kind == "words"
