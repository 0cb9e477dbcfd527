"""A Python function of predictions as a model: called on copies, without gradient, and its mistakes told."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.callables import NO_GRADIENT, PythonFunction
from auditor.inputs.ensemble import Ensemble, Member
from auditor.inputs.model import NotAvailable, TorchModel

WEIGHT = np.array([[1.0, -1.0], [0.5, 2.0], [0.0, 1.0]], np.float32)


def linear(x):
    scores = x @ WEIGHT
    x[:] = 0  # its own copy
    return scores


def test_a_function_gives_its_predictions_and_cannot_touch_the_data():
    x = torch.rand(5, 3)
    kept = x.clone()
    assert torch.equal(TorchModel(PythonFunction(linear), ("a", "b")).logits({"x": x}), torch.from_numpy(kept.numpy() @ WEIGHT))
    assert torch.equal(x, kept)


def test_arguments_go_by_the_names_of_the_data():
    def masked(ids, mask):
        return np.stack([(ids * mask).sum(1), mask.sum(1)], 1).astype(np.float64)

    found = PythonFunction(masked)(ids=torch.tensor([[3, 4], [5, 6]]), mask=torch.tensor([[1, 1], [1, 0]]))
    assert found.dtype == torch.float32
    assert found.tolist() == [[7, 2], [5, 1]]


def test_the_missing_gradient_is_a_plain_sentence_also_inside_an_ensemble():
    x = {"x": torch.rand(4, 3)}
    for module in (
        PythonFunction(linear),
        Ensemble([Member("net", nn.Linear(3, 2)), Member("function", PythonFunction(linear))], 2, "softmax"),
    ):
        model = TorchModel(module, ("a", "b"))
        model.probe(x)
        assert "gradient" not in model.can
        assert model.reasons["gradient"] == NO_GRADIENT
        with pytest.raises(NotAvailable, match=NO_GRADIENT), torch.enable_grad():
            model.logits({"x": torch.rand(4, 3, requires_grad=True)})


@pytest.mark.parametrize(
    ("returned", "found"),
    [
        (None, "an object of type NoneType"),
        (np.zeros(3), "float64 [3]"),
        (np.array(["a", "b"]), "<U1 [2]"),
        ([1.0, [2.0]], "raised ValueError"),
        (np.zeros((2, 2), complex), "complex128 [2, 2]"),
    ],
)
def test_what_is_no_array_of_scores_is_told(returned, found):
    with pytest.raises(AuditError) as caught:
        PythonFunction(lambda x: returned)(torch.rand(2, 3))
    assert found in caught.value.found + caught.value.message


def test_predicted_labels_are_no_scores():
    with pytest.raises(AuditError, match="returns no scores"):
        TorchModel(PythonFunction(lambda x: x.argmax(1)), ("a", "b")).logits({"x": torch.rand(2, 3)})


def test_an_exception_of_the_function_is_the_users():
    with pytest.raises(UserCodeError, match="The model's Python function raised ZeroDivisionError") as caught:
        PythonFunction(lambda x: 1 / 0)(torch.rand(2, 3))
    assert "test_callables.py" in caught.value.found
