"""The marginal fill: the mean score over the same background rows for every coalition of a case."""

import pytest
import torch
from torch import nn

from auditor.errors import AuditError
from auditor.explain._context import Context, cost_under
from auditor.explain.kernel_shap import KernelShap
from auditor.explain.saliency import Saliency
from auditor.inputs.batch import Batch
from auditor.inputs.features import element_map
from auditor.inputs.model import TorchModel
from auditor.inputs.randomness import sample_keys
from auditor.removal.calls import Calls
from auditor.removal.game import RemovalGame
from auditor.removal.material import Material, make_fill
from auditor.removal.orders import deletion, levels

DRAWS = 4


def setting(rows=4, score="probability", draws=DRAWS, reference=9, ids=("a", "b", "c", "d", "e")):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)).eval()
    x = torch.randn(len(ids), 6, generator=torch.Generator().manual_seed(3))
    background = torch.randn(reference, 6, generator=torch.Generator().manual_seed(4))
    clean = module(x).detach()
    features = element_map(torch.tensor([0, 1, 1, 1, 2, 3]))  # feature 1 is one-hot: three elements removed together
    batch = Batch(ids, sample_keys(ids), {"x": x}, "x", features, clean.argmax(1), clean.argmax(1), clean)
    fill = make_fill("marginal", Material(background, draws=draws, seed=7), "tabular")
    return module, batch, RemovalGame(Calls(TorchModel(module, ("p", "q", "r")), rows), batch, fill, score)


def test_a_coalitions_value_is_the_mean_score_over_the_cases_background_rows():
    module, batch, game = setting()
    keep = torch.rand(8, 4, generator=torch.Generator().manual_seed(0)) < 0.5
    rows = torch.tensor([0, 4, 2, 2, 1, 3, 0, 0])
    values = game.values(rows, keep)
    width = {0: [0], 1: [1, 2, 3], 2: [4], 3: [5]}
    for job, row in enumerate(rows.tolist()):
        scores = []
        for draw in range(DRAWS):
            x, other = batch.x[row].clone(), game.fill.reference[game.fill.background(batch.key, draw)[row]]
            for feature, elements in width.items():
                if not keep[job, feature]:
                    x[elements] = other[elements]
            scores.append(module(x[None]).softmax(1)[0, batch.targets[row]].item())  # the score's mean, not the mean's score
        assert values[job].item() == pytest.approx(sum(scores) / DRAWS, abs=1e-6)


def test_nothing_removed_gives_the_clean_score_whatever_the_draws():
    _, _, game = setting()
    everything = game.values(torch.arange(5), torch.ones(5, 4, dtype=torch.bool))
    assert torch.allclose(everything, game.full(), atol=1e-6)


def test_a_cases_background_rows_are_its_own_and_do_not_depend_on_its_neighbours():
    _, batch, game = setting(reference=1000, draws=10)
    together = torch.stack([game.fill.background(batch.key, draw) for draw in range(10)], 1)
    alone = torch.stack([game.fill.background(batch.key[2:3], draw) for draw in range(10)], 1)
    assert torch.equal(together[2], alone[0])
    assert len(set((together[0] - 100 * torch.arange(10)).tolist())) > 1  # each draw has a place of its own in its stretch
    assert len({tuple(row) for row in together.tolist()}) == 5 and all(len(set(row)) == 10 for row in together.tolist())


def test_every_reference_row_is_drawn_equally_often():
    _, _, game = setting(reference=7, draws=3)
    key = sample_keys([str(i) for i in range(6000)])
    drawn = torch.cat([game.fill.background(key, draw) for draw in range(3)])
    counts = torch.bincount(drawn, minlength=7)
    assert (counts - 18000 / 7).abs().max() < 5 * (18000 / 7) ** 0.5


@pytest.mark.parametrize(("reference", "draws"), [(1, 10), (3, 10), (10, 10), (10, 1)])
def test_few_reference_rows_and_few_draws_stay_within_the_rows(reference, draws):
    _, batch, game = setting(reference=reference, draws=draws)
    drawn = torch.stack([game.fill.background(batch.key, draw) for draw in range(draws)], 1)
    assert drawn.min() >= 0 and drawn.max() < reference
    if reference <= draws:
        assert all(set(row) == set(range(reference)) for row in drawn.tolist())


@pytest.mark.parametrize("score", ["probability", "logit", "log_odds"])
def test_the_reverse_of_an_order_has_exactly_minus_its_margin(score):
    _, batch, game = setting(score=score)
    values = torch.tensor([[0.3, -1.0, 2.0, 0.3]] * len(batch))  # with a tie
    forth, back = deletion(game, levels(values), 20, 1), deletion(game, levels(-values), 20, 1)
    fraction = forth.removed / 4

    def margin(one, other):  # insertion of an order is the deletion of its reverse, read backwards
        return torch.trapezoid(other.score.flip(1), 1 - other.removed.flip(1) / 4, dim=1) - torch.trapezoid(
            one.score, fraction, dim=1
        )

    assert (margin(forth, back) + margin(back, forth)).abs().max() < 1e-6
    assert margin(forth, back).abs().max() > 1e-3


def test_the_empty_coalition_is_asked_once_and_costs_the_draws():
    _, batch, game = setting()
    counted = []
    game.calls._on_rows = counted.append
    game.empty()
    game.empty()
    assert sum(counted) == DRAWS * len(batch)


def test_integer_inputs_take_whole_background_rows():
    background = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    x = torch.tensor([[7, 8]])
    batch = Batch(("a",), sample_keys(["a"]), {"x": x}, "x", element_map(torch.tensor([0, 1])), *([torch.tensor([0])] * 2), x)
    made = make_fill("marginal", Material(background)).apply(batch, torch.tensor([0]), torch.tensor([[True, False]]), 3)["x"]
    assert made.dtype is torch.int64 and made[0, 0] == 7 and made[0, 1].item() in (2, 4)


def test_its_cost_is_counted_where_the_removal_game_is_played():
    draws = {"marginal": 10, "zeros": 1}
    method = KernelShap()
    assert cost_under(method, 12, draws) == (10 * method.cost(12)[0], 0)
    assert cost_under(KernelShap(fill="zeros"), 12, draws) == method.cost(12)
    assert cost_under(Saliency(), 12, draws) == Saliency().cost(12)


def test_it_cannot_be_a_baseline_and_needs_reference_rows():
    _, batch, game = setting()
    context = Context(game.calls.model, game.calls, batch, {"marginal": game.fill}, "marginal", 0)
    with pytest.raises(AuditError, match="cannot be a baseline"):
        context.baseline("marginal", like=batch.x)
    with pytest.raises(AuditError, match="reference rows"):
        make_fill("marginal", Material(None))


def test_its_digest_covers_rows_draws_and_seed():
    rows = torch.zeros(3, 2)
    made = [
        make_fill("marginal", material).sha256()
        for material in (Material(rows), Material(rows, draws=5), Material(rows, seed=1), Material(rows + 1))
    ]
    assert len(set(made)) == 4
