"""The audited model: kinds of output, layout, capabilities."""

import pytest
import torch
from torch import nn

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.model import TorchModel
from auditor.inputs.model_state import state_sha256
from auditor.inputs.ownership import borrowed


def make(module, output="logits", head="softmax", classes=3):
    return TorchModel(module, tuple("abcdefg"[:classes]), head, output)


def test_probabilities_and_log_probabilities_become_logits_with_the_same_softmax():
    torch.manual_seed(0)
    logits = nn.Linear(4, 3)
    x = torch.randn(5, 4)
    expected = torch.softmax(logits(x), 1)
    for output, last in (("probabilities", nn.Softmax(1)), ("log_probabilities", nn.LogSoftmax(1))):
        found = make(nn.Sequential(logits, last), output).logits({"x": x})
        assert torch.allclose(torch.softmax(found, 1), expected, atol=1e-6)


def test_a_probability_of_zero_stays_finite():
    class Sure(nn.Module):
        def forward(self, x):
            return torch.tensor([[1.0, 0.0, 0.0]]).expand(len(x), 3)

    assert torch.isfinite(make(Sure(), "probabilities").logits({"x": torch.ones(2, 1)})).all()


def test_a_sigmoid_heads_probabilities_become_their_log_odds():
    class Half(nn.Module):
        def forward(self, x):
            return torch.tensor([[0.5, 0.9, 0.2]])

    found = make(Half(), "probabilities", "sigmoid").logits({"x": torch.ones(1, 1)})
    assert torch.allclose(torch.sigmoid(found), torch.tensor([[0.5, 0.9, 0.2]]))


class Viewing(nn.Module):
    """Flattens with `view`, which refuses feature maps that lie channels last."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.conv, self.last = nn.Conv2d(2, 4, 3), nn.Linear(4 * 16, 3)

    def forward(self, x):
        features = self.conv(x)
        return self.last(features.view(len(x), -1))


@pytest.mark.parametrize("module", [Viewing(), nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(64, 3))])
def test_the_layout_changes_only_where_nothing_else_does_and_is_put_back(module):
    x = torch.randn(3, 2, 6, 6)
    expected, digest = module(x).detach(), state_sha256(module)
    storage = [p.data_ptr() for p in module.parameters()]
    with borrowed(module):
        model = make(module)
        model.choose_layout({"x": x[:1]})
        assert model.channels_last == (not isinstance(module, Viewing))
        assert torch.allclose(model.logits({"x": x}), expected, atol=1e-5)
        assert state_sha256(module) == digest
    assert [p.data_ptr() for p in module.parameters()] == storage


def test_output_of_another_width_or_kind_is_refused_with_what_was_found():
    with pytest.raises(AuditError) as found:
        make(nn.Linear(4, 5)).logits({"x": torch.ones(2, 4)})
    assert found.value.found == "logits [2, 5]"
    assert "all 5 class names" in found.value.fix

    class Text(nn.Module):
        def forward(self, x):
            return "three"

    with pytest.raises(AuditError, match="holds no scores"):
        make(Text()).logits({"x": torch.ones(2, 3)})


def test_what_the_model_raises_is_the_users_and_running_out_of_memory_is_not():
    class Bad(nn.Module):
        def forward(self, x):
            raise self.error

    bad = Bad()
    bad.error = ValueError("no such thing")
    with pytest.raises(UserCodeError, match="ValueError: no such thing"):
        make(bad).logits({"x": torch.ones(1, 1)})
    bad.error = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
    with pytest.raises(MemoryError):
        make(bad).logits({"x": torch.ones(1, 1)})


def test_the_digest_of_the_weights_sees_one_changed_bit_and_a_renamed_tensor():
    one, same, other = nn.Linear(3, 2), nn.Linear(3, 2), nn.Linear(3, 2)
    same.load_state_dict(one.state_dict())
    other.load_state_dict(one.state_dict())
    with torch.no_grad():
        other.bias[0] = torch.nextafter(other.bias[0], torch.tensor(9.0))
    assert state_sha256(one) == state_sha256(same) != state_sha256(other)
    assert state_sha256(nn.Sequential(one)) != state_sha256(one)
