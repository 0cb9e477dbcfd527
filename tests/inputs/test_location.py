"""Files named by a plan are found, or the message says which name was meant."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.inputs.location import check_digest, file_sha256, locate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "digits.pt").write_bytes(b"abc")
    return tmp_path


def test_a_relative_path_starts_at_the_plans_folder_and_not_at_the_working_folder(folder, monkeypatch):
    monkeypatch.chdir("/")
    assert locate("weights/digits.pt", folder) == folder / "weights" / "digits.pt"


def test_an_absolute_path_stays_as_it_is(folder, tmp_path):
    assert locate(str(folder / "weights" / "digits.pt"), Path("/elsewhere")) == folder / "weights" / "digits.pt"


def test_a_tilde_is_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    assert locate("~/weights/digits.pt", Path("/elsewhere")) == folder / "weights" / "digits.pt"


def test_a_file_of_a_package_is_found_without_importing_the_package(tmp_path, monkeypatch):
    package = tmp_path / "owl_data"
    (package / "inside").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "inside" / "a.npz").write_bytes(b"1")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert locate("package:owl_data/inside/a.npz", Path("/elsewhere")) == package / "inside" / "a.npz"
    assert "owl_data" not in sys.modules


def test_a_missing_package_says_how_to_install_it_and_that_the_name_may_differ(folder):
    with pytest.raises(AuditError) as caught:
        locate("package:no_such_owl/a.npz", folder)
    assert caught.value.message == "The package `no_such_owl` is not installed."
    assert caught.value.fix.startswith("pip install no-such-owl")
    assert "may differ" in caught.value.fix


@pytest.mark.parametrize(
    "text", ["package:", "package:numpy", "package:a.b/c", "package:numpy/../x", "package:numpy//x", "package:4/x"]
)
def test_a_package_path_of_bad_form_shows_the_right_form(folder, text):
    with pytest.raises(AuditError) as caught:
        locate(text, folder)
    assert caught.value.found == text
    assert "package:NAME/inside/it" in caught.value.expected


@pytest.mark.parametrize("name", ["this", "__main__", "sys"])
def test_a_module_that_is_no_package_holds_no_files(folder, name):
    with pytest.raises(AuditError):
        locate(f"package:{name}/a", folder)


def test_a_missing_file_names_the_nearest_one_in_its_folder(folder):
    with pytest.raises(AuditError) as caught:
        locate("weights/digit.pt", folder)
    assert caught.value.message == "There is no file `weights/digit.pt`."
    assert caught.value.found == f"no `digit.pt` in {folder / 'weights'}"
    assert caught.value.fix == "did you mean `digits.pt`?"


def test_a_missing_folder_names_the_nearest_folder(folder):
    with pytest.raises(AuditError) as caught:
        locate("weigths/digits.pt", folder)
    assert caught.value.found == f"no `weigths` in {folder}"
    assert caught.value.fix == "did you mean `weights`?"


def test_without_a_near_name_the_folder_is_listed(folder):
    with pytest.raises(AuditError) as caught:
        locate("zzz.npz", folder)
    assert caught.value.fix == "the folder holds weights"


def test_a_folder_is_not_a_file_and_its_contents_are_listed(folder):
    with pytest.raises(AuditError) as caught:
        locate("weights", folder)
    assert caught.value.found.startswith("the folder ")
    assert "digits.pt" in caught.value.fix


@pytest.mark.parametrize("text", ["a\0b", "x" * 5000, "~nobody_of_this_name/x", "", "weights/digits.pt/inside"])
def test_paths_that_no_file_system_accepts_are_mistakes_of_the_plan(folder, text):
    with pytest.raises(AuditError):
        locate(text, folder)


def test_the_digest_of_a_file_is_that_of_hashlib_and_a_pin_is_held_to_it(folder):
    path = folder / "weights" / "digits.pt"
    digest = hashlib.sha256(b"abc").hexdigest()
    assert file_sha256(path) == digest
    check_digest(path, digest, "model.weights.sha256")
    check_digest(path, None, "model.weights.sha256")
    with pytest.raises(AuditError) as caught:
        check_digest(path, "0" * 64, "model.weights.sha256")
    assert caught.value.found == f"SHA-256 {digest}"
    assert caught.value.expected == f"SHA-256 {'0' * 64}, from `model.weights.sha256`"
    assert "model.weights.sha256" in caught.value.fix


def test_locating_files_does_not_need_torch():
    code = "import sys; import auditor.inputs.location; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
