"""From `model:` of a plan to one module: factories, files, functions and ensembles of them, and what each brings."""

from __future__ import annotations

import json
import warnings

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from auditor.errors import AuditError
from auditor.inputs.ensemble import Ensemble
from auditor.inputs.opening import open_model
from auditor.plan.model_fields import ModelPlan

CODE = """
from torch import nn

def build(width=4, classes=3):
    return nn.Linear(width, classes)

def function(shift=0.0):
    return lambda x: x[:, :3] + shift

def nothing():
    pass
"""
X = torch.rand(5, 4, generator=torch.Generator().manual_seed(0))
ABC = ("a", "b", "c")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "code.py").write_text(CODE)
    net = network()
    save_file({f"module.{name}": value for name, value in net.state_dict().items()}, tmp_path / "net.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(net, X).save(str(tmp_path / "net.ts"))
    torch.export.save(torch.export.export(net, (X,)), tmp_path / "five.pt2")
    torch.export.save(torch.export.export(net, (X[:2],)), tmp_path / "two.pt2")
    return tmp_path


def network():
    torch.manual_seed(4)
    return nn.Linear(4, 3).eval()


def model(**values):
    return ModelPlan.model_validate({"name": "net", "classes": ABC, **values})


def test_a_factory_and_its_weights_are_opened_with_notes_and_files(folder):
    opened = open_model(model(factory="code.py:build", weights="net.safetensors"), folder)
    assert torch.equal(opened.module(X), network()(X))
    assert [(fact.name, fact.role) for fact in opened.files] == [("code.py", "model code"), ("net.safetensors", "weights")]
    assert opened.notes == ("The prefix `module.` was removed from all 2 names of the weights.",)
    assert (opened.classes, opened.fixed_rows, opened.preprocessing, opened.built) == (ABC, None, None, "from the plan")


@pytest.mark.parametrize(("path", "rows"), [("net.ts", None), ("five.pt2", 5)])
def test_a_file_is_opened_by_its_path(folder, path, rows):
    opened = open_model(model(path=path), folder)
    assert torch.equal(opened.module(X), network()(X))
    assert (opened.fixed_rows, opened.classes) == (rows, ABC)
    assert [(fact.name, fact.role) for fact in opened.files] == [(path, "model program")]


def test_a_factory_may_return_a_function_of_predictions(folder):
    opened = open_model(model(factory="code.py:function", arguments={"shift": 1.0}), folder)
    assert torch.equal(opened.module(X), X[:, :3] + 1)
    with pytest.raises(AuditError, match="weights cannot be loaded into it"):
        open_model(model(factory="code.py:function", weights="net.safetensors"), folder)


@pytest.mark.parametrize("name", ["nothing", "nn.Linear"])
def test_a_factory_that_returns_neither_is_refused(folder, name):
    with pytest.raises(AuditError):
        open_model(model(factory=f"code.py:{name}"), folder)


def test_members_of_every_kind_make_one_model(folder):
    members = (
        {"name": "coded", "factory": "code.py:build", "weights": "net.safetensors"},
        {"name": "scripted", "path": "net.ts"},
        {"name": "exported", "path": "five.pt2"},
        {"name": "function", "factory": "code.py:function", "output": "probabilities"},
    )
    opened = open_model(model(members=members, combine="mean_logit"), folder)
    assert isinstance(opened.module, Ensemble)
    assert opened.module.names == ("coded", "scripted", "exported", "function")
    torch.testing.assert_close(opened.module(X), (3 * network()(X) + X[:, :3].log()) / 4)
    assert opened.fixed_rows == 5
    assert "model code of coded" in [fact.role for fact in opened.files]
    assert any(note.startswith("scripted: ") for note in opened.notes)


def test_members_that_want_other_numbers_of_rows_cannot_be_called_together(folder):
    members = ({"name": "a", "path": "five.pt2"}, {"name": "b", "path": "two.pt2"})
    with pytest.raises(AuditError, match="differ in their rows of every call") as caught:
        open_model(model(members=members), folder)
    assert caught.value.found == "a: 5; b: 2"


def test_a_configuration_beside_the_weights_says_how_images_are_prepared(folder):
    (folder / "config.json").write_text(json.dumps({"pretrained_cfg": {"input_size": [3, 224, 224], "crop_pct": 0.875}}))
    opened = open_model(model(factory="code.py:build", weights="net.safetensors"), folder)
    assert opened.preprocessing is not None
    assert (opened.preprocessing.resize, opened.preprocessing.crop) == (256, (224, 224))
    assert ("config.json", "preprocessing") in [(fact.name, fact.role) for fact in opened.files]


@pytest.fixture(scope="module")
def hf(tmp_path_factory):
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("plans")
    for name, labels in (("one", ABC), ("other", ("a", "b", "d"))):
        config = transformers.ViTConfig(
            image_size=8, patch_size=4, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
            id2label=dict(enumerate(labels)),
        )  # fmt: skip
        transformers.utils.logging.disable_progress_bar()
        transformers.ViTForImageClassification(config).save_pretrained(folder / name)
    return folder


def test_class_names_come_from_the_folder_unless_the_plan_has_its_own(hf):
    assert open_model(model(path="one", classes=()), hf).classes == ABC
    renamed = open_model(model(path="one", classes=("x", "y", "z")), hf)
    assert renamed.classes == ("x", "y", "z")
    assert any("stand in place of those in config.json" in note for note in renamed.notes)
    with pytest.raises(AuditError, match="in another order"):
        open_model(model(path="one", classes=("b", "a", "c")), hf)
    with pytest.raises(AuditError, match="pins a file") as caught:
        open_model(model(path="one", sha256="0" * 64), hf)
    assert "delete `sha256:`" in caught.value.fix


def test_members_agree_on_their_class_names(hf):
    def two(other):
        return model(classes=(), members=({"name": "a", "path": "one"}, {"name": "b", "path": other}))

    assert open_model(two("one"), hf).classes == ABC
    with pytest.raises(AuditError, match="differ in their classes"):
        open_model(two("other"), hf)


def test_a_model_without_class_names_is_refused(folder):
    with pytest.raises(AuditError, match="brings no class names"):
        open_model(model(path="net.ts", classes=()), folder)
