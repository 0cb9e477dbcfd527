"""A model is audited row by row: it must give a row the same output in every call and in any company."""

import pytest
import torch
from torch import nn

from auditor import audit_model
from auditor.errors import AuditError
from auditor.evidence.store import Reader

X, Y = torch.randn(24, 4, generator=torch.Generator().manual_seed(0)), [0, 1] * 12


class Strange(nn.Module):
    def __init__(self, strange):
        super().__init__()
        torch.manual_seed(0)
        self.last, self.calls, self.strange = nn.Linear(4, 2), 0, strange

    def forward(self, x):
        self.calls += 1
        return self.strange(self, x)


def audited(strange, tmp_path):
    options = {"methods": ["occlusion", "random"], "primary": {"method": "occlusion", "fill": "mean"}, "samples": 10}
    options["trust"] = {"enabled": False}
    return audit_model(Strange(strange), (X, Y), classes=["a", "b"], out=tmp_path, options=options)


@pytest.mark.parametrize(
    "strange",
    [
        lambda self, x: self.last(x) + 0.01 * self.calls,
        lambda self, x: self.last(nn.functional.dropout(x, 0.5)),
        lambda self, x: self.last(x) / (self.calls == 1),
    ],
    ids=["a counter", "dropout that is always on", "a number only the first time"],
)
def test_a_model_that_answers_otherwise_the_second_time_is_refused(strange, tmp_path):
    with pytest.raises(AuditError, match="other outputs for the same input") as raised:
        audited(strange, tmp_path)
    assert raised.value.found.endswith("between two calls with the same 8 rows")


def test_a_model_that_looks_at_the_other_rows_is_refused(tmp_path):
    with pytest.raises(AuditError, match="depends on the other rows") as raised:
        audited(lambda self, x: self.last(x - x.mean(0, keepdim=True)), tmp_path)
    assert "model.eval()" in raised.value.fix


def test_outputs_that_are_no_numbers_for_some_rows_are_the_same_each_time(tmp_path):
    audited(lambda self, x: torch.where(x[:, :1] > 1, torch.nan, self.last(x)), tmp_path)
    data = Reader(tmp_path).prepared.data
    assert data.excluded == {"the model's output has NaN or infinite values": int((X[:, 0] > 1).sum())}
    assert data.supplied == data.evaluated + sum(data.excluded.values())
