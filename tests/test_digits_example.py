"""The example audit: the files it names are the published ones, and it runs from the command line to a report."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from auditor.plan.read import load_plan

EXAMPLE = Path(__file__).parents[1] / "example_audits" / "digits"
CASES = 60

# Runs a module as a program in a process where torch cannot be imported.
WITHOUT_TORCH = """
import runpy, sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, NoTorch())
sys.argv[0] = "auditor"
runpy.run_module("auditor", run_name="__main__")
"""

pytestmark = pytest.mark.xdist_group("digits")  # one worker computes the run that the tests below look at


def example_module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"digits_{name}", EXAMPLE / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def packaged(name: str) -> Path:
    package, _, inside = name.removeprefix("package:").partition("/")
    found = find_spec(package)
    assert found and found.submodule_search_locations, f"{package} is missing: make test fetches it"
    return Path(found.submodule_search_locations[0]) / inside


@pytest.fixture(scope="module")
def plan():
    return load_plan(EXAMPLE / "audit.yaml").plan


@pytest.fixture(scope="module")
def digits():
    return example_module("data").load()


def test_the_files_have_the_digests_the_plan_pins(plan):
    pinned = {plan.model.weights.path: plan.model.weights.sha256, **plan.data.files}
    assert len(pinned) == 2
    for name, digest in pinned.items():
        assert hashlib.sha256(packaged(name).read_bytes()).hexdigest() == digest


def test_reading_the_files_imports_neither_package():
    code = (
        f"import sys; sys.path.insert(0, {str(EXAMPLE)!r}); import data, model; data.load(); model.build(); "
        "print({'mlxtend', 'digit_recognizer'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


def test_the_data_are_five_thousand_images_five_hundred_of_each_digit(digits):
    assert len(digits) == 5000
    assert np.bincount(digits.labels).tolist() == [500] * 10
    assert len({digits[i]["id"] for i in range(0, 5000, 7)}) == len(range(0, 5000, 7))


def test_the_plan_says_how_a_value_of_the_tensor_reads_as_a_grey_level(plan, digits):
    item = digits[4321]
    assert item["input"].shape == (1, 28, 28) and item["input"].dtype == torch.float32
    grey = item["input"][0].double().numpy() * plan.data.scale + plan.data.offset
    np.testing.assert_allclose(grey, digits.show(4321), atol=1e-4)
    assert digits.show(4321).dtype == np.uint8 and digits.show(4321).max() > 200


def test_the_published_weights_fit_the_network_and_misread_fifteen_digits(plan, digits):
    network = example_module("model").build().eval()
    network.load_state_dict(torch.load(packaged(plan.model.weights.path), weights_only=True), strict=True)
    inputs = torch.stack([digits[i]["input"] for i in range(len(digits))])
    with torch.no_grad():
        predicted = network(inputs).argmax(1).numpy()
    assert (predicted != digits.labels).sum() == 15


def auditor(*arguments: str, program: tuple[str, ...] = ("-m", "auditor")) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *program, *arguments], capture_output=True, text=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audits") / "digits"
    done = auditor("run", str(EXAMPLE / "audit.yaml"), "--out", str(folder), "--samples", str(CASES))
    assert done.returncode == 0, done.stderr
    assert str(folder / "report.html") in done.stdout and str(folder / "report.pdf") in done.stdout
    return folder


def test_the_run_reports_what_the_network_does(run):
    report = json.loads((run / "report.json").read_bytes())
    accuracy = next(r for r in report["results"] if r["name"] == "accuracy" and not r["slice"])
    assert accuracy["value"] == pytest.approx(4985 / 5000)
    assert accuracy["samples"]["rows"] == 5000
    assert report["prepared"]["data"]["seen_in_training"] == "unknown"
    assert sum(stratum["selected"] for stratum in report["prepared"]["strata"]) == CASES
    measured = {r["slice"].get("method") for r in report["results"] if r["kind"] == "estimate" and r["name"] == "deletion_auc"}
    assert measured == {"integrated_gradients", "input_x_gradient", "saliency", "occlusion", "random"}


def test_no_path_of_this_machine_gets_into_the_run(run):
    for name in ("report.json", "report.html", "plan.yaml", "manifest.json"):
        text = (run / name).read_text(encoding="utf-8")
        assert str(Path.home()) not in text and str(run.parent) not in text and str(EXAMPLE.parents[1]) not in text


def test_every_bound_of_the_example_is_decided(run):
    done = auditor("check", str(run), "--json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_documents_are_the_same_bytes_where_torch_cannot_be_imported(run):
    documents = [run / "report.html", run / "report.pdf"]
    before = [document.read_bytes() for document in documents]
    for document in documents:
        document.unlink()
    done = auditor("render", str(run), program=("-c", WITHOUT_TORCH))
    assert done.returncode == 0, done.stderr
    assert [document.read_bytes() for document in documents] == before
    verified = auditor("verify", str(run), program=("-c", WITHOUT_TORCH))
    assert verified.returncode == 0, verified.stdout + verified.stderr
