"""The removal game and the calls behind it."""

import pytest
import torch
from torch import nn

from auditor.inputs.batch import Batch
from auditor.inputs.features import element_map
from auditor.inputs.model import TorchModel
from auditor.inputs.randomness import sample_keys
from auditor.removal.calls import Calls
from auditor.removal.fill import ReferenceFill
from auditor.removal.game import RemovalGame, score_of
from auditor.removal.material import Material, make_fill


def make_batch(module, x, features):
    ids = tuple(str(i) for i in range(len(x)))
    clean = module(x).detach()
    return Batch(ids, sample_keys(ids), {"x": x}, "x", features, clean.argmax(1), clean.argmax(1), clean)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 4)).eval()


def setting(rows):
    module = network()
    x = torch.randn(5, 2, 6, 6, generator=torch.Generator().manual_seed(3))
    element = (torch.arange(6) // 2)[:, None] * 3 + (torch.arange(6) // 2)[None]
    batch = make_batch(module, x, element_map(element))
    calls = Calls(TorchModel(module, ("a", "b", "c", "d")), rows)
    return module, batch, RemovalGame(calls, batch, ReferenceFill("given", torch.tensor(0.5), ""), "logit")


def test_a_coalitions_value_equals_a_forward_pass_on_the_input_filled_by_hand():
    module, batch, game = setting(rows=4)
    keep = torch.rand(7, 9, generator=torch.Generator().manual_seed(0)) < 0.5
    rows = torch.tensor([0, 4, 2, 2, 1, 3, 0])
    values = game.values(rows, keep)
    for job, row in enumerate(rows.tolist()):
        x = batch.x[row].clone()
        for feature in range(9):
            if not keep[job, feature]:
                r, c = divmod(feature, 3)
                x[:, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2] = 0.5
        expected = module(x[None])[0, batch.targets[row]].item()
        assert values[job].item() == pytest.approx(expected, abs=1e-5)


def test_a_value_is_bit_equal_whatever_its_neighbours():
    _, _, game = setting(rows=4)
    keep = torch.rand(11, 9, generator=torch.Generator().manual_seed(0)) < 0.5
    rows = torch.arange(11) % 5
    together = game.values(rows, keep)
    alone = torch.cat([game.values(rows[i : i + 1], keep[i : i + 1]) for i in range(11)])
    assert torch.equal(together, alone)


def test_every_call_has_the_same_number_of_rows():
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(len(x))
            return x[:, :2]

    calls = Calls(TorchModel(Spy(), ("a", "b")), 4)
    out = list(calls.logits({"x": torch.arange(6.0).reshape(-1, 2)[:n]} for n in (3, 1)))
    assert seen == [4, 4] and [len(o) for o in out] == [3, 1]


def test_the_empty_coalition_is_asked_once():
    _, batch, game = setting(rows=8)
    game.empty()
    game.calls.model = None  # any further call would fail
    assert len(game.empty()) == len(batch)


def test_scores_follow_their_definitions():
    logits = torch.tensor([[2.0, 1.0, -1.0], [0.0, 0.0, 60.0]])
    targets = torch.tensor([0, 1])
    p = torch.softmax(logits.double(), 1)[[0, 1], targets]
    assert torch.allclose(score_of(logits, targets, "probability").double(), p, rtol=1e-6)
    assert score_of(logits, targets, "logit").tolist() == [2.0, 0.0]
    assert torch.allclose(score_of(logits, targets, "log_odds").double(), torch.log(p / (1 - p)), rtol=1e-6)
    assert torch.allclose(score_of(logits, targets, "probability", "sigmoid"), torch.sigmoid(torch.tensor([2.0, 0.0])))


def test_fills_replace_by_what_they_say():
    rows = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
    material = Material(rows, constant=-2.0, scale=2.0, offset=1.0)
    assert make_fill("zeros", material).reference.tolist() == 0.0
    assert make_fill("constant", material).reference.tolist() == -2.0
    assert make_fill("mean", material).reference.tolist() == [2.0, 20.0]
    assert "before preprocessing: -3" in make_fill("constant", material).description
