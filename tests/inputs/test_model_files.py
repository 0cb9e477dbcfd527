"""Models that are files: TorchScript and exported programs; and what is refused unread."""

from __future__ import annotations

import json
import pickle
import warnings
import zipfile

import pytest
import torch
from torch import nn

from auditor.errors import AuditError
from auditor.inputs.ensemble import Ensemble, Member
from auditor.inputs.forward import argument_names
from auditor.inputs.location import file_sha256
from auditor.inputs.model import TorchModel
from auditor.inputs.model_files import open_model_path
from auditor.inputs.ownership import borrowed

X = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(2))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.norm, self.head = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 3)

    def forward(self, x, scale=None):
        logits = self.head(torch.relu(self.norm(self.conv(x))).mean((2, 3)))
        return logits if scale is None else logits * scale


NET = Network().eval()


class Bomb:
    def __reduce__(self):
        return (print, ("ran",))


def script(path, frozen):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(NET, X)
        (torch.jit.freeze(traced) if frozen else traced).save(str(path))
    return path


def exported(path, *arguments, dynamic=None, **named):
    torch.export.save(torch.export.export(NET, arguments, named, dynamic_shapes=dynamic), path)
    return path


def gradient(module):
    leaf = X.clone().requires_grad_()
    return torch.autograd.grad(module(leaf)[:, 1].sum(), leaf)[0]


def refused(path, **more):
    with pytest.raises(AuditError) as caught:
        open_model_path(path, **more)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("frozen", [False, True])
def test_torchscript_gives_the_models_logits_and_its_input_gradients(tmp_path, frozen):
    opened = open_model_path(script(tmp_path / "net.ts", frozen))
    torch.testing.assert_close(opened.module(X), NET(X))
    torch.testing.assert_close(gradient(opened.module), gradient(NET))
    assert argument_names(opened.module) == ("x",)
    assert any("constants" in note for note in opened.notes) == frozen
    assert [fact.role for fact in opened.files] == ["model program"]
    model = TorchModel(opened.module, ("a", "b", "c"))
    with borrowed(opened.module):
        model.probe({"x": X})
    assert "gradient" in model.can
    assert "hooks" in model.reasons


def test_an_exported_program_has_its_rows_and_gives_gradients(tmp_path):
    opened = open_model_path(exported(tmp_path / "net.pt2", X))
    assert opened.fixed_rows == 5
    torch.testing.assert_close(opened.module(X), NET(X))
    torch.testing.assert_close(gradient(opened.module), gradient(NET))
    with borrowed(opened.module) as module:
        torch.testing.assert_close(module(x=X), NET(X))
    with pytest.raises(AuditError, match="The model raised ValueError: Guard failed"):
        TorchModel(opened.module, ("a", "b", "c")).logits({"x": X[:3]})


def test_an_exported_program_of_any_number_of_rows_says_none(tmp_path):
    opened = open_model_path(exported(tmp_path / "net.pt2", X, dynamic=({0: torch.export.Dim("rows")},)))
    assert opened.fixed_rows is None
    torch.testing.assert_close(opened.module(X[:2]), NET(X[:2]))


def test_arguments_of_an_exported_program_go_by_place_or_by_name_as_it_wants_them(tmp_path):
    scale = torch.rand(5, 1)
    by_place = open_model_path(exported(tmp_path / "a.pt2", X, scale)).module
    by_name = open_model_path(exported(tmp_path / "b.pt2", X, scale=scale)).module
    for module in (by_place, by_name):
        assert module.argument_names == ("x", "scale")
        torch.testing.assert_close(module(X, scale), NET(X, scale))
        torch.testing.assert_close(module(scale=scale, x=X), NET(X, scale))


def test_programs_are_members_of_an_ensemble_and_are_borrowed_with_it(tmp_path):
    one = open_model_path(exported(tmp_path / "net.pt2", X)).module
    two = open_model_path(script(tmp_path / "net.ts", True)).module
    dropping = nn.Sequential(nn.Flatten(), nn.Dropout(0.9), nn.Linear(64, 3))
    ensemble = Ensemble([Member("raw", torch.export.load(tmp_path / "net.pt2").module()), Member("a", one), Member("b", two),
                         Member("c", dropping)], 3, "softmax", "mean_logit")  # fmt: skip
    with borrowed(ensemble), torch.no_grad():
        assert not dropping[1].training
        torch.testing.assert_close(ensemble(X), (3 * NET(X) + dropping(X)) / 4)
    assert dropping[1].training


def test_a_pinned_digest_is_checked(tmp_path):
    path = script(tmp_path / "net.ts", True)
    open_model_path(path, file_sha256(path))
    assert "is not the file that the plan pins" in refused(path, sha256="0" * 64).message


def test_files_that_are_no_model_are_refused_unread(tmp_path, capsys):
    torch.save(NET, tmp_path / "whole.pt")
    torch.save({"a": Bomb()}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    (tmp_path / "bomb.ts").write_bytes(pickle.dumps(Bomb()))
    (tmp_path / "text.ts").write_text("not a model")
    (tmp_path / "empty.ts").write_bytes(b"")
    assert "a file of torch.save" in refused(tmp_path / "whole.pt").found
    assert "`weights:`" in refused(tmp_path / "old.pt").fix
    assert refused(tmp_path / "bomb.ts").found.startswith("a Python pickle, which is not read")
    assert refused(tmp_path / "text.ts").found.startswith("a text that begins")
    assert refused(tmp_path / "empty.ts").found == "an empty file"
    assert "ran" not in capsys.readouterr().out


def test_a_damaged_program_is_told_from_a_good_one(tmp_path):
    for path in (script(tmp_path / "a.ts", False), exported(tmp_path / "b.pt2", X)):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        assert "cut short" in refused(path).found
    with zipfile.ZipFile(tmp_path / "c.ts", "w") as archive:
        archive.writestr("c/constants.pkl", pickle.dumps(Bomb()))
        archive.writestr("c/data.pkl", pickle.dumps(Bomb()))
    assert "damaged" in refused(tmp_path / "c.ts").message


def rewritten(path, change):
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("entry", ["opaque_obj_0", "custom_obj_0", "tensor_0", "../weights/weight_0"])
def test_pickles_inside_an_exported_program_are_refused_before_they_are_read(tmp_path, entry, capsys):
    def change(files):
        config = next(name for name in files if name.endswith("constants_config.json"))
        meta = {"path_name": entry, "is_param": False, "use_pickle": entry.startswith("tensor"), "tensor_meta": None}
        files[config] = json.dumps({"config": {"object": meta}}).encode()
        files[config.rpartition("/")[0] + "/" + entry] = pickle.dumps(Bomb())

    error = refused(rewritten(exported(tmp_path / "net.pt2", X), change))
    assert (error.found, "pickle" in error.message) == ("object", True)
    assert "ran" not in capsys.readouterr().out


def test_a_pickle_among_the_sample_inputs_of_a_program_is_not_run(tmp_path, capsys):
    torch.save((((Bomb(),), {})), tmp_path / "bomb.pt")

    def change(files):
        files[next(name for name in files if "sample_inputs" in name)] = (tmp_path / "bomb.pt").read_bytes()

    refused(rewritten(exported(tmp_path / "net.pt2", X), change))
    assert "ran" not in capsys.readouterr().out


def test_an_exported_program_under_another_ending_is_read_without_a_remark(tmp_path, capfd, caplog):
    exported(tmp_path / "net.pt2", X).rename(tmp_path / "net.pt")
    capfd.readouterr()
    assert open_model_path(tmp_path / "net.pt").fixed_rows == len(X)
    assert capfd.readouterr().err == "" and not [one for one in caplog.records if one.levelname == "WARNING"]
