"""What the three modes of `examples` keep of single rows, looked for byte by byte in every file of a run."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import numpy as np
import pikepdf
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

import auditor.report.render as rendering
from auditor.cli import app
from auditor.document import render
from auditor.evidence.store import Reader
from auditor.report.build import build_report
from auditor.report.pdf import PangoMissing
from auditor.run.audit import audit
from tests.run import private_subjects as planted


def everything(run):
    """Every byte of a run, and what is packed in its tables, arrays and PDFs."""
    found = []
    for path in sorted(path for path in run.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found += [path.name.encode(), content]
        if path.suffix == ".parquet":
            found.append(str(pq.read_table(path).to_pylist()).encode())
        elif path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive, np.load(path) as arrays:
                found += [archive.read(name) for name in archive.namelist()] + [arrays[name].tobytes() for name in arrays]
                found += [str(arrays[name].tolist()).encode() for name in arrays if arrays[name].dtype.kind == "U"]
        elif path.suffix == ".pdf":
            with pikepdf.open(io.BytesIO(content)) as document:
                found += [one.read_bytes() for one in document.objects if isinstance(one, pikepdf.Stream)]
    return b"\0".join(found)


def holds_value(content):
    shown = (str(planted.VALUE).encode(), struct.pack("<f", planted.VALUE), struct.pack("<d", planted.VALUE))
    return any(one in content for one in shown)


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    made = {}

    def run(modality, mode, rest=""):
        key = (modality, mode, rest)
        if key not in made:
            folder = tmp_path_factory.mktemp("private") / "ann"
            plan = planted.write(folder, modality, mode, rest)
            out = tmp_path_factory.mktemp("out") / "run"
            audit(plan, out)
            build_report(out)
            made[key] = out, folder
        return made[key]

    return run


@pytest.mark.parametrize("modality", ["tabular", "text", "image", "series"])
@pytest.mark.parametrize("mode", ["none", "redacted"])
def test_no_file_of_a_run_holds_a_value_a_word_an_id_a_tag_or_a_place(run_of, modality, mode):
    run, folder = run_of(modality, mode, "groups: [sex]\n" if modality == "tabular" else "")
    content = everything(run)
    assert not [secret for secret in planted.SECRETS if secret.encode() in content]
    assert str(folder).encode() not in content and str(folder.parent).encode() not in content
    assert not holds_value(content)
    assert not list(run.glob("exemplars/*"))


@pytest.mark.parametrize("modality", ["text", "series"])
def test_what_is_looked_for_is_found_where_examples_are_full(run_of, modality):
    run, folder = run_of(modality, "full")
    content = everything(run)
    assert list(run.glob("exemplars/*.npz"))
    assert str(folder).encode() not in content and planted.ID.encode() not in content
    if modality == "text":
        assert planted.WORD.encode() in content  # as a word of a case in the evidence


def test_without_examples_no_row_is_named_in_the_record(run_of):
    run, _ = run_of("tabular", "none", "groups: [sex]\n")
    stored = (run / "report.json").read_text()
    report, ids = json.loads(stored), Reader(run).table("samples")["sample_id"].to_pylist()
    assert report["exemplars"] == [] and report["prepared"]["exemplars"] == []
    assert not [name for name in ids if name in stored]
    rows = {one["name"]: one for one in report["results"] if one["name"] in ("label_issues", "confident_errors")}
    assert all(one["kind"] == "not_evaluated" and one["withheld"] for one in rows.values()) and len(rows) == 2


def test_redacted_examples_are_ids_and_features_of_a_table_but_no_words_of_a_text(run_of):
    run, _ = run_of("tabular", "redacted", "groups: [sex]\n")
    table = json.loads((run / "report.json").read_text())["exemplars"]
    assert table and all(one["file"] == "" and set(dict(one["top"].get("saliency", ()))) <= {"income", "age"} for one in table)
    run, _ = run_of("text", "redacted")
    texts = json.loads((run / "report.json").read_text())["exemplars"]
    assert texts and all(one["top"] == {} for one in texts)


def test_the_words_of_a_case_are_kept_without_their_order_and_add_up_to_the_same_rankings(run_of):
    stored = {mode: Reader(run_of("text", mode)[0]).table("attributions").to_pylist() for mode in ("full", "redacted")}
    full = {(one["sample_id"], one["method"]): one for one in stored["full"]}
    for one in stored["redacted"]:
        assert one["names"] == sorted(one["names"])
        other = full[one["sample_id"], one["method"]]
        words = [name for name in other["names"] if name != planted.WORD]
        assert sorted(words) == [name for name in one["names"] if not name.startswith("rare word ")]
        if one["method"] == "occlusion":
            by_word = sorted(zip(other["names"], np.round(other["values"], 5), strict=True))
            kept = sorted(zip(one["names"], np.round(one["values"], 5), strict=True))
            assert [v for w, v in by_word if w != planted.WORD] == [v for w, v in kept if not w.startswith("rare")]


def test_inputs_are_kept_as_ranks_where_rows_are_not_shown(run_of):
    run, _ = run_of("tabular", "redacted", "groups: [sex]\n")
    values = np.array(Reader(run).table("inputs")["values"].to_pylist())
    assert values.min() > 0 and values.max() <= 1 and np.allclose(values * 50, np.round(values * 50))


def no_pdf(*_):
    raise PangoMissing("the PDF attaches report.json, the plan and the tables, which are looked through as files")


def test_pages_and_published_formats_hold_nothing_either(run_of, tmp_path, monkeypatch):
    monkeypatch.setattr(rendering, "_pdf", no_pdf)
    run, folder = run_of("text", "redacted")
    render(run)
    assert "Examples are named by id" in (run / "report.html").read_text("utf-8")
    for name in ("card", "bom", "junit", "sarif", "summary", "attestation"):
        done = CliRunner().invoke(app, ["publish", name, str(run), "--to", str(tmp_path / name / "README.md")])
        assert done.exit_code == 0, done.output
    content = everything(run) + everything(tmp_path)
    assert not [secret for secret in planted.SECRETS if secret.encode() in content] and str(folder).encode() not in content


def test_a_stored_plan_names_files_without_their_folders_and_can_be_resumed(run_of):
    run, folder = run_of("text", "redacted")
    plan = yaml.safe_load((run / "plan.yaml").read_text("utf-8"))
    assert plan["data"]["path"] == "…/rows.jsonl" and plan["model"]["factory"] == "…/subject.py:bag"
    audit(folder / "audit.yaml", run)
