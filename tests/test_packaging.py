"""What is installed: the wheel's content, honest dependencies, pinned versions, and a set-up that explains itself."""

from __future__ import annotations

import ast
import email
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import auditor

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Where the name of a package differs from its module's, and modules that a dependency's dependency brings.
PACKAGE_OF = {"PIL": "pillow", "ruamel": "ruamel.yaml", "skimage": "scikit-image", "sklearn": "scikit-learn"}
COMES_WITH = {
    "cffi": "weasyprint",
    "cssselect2": "weasyprint",
    "fontTools": "weasyprint",
    "lxml": "pikepdf",
    "markupsafe": "jinja2",
}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "every line of constraints.txt pins one version"
    return {canonicalize_name(name): version for name, version in pairs}


def test_every_dependency_is_pinned_within_its_declared_bounds():
    pinned = pins()
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier, f"{requirement} has no lower bound"
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def packages_of(nodes: Iterable[ast.AST]) -> set[str]:
    """Distributions of the modules that import statements name, without Python's own and ours."""
    names = [
        name
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    ]
    imported = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"auditor"}
    return {canonicalize_name(PACKAGE_OF.get(name, COMES_WITH.get(name, name))) for name in imported}


def test_every_module_the_product_imports_is_declared_and_every_declaration_is_used():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "auditor").rglob("*.py")]
    first, anywhere = (
        packages_of(node for tree in trees for node in walk(tree)) for walk in (lambda tree: tree.body, ast.walk)
    )
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    extras = {name: lines for name, lines in PROJECT["optional-dependencies"].items() if name != "test"}
    optional = {canonicalize_name(Requirement(line).name) for lines in extras.values() for line in lines}
    assert first - declared == set()  # what a module imports when it is loaded must be there
    assert anywhere - declared - optional == set()
    assert declared - anywhere <= {"pydyf"}  # weasyprint writes through it; its version decides the bytes of the PDF


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_the_code_the_templates_and_the_licence(wheel):
    names = set(wheel.namelist())
    hidden = {".gitkeep", ".DS_Store"}
    files = [path for ending in ("py", "yaml") for path in (ROOT / "auditor").rglob(f"*.{ending}")]
    source = {f"auditor/{path.relative_to(ROOT / 'auditor').as_posix()}" for path in files}
    templates = {
        f"auditor/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and path.name not in hidden
    }
    assert templates and source | templates <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_wheel_holds_nothing_else(wheel):
    outside = {name for name in wheel.namelist() if not name.startswith("auditor/")}
    assert {name.split("/")[0] for name in outside} == {f"auditor-{auditor.__version__}.dist-info"}


def test_the_wheel_says_its_version_its_command_and_its_needs(wheel):
    def read(end: str) -> str:
        return wheel.read(next(name for name in wheel.namelist() if name.endswith(end))).decode()

    metadata = email.message_from_string(read(".dist-info/METADATA"))
    assert metadata["Version"] == auditor.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "auditor = auditor.cli:main" in read(".dist-info/entry_points.txt")


def set_up(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", ".ci/setup", *arguments], cwd=ROOT, capture_output=True, text=True, env={**os.environ, **environment}
    )


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PYTHON": "no-such-python"}, "No Python 3.11 or newer was found"),
        ({"TORCH": "somewhere"}, "TORCH=somewhere is not known"),
    ],
)
def test_a_set_up_that_cannot_work_says_so_in_one_line(tmp_path, environment, said):
    done = set_up("venv", VENV=str(tmp_path / "venv"), **environment)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "venv").exists()


def test_an_environment_made_by_hand_is_never_emptied(tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    done = set_up("venv", VENV=str(tmp_path / "venv"), TORCH="installed")
    assert done.returncode == 2 and "made by hand" in done.stderr
    assert python.exists()


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_make_variables_reach_the_command():
    def command(*variables: str) -> str:
        done = subprocess.run(["make", "-n", "audit", *variables], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        line = re.search(r"auditor run .*", done.stdout.replace("\\\n", " "))
        assert line
        return " ".join(line[0].split())

    plan = "auditor run example_audits/digits/audit.yaml --out"
    assert command() == f'{plan} "audits/digits"'
    assert command("FRESH=1") == f'{plan} "audits/digits" --fresh'
    assert command("SAMPLES=60") == f'{plan} "audits/digits-60" --samples 60'
