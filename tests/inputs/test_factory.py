"""The user's factories are found and called; a mistake in the plan and a mistake in the user's code are told apart."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.factory import call_factory, expect_module, user_code

MODEL = """
from __future__ import annotations
import dataclasses
import torch
from owl_part import WIDTH

CONSTANT = 3

@dataclasses.dataclass
class Options:
    depth: int = 1

class Net(torch.nn.Module):
    def __init__(self, classes: int, depth: int = 1):
        super().__init__()
        self.layer = torch.nn.Linear(WIDTH, classes)

def build(classes, *, depth=1):
    return Net(classes, depth)

def broken():
    return deeper()

def deeper():
    raise ValueError("no such checkpoint")

def leaves():
    raise SystemExit(3)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "owl_part.py").write_text("WIDTH = 4\n")
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


def test_a_function_of_a_file_is_called_with_the_arguments_and_its_source_returned(folder):
    made, source = call_factory("model.py:build", {"classes": 3}, folder, "model")
    assert made.layer.weight.shape == (3, 4)
    assert source == folder / "model.py"


def test_a_class_and_a_function_of_a_module_beside_the_plan_can_be_factories(folder):
    assert call_factory("owl_part:WIDTH.bit_length", {}, folder, "model")[0] == 3
    assert call_factory("model.py:Net", {"classes": 2}, folder, "model")[0].layer.out_features == 2


def test_a_function_of_an_installed_package_is_found_with_the_file_that_defines_it(folder):
    made, source = call_factory("torch.nn:Linear", {"in_features": 2, "out_features": 5}, folder, "model")
    assert made.weight.shape == (5, 2)
    assert source.name == "linear.py"


def test_the_search_path_and_the_users_folder_are_as_before(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before = list(sys.path)
    call_factory("model.py:build", {"classes": 3}, folder, "model")
    with pytest.raises(UserCodeError):
        call_factory("model.py:broken", {}, folder, "model")
    assert sys.path == before
    assert sorted(path.name for path in folder.iterdir()) == ["model.py", "owl_part.py"]


def test_a_module_of_the_same_name_beside_another_plan_is_not_mistaken_for_this_one(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "model.py").write_text(MODEL)
    (other / "owl_part.py").write_text("WIDTH = 9\n")
    assert call_factory("model.py:build", {"classes": 3}, folder, "model")[0].layer.in_features == 4
    assert call_factory("model.py:build", {"classes": 3}, other, "model")[0].layer.in_features == 9


def test_an_edited_file_is_read_again(folder):
    (folder / "one.py").write_text("def f(): return 1\n")
    assert call_factory("one.py:f", {}, folder, "data")[0] == 1
    (folder / "one.py").write_text("def f(): return 2\n")
    assert call_factory("one.py:f", {}, folder, "data")[0] == 2


@pytest.mark.parametrize(
    "reference", ["", "model.py", "torch.nn", ":build", "model.py:", "model.py:a-b", "a b:c", "1a:c", "torch..nn:c"]
)
def test_a_reference_of_bad_form_shows_the_right_form(folder, reference):
    with pytest.raises(AuditError) as caught:
        call_factory(reference, {}, folder, "model")
    assert caught.value.found == reference
    assert caught.value.expected == "package.module:function or file.py:function"


def test_a_missing_file_and_a_missing_function_name_the_nearest(folder):
    with pytest.raises(AuditError) as caught:
        call_factory("modell.py:build", {}, folder, "model")
    assert caught.value.fix == "did you mean `model.py`?"
    with pytest.raises(AuditError) as caught:
        call_factory("model.py:built", {}, folder, "model")
    assert caught.value.message == "The model factory `model.py:built` has no function `built`."
    assert caught.value.fix == "did you mean `build`?"


def test_what_is_there_but_cannot_be_called_is_described(folder):
    with pytest.raises(AuditError) as caught:
        call_factory("model.py:CONSTANT", {}, folder, "model")
    assert caught.value.found == "`CONSTANT`, an object of type int"


def test_a_missing_module_is_the_plans_mistake(folder):
    with pytest.raises(AuditError) as caught:
        call_factory("owl_parts.nest:build", {}, folder, "data")
    assert not isinstance(caught.value, UserCodeError)
    assert caught.value.message == "The data factory's module `owl_parts.nest` was not found."
    assert caught.value.found == "no module `owl_parts`"


def test_a_module_that_imports_something_missing_is_the_users_code(folder):
    (folder / "needy.py").write_text("import no_such_owl\n")
    for reference in ("needy:f", "needy.py:f"):
        with pytest.raises(UserCodeError) as caught:
            call_factory(reference, {}, folder, "model")
        assert "No module named 'no_such_owl'" in caught.value.message
        assert caught.value.found.endswith("needy.py, line 1, in <module>")
        assert caught.value.fix == "install what it imports"
        assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_arguments_that_do_not_fit_list_those_that_do(folder):
    with pytest.raises(AuditError) as caught:
        call_factory("model.py:build", {"classes": 3, "dept": 2}, folder, "model")
    assert not isinstance(caught.value, UserCodeError)
    assert caught.value.found == "classes, dept"
    assert caught.value.expected == "build(classes, *, depth=1)"
    assert caught.value.fix == "did you mean `depth`?"
    with pytest.raises(AuditError) as caught:
        call_factory("model.py:build", {}, folder, "model")
    assert "missing a required argument: 'classes'" in caught.value.message
    assert caught.value.found == "no arguments"


def test_an_exception_in_the_factory_keeps_its_cause_and_names_the_users_line(folder):
    with pytest.raises(UserCodeError) as caught:
        call_factory("model.py:broken", {}, folder, "model")
    assert caught.value.message == "The model factory `model.py:broken` raised ValueError: no such checkpoint"
    assert caught.value.found == f"{folder / 'model.py'}, line {MODEL.splitlines().index('def deeper():') + 2}, in deeper"
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_factory_that_leaves_the_process_is_stopped(folder):
    with pytest.raises(UserCodeError, match="raised SystemExit"):
        call_factory("model.py:leaves", {}, folder, "model")


def test_a_syntax_error_names_file_and_line_and_the_half_made_module_is_forgotten(folder):
    (folder / "odd.py").write_text("x = 1\ndef f(:\n")
    for _ in range(2):
        with pytest.raises(UserCodeError, match="raised SyntaxError") as caught:
            call_factory("odd.py:f", {}, folder, "data")
        assert caught.value.found == f"{folder / 'odd.py'}, line 2"


def test_an_audit_error_of_the_users_code_passes_unchanged():
    mistake = AuditError("mine", found="a")
    with pytest.raises(AuditError) as caught, user_code("It"):
        raise mistake
    assert caught.value is mistake


@pytest.mark.parametrize(
    ("made", "found", "fix"),
    [
        (None, "None", "return model"),
        (torch.nn.Linear, "the class Linear", "`Linear(...)`"),
        ({"a": 1}, "an object of type dict", "model.weights"),
        ((torch.nn.ReLU(), 1), "an object of type tuple", "only the module"),
        ("path.pt", "an object of type str", "return the model itself"),
    ],
)
def test_what_is_not_a_module_is_named_with_its_repair(made, found, fix):
    with pytest.raises(AuditError) as caught:
        expect_module(made, "model.py:build")
    assert caught.value.message == "The model factory `model.py:build` did not return a model."
    assert (caught.value.found, caught.value.expected) == (found, "a torch.nn.Module")
    assert fix in caught.value.fix


def test_a_module_passes():
    module = torch.nn.ReLU()
    assert expect_module(module) is module
