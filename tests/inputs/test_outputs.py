"""Logits out of whatever a model returns, and the declared kind of output held against its predictions."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

import pytest
import torch

from auditor.errors import AuditError
from auditor.inputs.outputs import as_logits, declared_kind_problem

Z = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0]])


@dataclass
class Returned:
    loss: None
    logits: torch.Tensor


@pytest.mark.parametrize(
    "output",
    [
        Z,
        (Z, torch.zeros(2, 3, 4)),
        [torch.zeros(2), Z],
        {"hidden": torch.zeros(2, 3), "logits": Z},
        OrderedDict(loss=torch.tensor(0.0), logits=Z),
        {"hidden": torch.zeros(2, 3), "output": Z},
        {"whatever": Z, "note": "a text"},
        namedtuple("Out", "features logits")(torch.ones(2, 3), Z),
        Returned(None, Z),
    ],
)
def test_the_scores_are_found_in_every_usual_container(output):
    assert torch.equal(as_logits(output, 3, "softmax", "logits"), Z)


def test_of_logits_and_probabilities_in_one_output_the_declared_kind_is_taken():
    output = {"logits": Z, "probabilities": Z.softmax(1)}
    assert torch.equal(as_logits(output, 3, "softmax", "logits"), Z)
    torch.testing.assert_close(as_logits(output, 3, "softmax", "probabilities"), Z.log_softmax(1))


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ({"a": Z, "b": Z}, "dict with a [2, 3], b [2, 3]"),
        ("cat", "an output of type str"),
        ((torch.zeros(2), "x"), "tuple with 0 [2], 1 str"),
        ({}, "an output of type dict"),
        (None, "an output of type NoneType"),
        (torch.tensor([1, 2]), "int64 values [2]"),
        (Z[:, :2], "logits [2, 2]"),
        (Z[None], "logits [1, 2, 3]"),
        (Z[:, 0], "logits [2]"),
        (torch.tensor(1.0), "logits []"),
    ],
)
def test_an_output_without_scores_for_the_classes_says_what_it_is(output, found):
    with pytest.raises(AuditError) as caught:
        as_logits(output, 3, "softmax", "logits")
    assert caught.value.found == found
    assert caught.value.fix


def test_probabilities_of_a_softmax_come_back_as_their_logarithms_and_zero_stays_finite():
    logits = as_logits(torch.tensor([[0.25, 0.75], [0.0, 1.0]]), 2, "softmax", "probabilities")
    torch.testing.assert_close(logits.softmax(1), torch.tensor([[0.25, 0.75], [0.0, 1.0]]))
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("kind", ["probabilities", "log_probabilities"])
def test_the_sigmoid_of_the_logits_is_the_probability_the_model_gave(kind):
    p = torch.tensor([[0.01, 0.5, 0.9], [0.3, 1e-6, 0.999]])
    given = p if kind == "probabilities" else p.log()
    torch.testing.assert_close(as_logits(given, 3, "sigmoid", kind).sigmoid(), p)
    assert torch.isfinite(as_logits(torch.tensor([[0.0, 1.0, 0.5]]).log().clamp(min=-1e30), 3, "sigmoid", kind)).all()


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_one_logit_becomes_two_columns_of_opposite_sign(shape):
    z = torch.tensor([-2.0, 0.0, 1.0, 5.0])
    columns = torch.stack([-z, z], 1)
    assert torch.equal(as_logits(z.reshape(shape), 2, "sigmoid", "logits"), columns)
    torch.testing.assert_close(as_logits(z.sigmoid().reshape(shape), 2, "sigmoid", "probabilities"), columns, atol=1e-5, rtol=0)
    torch.testing.assert_close(as_logits((z.sigmoid().log(),), 2, "sigmoid", "log_probabilities"), columns, atol=1e-4, rtol=0)


def test_two_columns_of_a_sigmoid_are_two_questions_only_where_the_plan_says_so():
    with pytest.raises(AuditError) as caught:
        as_logits(Z[:, :2], 2, "sigmoid", "logits")
    assert caught.value.message == "A sigmoid head with two classes has one output, the logit of the second class."
    assert "multi_label: true" in caught.value.fix
    assert torch.equal(as_logits(Z[:, :2], 2, "sigmoid", "logits", multi_label=True), Z[:, :2])


def test_one_column_of_a_softmax_is_told_to_be_a_sigmoid():
    with pytest.raises(AuditError, match="does not match the class names") as caught:
        as_logits(Z[:, :1], 2, "softmax", "logits")
    assert "head: sigmoid" in caught.value.fix


def test_gradients_pass_through_every_kind():
    for kind, given in (("probabilities", Z.softmax(1)), ("log_probabilities", Z.log_softmax(1)), ("logits", Z)):
        leaf = given.clone().requires_grad_()
        as_logits({"logits": leaf}, 3, "sigmoid", kind).sum().backward()
        assert leaf.grad is not None and bool((leaf.grad != 0).all())


GENERATOR = torch.Generator().manual_seed(0)
MANY = torch.randn(30, 3, generator=GENERATOR) * 3


@pytest.mark.parametrize(
    ("scores", "head", "declared", "better"),
    [
        (MANY.softmax(1), "softmax", "logits", "probabilities"),
        (MANY.sigmoid(), "sigmoid", "logits", "probabilities"),
        (MANY, "softmax", "probabilities", "logits"),
        (MANY, "sigmoid", "probabilities", "logits"),
        (MANY.log_softmax(1), "softmax", "probabilities", "log_probabilities"),
        (MANY.softmax(1), "softmax", "log_probabilities", "probabilities"),
        (MANY, "softmax", "log_probabilities", "logits"),
        (MANY.abs(), "sigmoid", "probabilities", "logits"),
        (MANY.sigmoid(), "softmax", "probabilities", "logits"),
        (-MANY.exp(), "softmax", "log_probabilities", "logits"),
    ],
)
def test_a_wrong_declaration_is_found_and_the_right_one_named(scores, head, declared, better):
    problem = declared_kind_problem(scores, head, declared)
    assert problem is not None
    assert problem.fix == f"set `output: {better}` under `model:`"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_right_declaration_is_left_alone_in_every_precision(dtype):
    wide = torch.randn(40, 1000, generator=GENERATOR)
    for scores, head, declared in (
        (MANY, "softmax", "logits"),
        (MANY.log_softmax(1), "softmax", "logits"),  # the softmax gives log-probabilities back
        (MANY.softmax(1), "softmax", "probabilities"),
        (wide.softmax(1), "softmax", "probabilities"),
        (wide.log_softmax(1), "softmax", "log_probabilities"),
        (MANY.sigmoid(), "sigmoid", "probabilities"),
        (MANY.sigmoid().log(), "sigmoid", "log_probabilities"),
        (0.3 + 0.02 * MANY.clamp(-1, 1), "sigmoid", "logits"),  # logits of an untrained model may all lie between 0 and 1
    ):
        assert declared_kind_problem(scores.to(dtype), head, declared) is None


def test_rows_that_are_not_finite_say_nothing_about_the_declaration():
    scores = torch.cat([MANY.softmax(1), torch.full((1, 3), torch.nan)])
    assert declared_kind_problem(scores, "softmax", "probabilities") is None
    assert declared_kind_problem(torch.full((2, 3), torch.nan), "softmax", "probabilities") is None
