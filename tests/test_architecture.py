"""The shape of the code: who may import whom, where torch may be, how long a file may be, and what may not stand in it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ROOT / "auditor"

BASE = ("errors", "registry", "plan", "evidence")
WITH_TORCH = ("inputs", "removal", "explain", "observe", "run")
WITHOUT_TORCH = ("measure", "judge", "report", "publish")

# The way of the data: a stage imports itself and what stands before it in its own branch, and nothing else of the product.
ALLOWED = {
    stage: {*branch[: branch.index(stage) + 1], *BASE} if branch is not BASE else {*BASE[: BASE.index(stage) + 1]}
    for branch in (BASE, WITH_TORCH, WITHOUT_TORCH)
    for stage in branch
}
# Top-level modules above both branches; each says whether it must work where torch cannot be imported.
COMPOSITIONS_WITHOUT_TORCH = {"__init__", "__main__", "callbacks", "cli", "document", "doctor", "methods", "selftest", "verify"}
COMPOSITIONS_WITH_TORCH = {"functional", "planted", "start"}

DATA_TABLES: set[str] = set()  # files that are one long table of data; only these may be longer than LINES
LINES, CODE_LINES, POSITIONAL = 220, 40, 6

PYTHON = sorted(PRODUCT.rglob("*.py"))
EVERYTHING = [
    path
    for folder in ("auditor", "templates", "tests", "bench", "docs", "example_audits", ".ci", ".")
    for path in (sorted((ROOT / folder).rglob("*")) if folder != "." else sorted(ROOT.glob("*")))
    if path.is_file() and not {"__pycache__", "audits", "work"} & set(path.relative_to(ROOT).parts)
]


def module_of(path: Path) -> tuple[str, ...]:
    parts = path.relative_to(PRODUCT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


def stage_of(path: Path) -> str:
    return module_of(path)[0]


def kind_of(top_level: str) -> str:
    """The composition a top-level file belongs to: cli_run and verify_pdf are parts of cli and verify."""
    return top_level if top_level.startswith("__") else top_level.split("_")[0]


def imports(path: Path) -> Iterator[str]:
    """Every dotted name a file imports, wherever the statement stands: in a function and under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def stages_imported(path: Path) -> set[str]:
    """First parts of the product's modules a file imports; 'auditor' itself where it takes the public interface."""
    found = set()
    for name in imports(path):
        if name == "auditor" or name.startswith("auditor."):
            part = [*name.split("."), ""][1]
            is_module = (PRODUCT / part).is_dir() or (PRODUCT / f"{part}.py").is_file()
            found.add(part if part and is_module else "auditor")
    return found


def test_every_folder_of_the_product_has_its_place_in_the_order():
    folders = {path.name for path in PRODUCT.iterdir() if path.is_dir() and path.name not in ("__pycache__", "templates")}
    files = {stage_of(path) for path in PYTHON if path.parent == PRODUCT} - ALLOWED.keys()
    assert folders <= ALLOWED.keys() | {"selftest", "planted"}
    assert {kind_of(name) for name in files} <= COMPOSITIONS_WITHOUT_TORCH | COMPOSITIONS_WITH_TORCH


@pytest.mark.parametrize("stage", ALLOWED)
def test_a_stage_imports_only_earlier_stages_of_its_branch(stage):
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in PYTHON
        if stage_of(path) == stage
        for name in stages_imported(path) - ALLOWED[stage]
    }
    assert not wrong


def test_a_forbidden_import_is_seen_wherever_it_stands(tmp_path):
    file = tmp_path / "late.py"
    file.write_text("def f():\n    from auditor.report import build\n    import auditor\n    from auditor import audit\n")
    assert stages_imported(file) == {"report", "auditor"}


def test_torch_is_named_only_in_its_branch():
    may = {*WITH_TORCH, *COMPOSITIONS_WITH_TORCH, "doctor"}  # the doctor asks whether it is there
    naming = {path for path in PYTHON for name in imports(path) if name.split(".")[0] == "torch"}
    assert {str(path.relative_to(ROOT)) for path in naming if kind_of(stage_of(path)) not in may} == set()


BLOCKED = """
import importlib, sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "captum"):
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, NoTorch())
for name in sys.argv[1:]:
    importlib.import_module(name)
assert "torch" not in sys.modules
"""


def test_one_branch_and_the_commands_load_where_torch_cannot_be_imported():
    names = [
        ".".join(("auditor", *module_of(path))).removesuffix(".__init__")
        for path in PYTHON
        if stage_of(path) in (*BASE, *WITHOUT_TORCH) or kind_of(stage_of(path)) in COMPOSITIONS_WITHOUT_TORCH
        if path.name != "__main__.py"
    ]
    assert len(names) > 20
    done = subprocess.run([sys.executable, "-c", BLOCKED, *names], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_importing_the_product_loads_neither_torch_nor_the_drawing_library():
    code = "import sys, auditor, auditor.cli; print(sorted({'torch', 'matplotlib', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stderr


def test_no_file_is_longer_than_a_reader_can_hold_in_mind():
    long = {
        f"{path.relative_to(ROOT)}: {count} lines"
        for path in EVERYTHING
        if path.suffix in (".py", ".j2") and str(path.relative_to(ROOT)) not in DATA_TABLES
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES
    }
    assert not long


def code_lines(source: list[str], node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function that are neither blank, nor a comment, nor its docstring."""
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    skipped = range(first.lineno, (first.end_lineno or first.lineno) + 1) if documented else range(0)
    numbers = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return sum(n not in skipped and source[n - 1].strip()[:1] not in ("", "#") for n in numbers)


def functions() -> Iterator[tuple[str, list[str], ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in PYTHON:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}: {node.name}", text.splitlines(), node


def test_no_function_is_longer_than_forty_lines_of_code():
    assert not {f"{name}: {count}" for name, source, node in functions() if (count := code_lines(source, node)) > CODE_LINES}


def test_no_function_takes_more_than_six_arguments_by_position_or_unnamed_ones():
    wrong = set()
    for name, _, node in functions():
        by_position = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
        if len(by_position) > POSITIONAL:
            wrong.add(f"{name}: {len(by_position)} arguments")
        if node.args.kwarg and not node.name.startswith("_") and node.col_offset == 0 and "/_" not in name:
            wrong.add(f"{name}: **{node.args.kwarg.arg}")
    assert not wrong


def test_no_file_has_a_name_that_says_nothing():
    empty = re.compile(r"(utils?|helpers?|common|misc|managers?)(\.|_|$)")
    assert not {
        path for path in EVERYTHING if empty.match(path.name) or re.search(r"_(utils?|helpers?|manager)\.py$", path.name)
    }


def test_nothing_in_the_tree_names_one_machine_or_one_registry():
    # Written so that this file does not find itself.
    machine = r"(?<![\w.*])/(?:" + "|".join(("work", "farm", "root", "home", "Users")) + r")/[.\w]|/opt/(?:wheels|pyp" + "i)"
    host = "|".join(
        ("pyp" + r"i\.org", "python" + "hosted", r"download\.py" + "torch", r"registry\.npm" + "js", r"deb\.deb" + "ian")
    )
    text = {path: path.read_bytes() for path in EVERYTHING}
    found = {
        f"{path.relative_to(ROOT)}: {match[0]!r}"
        for path, content in text.items()
        if b"\0" not in content
        for match in re.finditer(f"{machine}|{host}", content.decode("utf-8", "replace"))
    }
    assert not found


def test_nothing_is_left_unfinished():
    marks = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + "X|HA" + r"CK)\b|raise NotImplemented" + "Error")
    assert not {
        f"{path.relative_to(ROOT)}: {m[0]}" for path in PYTHON for m in marks.finditer(path.read_text(encoding="utf-8"))
    }
