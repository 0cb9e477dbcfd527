"""Words masked and words deleted, and orders of texts with different numbers of words."""

import numpy as np
import pytest
import torch
from torch import nn

from auditor.inputs.batch import Batch
from auditor.inputs.features import FeatureMap
from auditor.inputs.model import TorchModel
from auditor.inputs.randomness import sample_keys
from auditor.removal.calls import Calls
from auditor.removal.game import RemovalGame
from auditor.removal.material import Material, make_fill
from auditor.removal.orders import deletion, levels, removal_counts

PAD, FIRST, LAST, MASK = 0, 1, 2, 3
IDS = torch.tensor([[1, 10, 11, 12, 13, 2, 0, 0], [1, 20, 21, 2, 0, 0, 0, 0]])
OWN = (IDS != PAD).long()
# the first text has three words, of which the second has two tokens; the second text has two
WORDS = torch.tensor([[-1, 0, 1, 1, 2, -1, -1, -1], [-1, 0, 1, -1, -1, -1, -1, -1]])


class Sums(nn.Module):
    """Logit of class 0: a number per token, added up where the text is its own."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(30, 1)
        with torch.no_grad():
            self.table.weight[:] = torch.arange(30.0)[:, None] ** 1.5

    def forward(self, input_ids, attention_mask):
        total = (self.table(input_ids)[..., 0] * attention_mask).sum(1)
        return torch.stack([total, -total], 1)


def text_batch(**others):
    ids = ("a", "b")
    features = FeatureMap(WORDS, torch.tensor([3, 2]), (("one", "two", "three"), ("four", "five")), 3)
    inputs = {"input_ids": IDS, "attention_mask": OWN, **others}
    clean = Sums()(IDS, OWN).detach()
    return Batch(ids, sample_keys(ids), inputs, "input_ids", features, clean.argmax(1), clean.argmax(1), clean)


ROWS, KEEP = torch.tensor([0, 0, 1, 1]), torch.tensor([[1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 1, 1]], dtype=torch.bool)
FILLED = Material(None, mask_id=MASK, pad_id=PAD)


def test_every_token_of_a_removed_word_is_masked_and_special_tokens_and_padding_stay():
    found = make_fill("mask_token", FILLED, "text").apply(text_batch(), ROWS, KEEP, 0)
    assert found["input_ids"].tolist() == [
        [1, 10, 3, 3, 13, 2, 0, 0],
        [1, 3, 3, 3, 3, 2, 0, 0],
        [1, 20, 21, 2, 0, 0, 0, 0],
        [1, 3, 21, 2, 0, 0, 0, 0],
    ]
    assert torch.equal(found["attention_mask"], OWN[ROWS])


def test_deleted_words_close_up_and_mask_length_and_segments_follow():
    segments = torch.tensor([[0, 0, 0, 1, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0, 0, 0]])
    batch = text_batch(lengths=OWN.sum(1), token_type_ids=segments, position_ids=torch.arange(8).expand(2, 8))
    found = make_fill("delete", FILLED, "text").apply(batch, ROWS, KEEP, 0)
    assert found["input_ids"].tolist() == [
        [1, 10, 13, 2, 0, 0, 0, 0],
        [1, 2, 0, 0, 0, 0, 0, 0],
        [1, 20, 21, 2, 0, 0, 0, 0],
        [1, 21, 2, 0, 0, 0, 0, 0],
    ]
    assert found["attention_mask"].sum(1).tolist() == found["lengths"].tolist() == [4, 2, 4, 3]
    assert found["token_type_ids"].tolist()[0] == [0, 0, 1, 1, 0, 0, 0, 0]
    assert torch.equal(found["position_ids"], torch.arange(8).expand(4, 8))
    assert torch.equal(batch.x, IDS)


def test_a_text_of_which_nothing_is_left_keeps_one_padding_token():
    element = torch.tensor([[0, 1, -1, -1]])
    ids = torch.tensor([[7, 8, 0, 0]])
    features = FeatureMap(element, torch.tensor([2]), (("x", "y"),), 2)
    clean = torch.zeros(1, 2)
    target = torch.zeros(1, dtype=torch.int64)
    batch = Batch(
        ("a",), sample_keys(["a"]), {"ids": ids, "lengths": torch.tensor([2])}, "ids", features, target, target, clean
    )
    found = make_fill("delete", FILLED, "text").apply(batch, torch.tensor([0]), torch.zeros(1, 2, dtype=torch.bool), 0)
    assert (found["ids"].tolist(), found["lengths"].tolist()) == ([[0, 0, 0, 0]], [1])


def game_of(fill, rows=8):
    model = TorchModel(Sums().eval(), ("p", "q"))
    batch = text_batch()
    model.choose_arguments(batch.inputs)
    return RemovalGame(Calls(model, rows), batch, make_fill(fill, FILLED, "text"), "logit")


@pytest.mark.parametrize("fill", ["mask_token", "delete"])
def test_texts_of_different_numbers_of_words_are_removed_word_by_word_each_to_its_own_end(fill):
    game = game_of(fill)
    values = torch.tensor([[1.0, 3.0, 2.0], [5.0, 6.0, torch.nan]])
    found = deletion(game, levels(values), 20, seed=0)
    worth = torch.arange(30.0) ** 1.5
    gone = {"mask_token": worth[MASK], "delete": 0.0}[fill]
    full = [float((worth[row] * own).sum()) for row, own in zip(IDS, OWN, strict=True)]
    drops = [[2 * gone - worth[11] - worth[12], gone - worth[13], gone - worth[10]], [gone - worth[21], gone - worth[20]]]
    for case, drop in enumerate(drops):
        counts, first = np.unique(found.removed[case].numpy(), return_index=True)
        assert counts.tolist() == list(range(len(drop) + 1))
        expected = full[case] + np.cumsum([0.0, *map(float, drop)])
        assert np.allclose(found.score[case][first].numpy(), expected, rtol=1e-5)
    assert found.tie_share.tolist() == [0.0, 0.0]


def test_no_point_of_a_short_text_is_computed_twice():
    game, asked = game_of("mask_token"), []
    values = game.values
    game.values = lambda rows, keep: asked.append(len(rows)) or values(rows, keep)
    deletion(game, levels(torch.tensor([[1.0, 3.0, 2.0], [5.0, 6.0, torch.nan]])), 20, seed=0)
    assert sum(asked) == 2 + 1 + 2  # inner points of both texts, and both empty ones


def test_with_repeats_the_counts_of_few_features_pass_through_the_same_points():
    for features in range(1, 9):
        counts = removal_counts(features, 12, repeat=True)
        assert len(counts) == 13
        assert sorted(set(counts)) == list(range(features + 1))
        assert [features - n for n in reversed(counts)] == counts or features % 2 == 1
