"""Stored curves of a small audit, against removing features by hand along the orders the rows name."""

import numpy as np
import pytest
import torch

from auditor.evidence.store import Reader
from auditor.inputs.randomness import permutations, sample_keys
from auditor.removal.orders import removal_counts
from auditor.run.audit import audit
from tests.run import small

FEATURES, STEPS = 16, 6


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("curves")
    audit(small.write(folder, small.PLAN.replace("samples: 150", "samples: 12")), folder / "run")
    namespace = {}
    exec((folder / "subject.py").read_text(), namespace)
    return Reader(folder / "run"), namespace["model"]().eval(), namespace["data"]()


def rows_of(reader, table, **wanted):
    for row in reader.table(table).to_pylist():
        if all(row[name] == value for name, value in wanted.items()):
            yield row


def probability(model, x, removed, mean, target):
    filled = x.clone()
    for feature in removed:
        r, c = divmod(int(feature), 4)
        filled[:, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2] = mean[:, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2]
    with torch.no_grad():
        return torch.softmax(model(filled[None]), 1)[0, target].item()


def by_hand(model, data, row, order):
    x = data[int(row["sample_id"].removeprefix("row-"))]["input"]
    mean = torch.stack([data[i]["input"] for i in range(len(data))]).mean(0)  # fewer rows than the plan's reference: all
    counts = removal_counts(FEATURES, STEPS)
    assert row["removed"] == counts
    return [probability(model, x, order[:n], mean, row["target"]) for n in counts]


@pytest.mark.parametrize("method", ["integrated_gradients", "saliency", "occlusion"])
def test_a_methods_curves_follow_its_stored_attributions_and_their_reverse(stored, method):
    reader, model, data = stored
    attributions = {row["sample_id"]: np.array(row["values"]) for row in rows_of(reader, "attributions", method=method)}
    assert len(attributions) == 12
    for order, sign in (("descending", -1), ("ascending", 1)):
        for row in list(rows_of(reader, "curves", method=method, order=order))[:4]:
            ranked = np.argsort(sign * attributions[row["sample_id"]], kind="stable")
            assert row["score"] == pytest.approx(by_hand(model, data, row, ranked), abs=1e-5)


def test_random_orders_come_in_pairs_of_an_order_and_its_reverse(stored):
    reader, model, data = stored
    for number in (0, 1, 8, 9):
        for row in list(rows_of(reader, "curves", order=f"random:{number}"))[:3]:
            drawn = permutations(sample_keys([row["sample_id"]]), "random control order", 1, 5, FEATURES)[0, number // 2]
            order = drawn.argsort().tolist()  # the drawn numbers are each feature's place
            order = order[::-1] if number % 2 else order
            assert row["score"] == pytest.approx(by_hand(model, data, row, order), abs=1e-5)


def test_unsigned_methods_are_ordered_by_magnitude_also_where_a_value_is_negative():
    from auditor.explain._context import order_values
    from auditor.methods import InputXGradient, Saliency

    values = torch.tensor([[0.5, -2.0, 1.0]])
    assert order_values(Saliency(), values).tolist() == [[0.5, 2.0, 1.0]]
    assert order_values(InputXGradient(), values).tolist() == [[0.5, -2.0, 1.0]]
