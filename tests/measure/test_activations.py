"""Joining groups of activations, and what is said where there are none."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from auditor.evidence.facts import LayerFacts
from auditor.evidence.schema import ACTIVATIONS
from auditor.measure.activations import measure


def study_of(rows, layers=(), reasons=None, note=""):
    table = pa.Table.from_pylist(rows, schema=ACTIVATIONS)
    facts = tuple(LayerFacts(name=name, type="ReLU", parameters=0, trainable=0, calls=1) for name in layers)
    model = SimpleNamespace(layer_table=facts, reasons=reasons or {}, layer_note=note)
    frame = SimpleNamespace(prepared=SimpleNamespace(model=model), selected=np.array([True, True, False]), unit=np.arange(3))
    return SimpleNamespace(reader=SimpleNamespace(table=lambda name: table), frame=frame)


def group(name, values, layer="a", call=1):
    """One row of the table from values [cases, units]."""
    values = np.asarray(values, dtype=np.float64)
    return {
        "group": name,
        "layer": layer,
        "call": call,
        "rows": len(values),
        "values": values.size,
        "zeros": int((values == 0).sum()),
        "mean": values.mean(),
        "squares": ((values - values.mean()) ** 2).sum(),
        "low": values.min(axis=0),
        "high": values.max(axis=0),
    }


def test_groups_join_to_the_figures_of_all_cases():
    rng = np.random.default_rng(0)
    values = rng.normal(3, 2, (9, 4))
    values[:, 1], values[:, 2] = 0, 1.5  # always zero; constant
    values[:3, 3] = 0  # zero in the first group only
    parts = [values[:3], values[3:4], values[4:]]
    (table,) = measure(study_of([group(str(n), part) for n, part in enumerate(parts)], ["a"]))
    assert table.rows[0][:5] == ("a", 1, 4, 1, 1)
    assert table.rows[0][5:] == pytest.approx([(values == 0).mean(), values.mean(), values.std()], rel=1e-9)
    assert table.samples.rows == 9 and table.samples.units == 2


def test_layers_stand_in_the_order_of_the_calls_and_those_left_out_are_named():
    rows = [group("0", [[1.0]], layer) for layer in ("a", "b")] + [group("0", [[1.0]], "a", call=2)]
    (table,) = measure(study_of(rows, ["b", "a", "tokens"]))
    assert [row[:2] for row in table.rows] == [("b", 1), ("a", 1), ("a", 2)]
    assert table.notes == ("not followed, since no floating value per case could be seen: tokens",)


def test_of_many_layers_left_out_the_first_four_are_named_and_the_others_counted():
    (table,) = measure(study_of([group("0", [[1.0]], "a")], ["a", *"bcdefgh"]))
    assert table.notes == ("not followed, since no floating value per case could be seen: b, c, d, e and 3 more",)


def test_a_group_with_values_that_are_not_finite_leaves_no_mean_but_its_units():
    broken = group("1", [[1.0, 2.0]]) | {"mean": None, "squares": None}
    (table,) = measure(study_of([group("0", [[1.0, 0.0]]), broken, group("2", [[1.0, 0.0]])], ["a"]))
    assert table.rows[0] == ("a", 1, 2, 0, 1, pytest.approx(1 / 3), None, None)
    assert "NaN or infinite" in table.notes[0]


def test_units_that_differ_between_groups_are_not_counted():
    (table,) = measure(study_of([group("0", [[1.0, 0.0]]), group("1", [[1.0, 0.0, 0.0]]), group("2", [[1.0, 0.0]])], ["a"]))
    assert table.rows[0][2:5] == (None, None, None) and table.rows[0][5] == pytest.approx(4 / 7)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"reasons": {"hooks": "no hooks here"}, "note": "x"}, "no hooks here"),
        ({"note": "the model is an exported program"}, "the model is an exported program"),
        ({}, "no layer returns a floating value for each case"),
    ],
)
def test_without_a_row_the_reason_is_the_models(known, reason):
    (gap,) = measure(study_of([], **known))
    assert (gap.kind, gap.reason) == ("not_evaluated", reason)
