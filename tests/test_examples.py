"""The further example audits: plans that load, scripts that do what the plans say, and one of them the whole way."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from auditor.inputs.tables import TableRows
from auditor.plan.read import load_plan

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(path.parent for path in (ROOT / "example_audits").glob("*/audit.yaml") if path.parent.name != "digits")
NAMES = [path.name for path in EXAMPLES]


def script(example: str, name: str) -> ModuleType:
    """A module of an example; its neighbours, which other examples have by the same names, are forgotten again."""
    folder = ROOT / "example_audits" / example
    own = {path.stem for path in folder.glob("*.py")}
    before = {key: sys.modules.pop(key) for key in own & set(sys.modules)}
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for key in own & set(sys.modules):
            del sys.modules[key]
        sys.modules.update(before)


def test_make_runs_every_example_there_is():
    assert NAMES == ["credit", "ensemble", "imagenet", "motion", "spam"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^EXAMPLES = (.*)$", makefile, re.MULTILINE)[1].split() == NAMES


@pytest.mark.parametrize("folder", EXAMPLES, ids=NAMES)
def test_every_statement_of_an_example_says_that_it_is_example_text(folder):
    plan = load_plan(folder / "audit.yaml").plan
    assert plan.name == folder.name and plan.declared and plan.gates
    assert all(s.statement.startswith("Example text. ") and s.role.startswith("example ") for s in plan.declared.values())
    assert all(gate.chosen_by == "example author" for gate in plan.gates)


@pytest.mark.parametrize("folder", EXAMPLES, ids=NAMES)
def test_every_package_of_an_example_is_pinned_by_digest_or_among_the_tested_versions(folder):
    tested = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in (folder / "packages.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines
    assert all(re.fullmatch(r"\S+==\S+ --hash=sha256:[0-9a-f]{64}", line) or line in tested for line in lines)


@pytest.mark.parametrize("folder", EXAMPLES, ids=NAMES)
def test_the_files_a_plan_names_are_there_or_written_by_the_script(folder):
    plan = load_plan(folder / "audit.yaml").plan
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    parts = plan.model.members or (plan.model,)
    named = [plan.data.path, *(part.weights.path if part.weights else part.path for part in parts)]
    for path in named:
        if not path.startswith("package:"):
            place, name = Path(path).parts
            assert place == "work" and re.sub(r"\d", "{member}", name) in source, path
    assert all((folder / part.factory.partition(":")[0]).is_file() for part in parts if part.factory)


def test_credit_trains_on_the_inputs_that_the_audit_gives():
    train = script("credit", "train")
    plan = load_plan(ROOT / "example_audits/credit/audit.yaml").plan
    table = plan.data.table
    rng = np.random.default_rng(0)
    persons = [
        {name: str(rng.integers(0, 99)) for name in table.numeric}
        | {name: str(rng.choice(column.values)) for name, column in table.categorical.items()}
        | {"income": str(rng.choice(plan.model.classes))}
        for _ in range(50)
    ]
    for person in persons[:20]:
        person["workclass"] = "?"
    columns = {name: [person[name] for person in persons] for name in persons[0]}
    rows = TableRows(columns, table.model_copy(update={"ignored": ()}), plan.model.classes, {}, (), "persons")
    expected = torch.stack([torch.as_tensor(rows[i].input) for i in range(50)])
    torch.testing.assert_close(train.encode(persons, table), expected)
    assert expected.shape[1] == plan.model.arguments["inputs"]


def test_credit_refuses_statistics_that_are_not_those_of_the_training_part():
    train = script("credit", "train")
    table = load_plan(ROOT / "example_audits/credit/audit.yaml").plan.data.table
    with pytest.raises(ValueError, match="other statistics for age"):
        train.check_statistics([dict.fromkeys(table.numeric, "1"), dict.fromkeys(table.numeric, "3")], table)


def test_of_a_mail_the_subject_and_what_a_reader_sees_are_kept():
    mails = script("spam", "mails")
    raw = (
        "From list@example.org Mon\nFrom: Ann <Ann@Example.org>\nDelivered-To: list\nSubject: =?utf-8?q?Caf=C3=A9?= today\n"
        "Content-Type: text/html\n\n<html><head><style>p {}</style></head><body><p>Buy&nbsp;now</p></body></html>\n"
    )
    mail = mails._mail("hard-ham-1/00001", raw)
    assert mail.text == "Café today Buy now"
    assert (mail.label, mail.kind, mail.sender, mail.id) == ("ham", "hard ham", "ann@example.org", "hard-ham-1/00001")
    assert mails._mail("spam-2/00002", "Subject: x\n\nbody\n").sender == "spam-2/00002"


def test_no_sender_stands_on_both_sides_of_the_division():
    pytest.importorskip("transformers")
    train, mails = script("spam", "train"), script("spam", "mails")
    every = [mails.Mail(f"m{i}", "text", "ham", f"sender{i % 40}", "easy ham") for i in range(400)]
    training, audited = train.divide(every)
    assert training and audited and not {mail.sender for mail in training} & {mail.sender for mail in audited}


def test_motion_takes_series_with_the_channels_first_and_scales_them_itself():
    network = script("motion", "model").build().eval()
    series = torch.randn(3, 6, 50, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = network(series)
        network.mean.fill_(2.0)
        network.std.fill_(4.0)
        assert expected.shape == (3, 4)
        torch.testing.assert_close(network(series * 4 + 2), expected)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd)


@pytest.mark.skipif(find_spec("sklearn") is None, reason="scikit-learn ships the digits; the test tools bring it")
def test_the_ensemble_is_trained_and_audited_the_whole_way(tmp_path):
    folder = tmp_path / "ensemble"
    shutil.copytree(ROOT / "example_audits/ensemble", folder, ignore=shutil.ignore_patterns("work", "__pycache__"))
    trained = run("train.py", cwd=folder)
    assert trained.returncode == 0, trained.stderr
    pinned = load_plan(folder / "audit.yaml").plan.data.sha256
    assert hashlib.sha256((folder / "work/digits.npz").read_bytes()).hexdigest() == pinned
    done = run("-m", "auditor", "run", "audit.yaml", "--samples", "30", "--out", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    report = json.loads((folder / "out/report.json").read_bytes())
    values = {r["name"]: r["value"] for r in report["results"] if r["kind"] == "estimate" and not r["slice"]}
    assert values["accuracy"] > 0.85
    assert 0 < values["members_disagreement"] < 0.5
