"""Files of weights are read without running anything hidden in them; each refusal says what was found and what to do."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.weights import load_into
from auditor.plan.fields import Weights


class Plain(nn.Linear):
    pass


class Evil:
    def __reduce__(self):
        return (os.mkdir, ("was_run",))


def net(seed: int = 0, width: int = 4) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width), nn.Linear(width, 2))


def equal(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def refusal(weights: Weights, folder: Path, model: nn.Module | None = None) -> AuditError:
    with pytest.raises(AuditError) as caught:
        load_into(net() if model is None else model, weights, folder)
    assert not isinstance(caught.value, UserCodeError)
    assert caught.value.found
    assert caught.value.expected
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("entry", ["state_dict", "model_state_dict", "model", "module"])
def test_the_entry_trainers_use_is_found_and_said(tmp_path, entry):
    saved, model = net(1), net(2)
    torch.save({"epoch": 3, entry: saved.state_dict(), "ema": saved.state_dict()}, tmp_path / "a.ckpt")
    notes, _ = load_into(model, Weights(path="a.ckpt"), tmp_path)
    assert equal(model, saved)
    assert notes == [f"The weights are the entry `{entry}` of a.ckpt; not used: ema."]


def test_an_entry_given_by_key_is_taken_and_a_wrong_key_names_the_nearest(tmp_path):
    saved, model = net(1), net(2)
    torch.save({"state_dict": net(5).state_dict(), "ema": saved.state_dict()}, tmp_path / "a.ckpt")
    assert load_into(model, Weights(path="a.ckpt", key="ema"), tmp_path)[0] == []
    assert equal(model, saved)
    error = refusal(Weights(path="a.ckpt", key="emma"), tmp_path)
    assert error.found == "a mapping with state_dict, ema"
    assert error.fix == "did you mean `ema`?"


def test_several_usual_entries_or_an_unusual_one_need_a_key(tmp_path):
    torch.save({"model": net().state_dict(), "state_dict": net().state_dict()}, tmp_path / "two.pt")
    assert refusal(Weights(path="two.pt"), tmp_path).message == "`two.pt` holds several state dicts."
    torch.save({"network": net().state_dict()}, tmp_path / "one.pt")
    assert refusal(Weights(path="one.pt"), tmp_path).fix == "set `model.weights.key: network`"


@pytest.mark.parametrize("content", [[1, 2], {}, 3, {"a": 1}, torch.ones(3), {"state_dict": {}}, {1: torch.ones(1)}])
def test_a_file_without_a_state_dict_is_described(tmp_path, content):
    torch.save(content, tmp_path / "a.pt")
    assert refusal(Weights(path="a.pt"), tmp_path).message == "`a.pt` holds no state dict."


def test_a_pinned_digest_is_held(tmp_path):
    torch.save(net().state_dict(), tmp_path / "a.pt")
    digest = hashlib.sha256((tmp_path / "a.pt").read_bytes()).hexdigest()
    load_into(net(), Weights(path="a.pt", sha256=digest), tmp_path)
    error = refusal(Weights(path="a.pt", sha256="0" * 64), tmp_path)
    assert (error.found, error.expected) == (f"SHA-256 {digest}", f"SHA-256 {'0' * 64}, from `model.weights.sha256`")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_runs_code_is_refused_unread_with_the_conversion(tmp_path, zipped, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": net().state_dict(), "x": Evil()}, tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)
    error = refusal(Weights(path="a.pt"), tmp_path)
    assert not (tmp_path / "was_run").exists()
    assert error.message == "`a.pt` holds more than weights; reading it could run code hidden in it, so it was not read."
    assert error.found.endswith(".mkdir`")
    assert 'loaded = torch.load("a.pt", weights_only=False, map_location="cpu")' in error.fix
    assert 'safetensors.torch.save_file(loaded.state_dict(), "a.safetensors")' in error.fix
    assert len(str(error).splitlines()) == 6


def test_a_pickled_model_and_a_numpy_number_beside_the_weights_are_named(tmp_path):
    torch.save(Plain(2, 2), tmp_path / "a.pt")
    assert refusal(Weights(path="a.pt"), tmp_path).found == f"a pickle that needs `{__name__}.Plain`"
    torch.save({"state_dict": net().state_dict(), "accuracy": np.float64(0.5)}, tmp_path / "b.pt")
    assert "numpy" in refusal(Weights(path="b.pt"), tmp_path).found


def test_programs_are_refused_with_where_they_belong(tmp_path):
    with zipfile.ZipFile(tmp_path / "script.pt", "w") as archive:
        archive.writestr("script/data.pkl", b"")
        archive.writestr("script/constants.pkl", b"")
        archive.writestr("script/code/__torch__.py", b"")
    error = refusal(Weights(path="script.pt"), tmp_path)
    assert error.found == "a TorchScript archive: a whole program, not a state dict"
    assert "model.path" in error.fix
    torch.export.save(torch.export.export(nn.Linear(2, 2), (torch.zeros(1, 2),)), tmp_path / "e.pt2")
    error = refusal(Weights(path="e.pt2"), tmp_path)
    assert error.found == "a torch.export archive (.pt2): a whole program, not a state dict"


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize(
    ("content", "found", "fix"),
    [
        (b"", "an empty file", "download the file again"),
        (LFS, "a Git LFS pointer", "git lfs pull"),
        (b"\n<!DOCTYPE html><html>", "an HTML page", "download the file itself"),
        (b"PK\x03\x04broken", "a zip archive that is cut short or damaged", "again"),
        (b"\x89HDF\r\n", "an HDF5 file", "safetensors"),
        (b"Not found", "a text that begins 'Not found'", "save model.state_dict()"),
    ],
)
def test_what_is_no_file_of_weights_is_recognised(tmp_path, suffix, content, found, fix):
    (tmp_path / f"a{suffix}").write_bytes(content)
    error = refusal(Weights(path=f"a{suffix}"), tmp_path)
    assert error.found.startswith(found)
    assert fix in error.fix


def test_a_wrong_ending_is_told_by_the_content(tmp_path):
    torch.save(net().state_dict(), tmp_path / "a.safetensors")
    assert refusal(Weights(path="a.safetensors"), tmp_path).fix == "rename it so that it ends in .pt"
    safetensors.torch.save_file(net().state_dict(), tmp_path / "a.pt")
    assert refusal(Weights(path="a.pt"), tmp_path).fix == "rename it so that it ends in .safetensors"
    (tmp_path / "a.onnx").write_bytes(b"\x08\x07")
    assert refusal(Weights(path="a.onnx"), tmp_path).expected == "a file ending in .safetensors, .pt, .pth, .ckpt, .bin"
    (tmp_path / "p.pt").write_bytes(pickle.dumps({"a": 1}, protocol=4))
    assert refusal(Weights(path="p.pt"), tmp_path).found in ("a Python pickle", "a mapping with a")


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
def test_a_truncated_file_says_that_it_is_cut_short(tmp_path, name):
    state = {"a": torch.arange(4096.0)}
    torch.save(state, tmp_path / name) if name == "a.pt" else safetensors.torch.save_file(state, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:-100])
    assert "cut short" in str(refusal(Weights(path=name), tmp_path))


def test_a_safetensors_header_that_lies_is_refused(tmp_path):
    header = json.dumps({"a": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 16)
    assert "cut short" in refusal(Weights(path="a.safetensors"), tmp_path).message
