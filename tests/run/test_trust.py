"""The checks behind the verdicts, in a small audit: each number again, slowly, from the bare model."""

import numpy as np
import pytest
import torch

from auditor.evidence.facts import TrustFacts
from auditor.inputs.model import TorchModel
from auditor.inputs.randomised import randomised
from auditor.run.audit import audit
from tests.run import small

BARE = small.PLAN.replace("trust: {enabled: false}\n", "")
PLAN = BARE.replace("methods: [integrated_gradients, saliency, occlusion, random]", "methods: [METHODS]")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """(evidence, bare model, inputs by id)."""
    folder = tmp_path_factory.mktemp("trust")
    plan = PLAN.replace("METHODS", "integrated_gradients, saliency, {smoothgrad: {samples: 4}}, random")
    plan += "trust: {cases: 20, curves: 30, copies: 2, noise: 2, infidelity: 3}\n"
    evidence = audit(small.write(folder, plan), folder / "run")
    names = {}
    exec(compile((folder / "subject.py").read_text(), "subject", "exec"), names)
    rows = names["data"]()
    return evidence, names["model"]().eval(), {rows[i]["id"]: rows[i]["input"] for i in range(len(rows))}


def rows(evidence, table, **wanted):
    found = evidence.table(table).to_pylist()
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def edges(x):
    """[16] means over the 2 × 2 patches of the magnitude of an 8 × 8 map."""
    return x.abs().reshape(4, 2, 4, 2).mean(dim=(1, 3)).flatten()


def gradient(model, x, target):
    point = x[None].clone().requires_grad_()
    return torch.autograd.grad(model(point)[0, target], point)[0][0, 0]


def test_the_evidence_is_complete_only_with_every_row_of_the_checks(run, tmp_path):
    evidence, _, _ = run
    assert evidence.complete
    trust = evidence.prepared.trust
    # 20 cases × 3 methods × (2 copies + 2 noisy inputs + another class), 20 × smoothgrad's seed, 30 × |x − fill|, and the
    # 20 cases × 3 methods at 2 levels of layers
    assert trust.rows["attributions"] == 20 * 3 * 5 + 20 + 30 + 20 * 3 * 2
    # 20 × 3 × 2 copies × both orders, 30 × both orders of (2 model-free orders + 2 fills × 3 methods)
    assert trust.rows["controls"] == 20 * 3 * 2 * 2 + 30 * 2 * (2 + 2 * 3)
    whole = sorted(evidence.path.glob("evidence/controls/*.parquet"))
    whole[-1].rename(tmp_path / "gone")
    assert not evidence.complete
    (tmp_path / "gone").rename(whole[-1])


def test_the_cases_are_the_first_of_the_selections_own_order(run):
    evidence, _, _ = run
    few, many = (
        {row["sample_id"] for row in rows(evidence, "attributions", variant=variant)}
        for variant in ("randomised:1", "model_free:magnitude")
    )
    every = {row["sample_id"] for row in rows(evidence, "attributions", variant="")}
    assert len(few) == 20 and len(many) == 30 and few < many < every


def test_a_copys_attribution_is_the_methods_on_other_weights_for_the_same_targets(run):
    evidence, model, inputs = run
    audited = TorchModel(model, ("a", "b", "c"))
    targets = {row["sample_id"]: row["target"] for row in rows(evidence, "attributions", variant="", method="saliency")}
    for number in (1, 2):
        other = randomised(audited, number, 1)[0].module
        for row in rows(evidence, "attributions", variant=f"randomised:{number}", method="saliency"):
            assert row["target"] == targets[row["sample_id"]]
            expected = edges(gradient(other, inputs[row["sample_id"]], row["target"]))
            assert np.allclose(row["values"], expected, rtol=1e-4, atol=1e-6)


def kept_score(model, x, fill, features, target):
    """Probability when only these patches are kept."""
    mask = torch.zeros(4, 4)
    mask.view(-1)[list(features)] = 1
    mask = mask.repeat_interleave(2, 0).repeat_interleave(2, 1).bool()
    with torch.no_grad():
        return float(model(torch.where(mask, x, fill)[None])[0].softmax(0)[target])


@pytest.fixture(scope="module")
def mean(run):
    _, _, inputs = run
    return torch.stack(list(inputs.values())).double().mean(0).float()


def test_curves_of_a_copys_order_are_those_of_the_audited_model(run, mean):
    evidence, model, inputs = run
    values = {
        row["sample_id"]: row["values"] for row in rows(evidence, "attributions", variant="randomised:2", method="saliency")
    }
    for row in rows(evidence, "controls", variant="randomised:2", method="saliency", order="descending")[:5]:
        order = np.argsort(-np.array(values[row["sample_id"]]), kind="stable")
        assert row["removed"] == [0, 5, 11, 16] and row["fill"] == "mean"  # three steps: half of the plan's six
        x = inputs[row["sample_id"]]
        expected = [kept_score(model, x, mean, order[n:], row["target"]) for n in row["removed"]]
        assert np.allclose(row["score"], expected, atol=1e-5)


def test_the_points_of_the_controls_are_points_of_the_audits_own_curves(run):
    evidence, _, _ = run
    own = {tuple(row["removed"]) for row in rows(evidence, "curves")}
    controls = {tuple(row["removed"]) for row in rows(evidence, "controls")}
    assert all(set(points) <= set(fine) for points in controls for fine in own)


def test_the_reversed_order_is_insertion_read_backwards_to_1e_6(run, mean):
    evidence, model, inputs = run
    distance = {row["sample_id"]: row["values"] for row in rows(evidence, "attributions", variant="model_free:magnitude")}
    for row in rows(evidence, "controls", order="magnitude, reversed")[:5]:
        x = inputs[row["sample_id"]]
        assert np.allclose(distance[row["sample_id"]], edges((x - mean)[0]), atol=1e-6)
        order = np.argsort(-np.array(distance[row["sample_id"]]), kind="stable")
        inserted = [kept_score(model, x, mean, order[:n], row["target"]) for n in row["removed"]]
        assert np.allclose(row["score"][::-1], inserted, atol=1e-6)


def test_the_centre_order_removes_the_four_middle_patches_first_and_the_corners_last(run, mean):
    evidence, model, inputs = run
    middle, corners = {5, 6, 9, 10}, {0, 3, 12, 15}
    for row in rows(evidence, "controls", order="centre")[:5]:
        assert row["removed"] == [0, 5, 11, 16]
        others = set(range(16)) - middle - corners
        x, target = inputs[row["sample_id"]], row["target"]
        first = [kept_score(model, x, mean, set(range(16)) - middle - {one}, target) for one in others]
        assert min(abs(row["score"][1] - one) for one in first) < 1e-5
        last = [kept_score(model, x, mean, corners | {one}, target) for one in others]
        assert min(abs(row["score"][2] - one) for one in last) < 1e-5


def test_every_noisy_input_is_predicted_again(run):
    evidence, _, _ = run
    for number in (1, 2):
        kept = rows(evidence, "checks", name="prediction_kept", variant=f"input_noise:{number}")
        assert len(kept) == 20 and {row["value"] for row in kept} <= {0.0, 1.0}


def test_another_class_is_explained_and_never_the_cases_own(run):
    evidence, model, inputs = run
    for row in rows(evidence, "attributions", variant="other_class", method="saliency"):
        x = inputs[row["sample_id"]]
        found = [np.allclose(row["values"], edges(gradient(model, x, c)), rtol=1e-4, atol=1e-6) for c in range(3)]
        assert sum(found) == 1 and not found[row["target"]]


def test_only_methods_that_draw_are_asked_with_another_seed(run):
    evidence, _, _ = run
    assert evidence.prepared.trust.seeds == ("smoothgrad",)
    again = {row["sample_id"]: row["values"] for row in rows(evidence, "attributions", variant="seed:1")}
    own = {row["sample_id"]: row["values"] for row in rows(evidence, "attributions", variant="", method="smoothgrad")}
    assert len(again) == 20
    assert all(not np.allclose(values, own[name], atol=1e-7) for name, values in again.items())


def test_infidelity_of_exact_shares_is_nothing_and_of_none_the_mean_squared_drop(tmp_path):
    linear = small.SUBJECT[: small.SUBJECT.index("def model")] + (
        "def model():\n    torch.manual_seed(3)\n    return nn.Sequential(nn.Flatten(), nn.Linear(64, 3))\n"
    )
    plan = PLAN.replace("METHODS", "integrated_gradients: {baseline: mean}, occlusion, random").replace(
        "integrated_gradients: {baseline: mean}", "{integrated_gradients: {baseline: mean}}"
    )
    plan = plan.replace("samples: 150", "samples: 12") + "trust: {copies: 0, noise: 0, other_class: false}\n"
    evidence = audit(small.write(tmp_path, plan, linear), tmp_path / "run")
    drops = [row["value"] for row in rows(evidence, "checks", name="mean_square_drop")]
    assert len(drops) == 12 and min(drops) > 0
    for method in ("integrated_gradients", "occlusion"):
        assert max(row["value"] for row in rows(evidence, "checks", name="infidelity", method=method)) < 1e-9


def test_switched_off_there_is_nothing_but_the_reason(tmp_path):
    plan = small.PLAN.replace("samples: 150", "samples: 12")
    evidence = audit(small.write(tmp_path, plan), tmp_path / "run")
    assert evidence.complete and evidence.table("controls").num_rows == 0
    off = "the plan switches these checks off (`trust.enabled: false`)"
    assert evidence.prepared.trust == TrustFacts(reasons={"all": off})
