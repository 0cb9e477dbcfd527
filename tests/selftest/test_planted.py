"""Models with a planted truth go the product's own way; one seed of each plant, and one that must not be found."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from auditor.planted import audited, clean, digits, numbers, tables, texts, training
from auditor.selftest.catalogue import cells


@pytest.mark.parametrize("plant", [tables.linear, tables.ignored, texts.word])
def test_a_plant_is_found_by_every_method_that_should_find_it(plant):
    assert all(plant(1))


def test_a_mark_is_found_where_it_is_and_not_where_it_is_not():
    assert all(digits.watermark(1, 0.9)[:4])
    assert not any(digits.watermark(1, 0.0)[:4])


def test_the_largest_weight_is_not_found_where_the_ranking_is_about_something_else(monkeypatch):
    monkeypatch.setattr(tables, "column", lambda index: f"column {index}")  # its neighbour
    assert not any(tables.linear(1))


def test_columns_that_a_network_reads_do_not_rank_surely_last(monkeypatch):
    own = tables._rankings

    def read_after_all(model, inputs, labels, seed):
        model[0].weight.data += 0.2
        return own(model, inputs, labels, seed)

    monkeypatch.setattr(tables, "_rankings", read_after_all)
    assert not any(tables.ignored(1))


def test_training_and_rows_are_the_same_for_a_seed():
    first, second = (training.initialised(torch.nn.Linear(3, 2), training.drawn(4)) for _ in range(2))
    assert torch.equal(first.weight, second.weight)
    assert not torch.equal(first.weight, training.initialised(torch.nn.Linear(3, 2), training.drawn(5)).weight)


def test_the_reverse_of_an_order_has_minus_its_margin():
    assert numbers.reversed_order(0)[0] < 1e-6


def test_reduced_precision_moves_something_and_the_model_stays_as_it_was():
    model = training.initialised(torch.nn.Linear(3, 2), training.drawn(0))
    before, rows = model.weight.clone(), torch.randn(5, 3, generator=training.drawn(1))
    moved = (numbers._Halved(model)(rows) - model(rows)).detach().abs().max()
    assert 0 < float(moved) < 0.05 and model.weight.dtype == torch.float32 and torch.equal(model.weight, before)


def test_clean_labels_are_drawn_with_the_stated_probabilities():
    model = torch.nn.Linear(clean.COLUMNS, 2)
    with torch.no_grad():
        model.weight.zero_()
        model.bias.copy_(torch.tensor([0.0, 1.0]))
    data = clean.Clean(model, training.drawn(0))
    assert float(data.labels.float().mean()) == pytest.approx(torch.tensor([0.0, 1.0]).softmax(0)[1].item(), abs=0.08)
    assert {data[0]["groups"]["kind"], data[1]["groups"]["kind"], data[7]["groups"]["kind"]} <= {"first", "second"}
    with pytest.raises(IndexError):
        data[clean.ROWS]


def test_recovery_needs_the_first_rank_and_an_interval_that_holds_it():
    def ranked(feature, rank, low):
        return audited.RankedFeature(feature=feature, score=1.0, share=0.1, rank=rank, low=low, high=3)

    assert audited.found_first([ranked("a", 1, 1)], "a")
    assert not audited.found_first([ranked("a", 2, 1)], "a")
    assert not audited.found_first([ranked("a", 1, 1)], "b")
    assert not audited.found_first([], "a")


def test_a_cell_on_models_gives_one_column_per_aim():
    cell = cells()["reversed"]
    tally = cell.of_block(0)
    assert tally.repetitions == 1 and np.isfinite(tally.largest).all() and len(tally.sums) == 1
