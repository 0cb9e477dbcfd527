"""Captum under our rules: every case by itself, calls of fixed size, and a model handed back as it was found."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from captum import attr as captum
from torch import nn

from auditor import attribute
from auditor.errors import AuditError
from auditor.explain._context import applies
from auditor.inputs.model import NotAvailable
from auditor.methods import Deconvolution, DeepLift, DeepLiftShap, GuidedBackprop, Lrp
from tests.explain.models import Reused, context_of, network, traces

ALL = [DeepLift(), DeepLiftShap(baseline=0.5), Lrp(), GuidedBackprop(), Deconvolution()]
QUIET = pytest.mark.filterwarnings("ignore:.*(Setting|Input Tensor).*")  # captum itself, called by the test


@pytest.mark.parametrize("method", ALL, ids=lambda method: type(method).__name__)
def test_each_sample_is_explained_as_if_it_were_alone(method):
    model, x = network(7), torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    x[:, :, :4] = 0.5  # equal to the baseline: there Captum's rule for max pooling would ask row 0
    together = attribute(model, x, method=method)
    assert torch.equal(together[:1], attribute(model, x[:1], method=method))
    others = torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    others[3] = x[3]
    assert torch.equal(together[3], attribute(model, others, method=method)[3])


@QUIET
def test_captums_own_max_pooling_depends_on_the_other_rows():
    model = nn.Sequential(nn.MaxPool1d(2), nn.Flatten(), nn.Tanh(), nn.Linear(2, 2))
    wide = nn.Sequential(nn.Unflatten(1, (1, 4)), model)
    with torch.no_grad():
        model[3].weight.copy_(torch.tensor([[1.0, 2.0], [-1.0, 1.0]]))
    mixed = nn.Sequential(nn.Linear(2, 4, bias=False), wide).eval()
    with torch.no_grad():
        mixed[0].weight.copy_(torch.tensor([[1.0, -1.0], [0.0, 0.0], [0.5, 0.0], [0.0, 1.0]]))
    x = torch.tensor([[3.0, 0.0], [1.0, 1.0]])  # row 1: the first unit changes by 1 − 1 = 0
    targets = torch.tensor([0, 0])
    theirs = captum.DeepLift(mixed).attribute(x.clone().requires_grad_(), target=targets)[1]
    alone = captum.DeepLift(mixed).attribute(x[1:].clone().requires_grad_(), target=targets[1:])[0]
    assert (theirs - alone).abs().max() > 0.01
    assert torch.allclose(attribute(mixed, x, targets, method="deeplift")[1], alone, atol=1e-6)


@pytest.mark.parametrize("method", ALL, ids=lambda method: type(method).__name__)
def test_every_call_has_the_same_number_of_rows(method):
    model, rows = network(), []
    context = context_of(model, torch.rand(7, 1, 8, 8))
    context.calls.rows = 4
    handle = model.register_forward_pre_hook(lambda module, arguments: rows.append(len(arguments[0])))
    method.attribute(context)
    handle.remove()
    assert rows and set(rows) == {4}


@pytest.mark.parametrize("method", ALL, ids=lambda method: type(method).__name__)
def test_nothing_is_left_on_the_model(method):
    model = network().train()
    model[1].output = "the user's own"  # a name Captum writes to
    model[5].rule = None
    hooked = model[1].register_full_backward_hook(lambda *_: None) if not isinstance(method, DeepLift | DeepLiftShap) else None
    before = traces(model)
    attribute(model, torch.rand(2, 1, 8, 8), method=method) if not isinstance(method, Lrp) else _ignored(model, method)
    assert traces(model) == before
    if hooked:
        hooked.remove()


def _ignored(model, method):
    """LRP reads a user's `rule`; what it says to None does not matter here, only that nothing is left behind."""
    with pytest.raises(AuditError, match="cannot"):
        attribute(model, torch.rand(2, 1, 8, 8), method=method)


@pytest.mark.parametrize("method", [DeepLift(), Lrp()], ids=lambda method: type(method).__name__)
def test_nothing_is_left_on_the_model_when_it_raises(method):
    class Twice(Reused):
        def forward(self, x):
            return self.second(self.relu(self.first(self.relu(self.first(x[:, :3].repeat(1, 1)))[:, :3])))

    model = Twice().train()
    before = traces(model)
    with pytest.raises(AuditError, match="cannot follow"):
        attribute(model, torch.randn(2, 3), method=method)
    assert traces(model) == before
    plain = attribute(model, torch.randn(2, 3), method="saliency")
    assert torch.isfinite(plain).all()


def test_layers_without_a_rule_are_named_and_leave_no_trace():
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.GELU(), nn.Linear(4, 2))
    before = traces(model)
    with pytest.raises(AuditError, match=r"no rule for GELU \(layer `3`\)"):
        attribute(model, torch.randn(1, 4), method="lrp")
    with pytest.raises(NotAvailable, match="LRP"):  # also past the check that comes first
        Lrp().attribute(context_of(model, torch.randn(1, 4)))
    model.requires_grad_(True).train()
    assert traces(model) == before


def test_whether_lrp_applies_is_known_before_the_run():
    reason = applies(Lrp(), context_of(nn.Sequential(nn.Conv1d(1, 2, 3), nn.Flatten()), torch.rand(1, 1, 5)).model, 5)
    assert "no rule for Conv1d" in reason


def test_captum_is_loaded_only_by_the_methods_that_need_it():
    code = """
import sys
from auditor import registry
for name in registry.names("explain"):
    registry.load("explain", name, "METHOD")
print("captum" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
