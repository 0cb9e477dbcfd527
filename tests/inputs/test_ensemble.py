"""Several models as one: definitions of the mean, members of different kinds, arguments each of them knows."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from auditor.errors import AuditError
from auditor.inputs.callables import PythonFunction
from auditor.inputs.ensemble import Ensemble, Member
from auditor.inputs.model import TorchModel

X = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))


class Answers(nn.Module):
    """A linear model that returns what it is told to."""

    def __init__(self, seed: int, columns: int, make):
        super().__init__()
        torch.manual_seed(seed)
        self.net = nn.Linear(4, columns)
        self.make = make

    def forward(self, x):
        return self.make(self.net(x))


def logits(z):
    return z


def test_the_mean_probability_of_a_softmax_is_the_mean_of_the_members_probabilities():
    nets = [Answers(s, 3, logits) for s in range(3)]
    ensemble = Ensemble([Member(str(i), net) for i, net in enumerate(nets)], 3, "softmax")
    expected = torch.stack([net(X).softmax(1) for net in nets]).mean(0)
    torch.testing.assert_close(ensemble(X).exp(), expected)


def test_the_mean_probability_of_questions_of_their_own_is_the_mean_of_their_sigmoids():
    nets = [Answers(s, 3, logits) for s in range(3)]
    ensemble = Ensemble([Member(str(i), net) for i, net in enumerate(nets)], 3, "sigmoid", multi_label=True)
    torch.testing.assert_close(ensemble(X).sigmoid(), torch.stack([net(X).sigmoid() for net in nets]).mean(0))


def test_the_mean_logit_is_the_mean_of_the_logits():
    nets = [Answers(s, 3, logits) for s in range(2)]
    ensemble = Ensemble([Member(str(i), net) for i, net in enumerate(nets)], 3, "softmax", "mean_logit")
    torch.testing.assert_close(ensemble(X), (nets[0](X) + nets[1](X)) / 2)


def test_each_member_returns_what_it_likes_and_counts_the_same():
    kinds = {
        "logits": logits,
        "probabilities": lambda z: {"probs": z.softmax(1)},
        "log_probabilities": lambda z: (z.log_softmax(1), z),
    }
    ensemble = Ensemble([Member(kind, Answers(5, 3, make), kind) for kind, make in kinds.items()], 3, "softmax")
    alone = Answers(5, 3, logits)(X).softmax(1)
    torch.testing.assert_close(ensemble(X).softmax(1), alone)
    for i in range(3):
        torch.testing.assert_close(ensemble.member(i)(X).softmax(1), alone)


@pytest.mark.parametrize("combine", ["mean_probability", "mean_logit"])
def test_one_logit_members_make_a_one_logit_ensemble(combine):
    nets = [Answers(0, 1, logits), Answers(1, 1, lambda z: z[:, 0]), Answers(2, 1, torch.sigmoid)]
    members = [Member(str(i), net, "probabilities" if i == 2 else "logits") for i, net in enumerate(nets)]
    ensemble = Ensemble(members, 2, "sigmoid", combine)
    model = TorchModel(ensemble, ("no", "yes"), "sigmoid")
    z = torch.stack([net.net(X)[:, 0] for net in nets])
    expected = z.sigmoid().mean(0) if combine == "mean_probability" else z.mean(0).sigmoid()
    torch.testing.assert_close(model.logits({"x": X.clone()}).sigmoid(), torch.stack([1 - expected, expected], 1))
    one = TorchModel(ensemble.member(2), ("no", "yes"), "sigmoid").logits({"x": X.clone()})
    torch.testing.assert_close(one, torch.stack([-z[2], z[2]], 1), atol=1e-5, rtol=1e-5)


def test_confident_members_do_not_leave_the_logarithm():
    far = nn.Linear(4, 3, bias=False)
    nn.init.constant_(far.weight, 0)
    far.bias = nn.Parameter(torch.tensor([500.0, 0.0, -500.0]))
    for head in ("softmax", "sigmoid"):
        found = Ensemble([Member("a", far), Member("b", far)], 3, head, multi_label=head == "sigmoid")(X)
        torch.testing.assert_close(found - found[:, 1:2], far(X), atol=1e-3, rtol=1e-5)


def test_each_member_gets_the_arguments_it_knows():
    class WithLengths(nn.Module):
        def forward(self, x, lengths):
            return torch.stack([x.sum(1), lengths.float()], 1)

    class Alone(nn.Module):
        def forward(self, x):
            return x[:, :2]

    lengths = torch.arange(6)
    anything = PythonFunction(lambda x, lengths: x[:, :2] + lengths[:, None])
    ensemble = Ensemble(
        [Member("both", WithLengths()), Member("one", Alone()), Member("any", anything)], 2, "softmax", "mean_logit"
    )
    expected = (torch.stack([X.sum(1), lengths.float()], 1) + X[:, :2] + X[:, :2] + lengths[:, None]) / 3
    torch.testing.assert_close(ensemble(x=X, lengths=lengths), expected)
    assert ensemble.argument_names == ()
    assert Ensemble([Member("both", WithLengths()), Member("one", Alone())], 2, "softmax").argument_names == ("x", "lengths")


def test_a_member_that_works_in_place_changes_nothing_for_the_next():
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 3))
    ensemble = Ensemble([Member("a", net), Member("b", net)], 3, "softmax", "mean_logit")
    kept = X.clone()
    torch.testing.assert_close(ensemble(X), net(kept.clone()))
    assert torch.equal(X, kept)


def test_a_member_whose_output_does_not_fit_is_named():
    with pytest.raises(AuditError, match=r"^second: The model's output does not match the class names"):
        Ensemble([Member("first", nn.Linear(4, 3)), Member("second", nn.Linear(4, 2))], 3, "softmax")(X)
