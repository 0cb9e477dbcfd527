"""The sample report, rendered once for all tests of the document."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.evidence.record import sha256
from auditor.report.record import Report
from auditor.report.render import render
from tests.report import sample
from tests.report.sample_results import patches, results

HOSTILE = (
    "<script>alert(1)</script>",
    "smile \U0001f600 and 한글",
    "bell\x07 \x1b[31m null\x00",
    "right \u202eleft",
    "{{ 7 * 7 }} $\\frac{a}{b}$",
    "x" * 300,
    "é\ufffe\ue000",
    "' onload=alert(1) \"",
)


@dataclass(frozen=True)
class Document:
    """A rendered report and where it lies."""

    run: Path
    report: Report
    pdf: bytes
    html: str


def rendered(run: Path, **changed: object) -> Document:
    """Write the sample with changes and render it."""
    report = sample.write(run, **changed)
    done = render(run)
    assert done.pdf is not None and done.notes == ()
    return Document(run, report, done.pdf.read_bytes(), done.html.read_text("utf-8"))


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """The sample as it is."""
    return rendered(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """A thousand classes, most of them harmless; every free text of the record an attack."""
    classes = (*HOSTILE, *(f"class {number}" for number in range(992)))
    evil = " / ".join(HOSTILE)
    prepared = sample.prepared(classes)
    prepared = prepared.model_copy(
        update={
            "model": prepared.model.model_copy(update={"name": evil, "layers": ((evil, evil, 1),), "reasons": {"x": evil}}),
            "data": prepared.data.model_copy(update={"name": evil, "excluded": {evil: 3}}),
            "methods": prepared.methods[:2],
            "features": prepared.features.model_copy(update={"description": evil}),
        }
    )
    statement: dict[str, str] = {"statement": evil, "role": evil, "date": "2026-01-01", "name": evil}
    plan = sample.plan(declared={"intended_purpose": statement, evil: statement}, examples="redacted")
    plan["model"]["description"] = evil
    few = results(classes[:9], patches())
    exemplars = tuple(one.model_copy(update={"rule": evil, "sample_id": evil}) for one in sample.exemplars(Path(), False)[0])
    return rendered(
        tmp_path_factory.mktemp("hostile"),
        plan=plan,
        prepared=prepared,
        results=tuple(
            one.model_copy(update={"rows": (), "table": "tables/m.csv"}) if one.name == "confusion_matrix" else one
            for one in few
        ),
        exemplars=exemplars,
        protocols={evil: {evil: evil}},
    )


def written(run: Path, name: str, content: bytes) -> dict[str, str]:
    """Write a file of the run; its entry for `Report.files`."""
    (run / name).parent.mkdir(parents=True, exist_ok=True)
    (run / name).write_bytes(content)
    return {name: sha256(content)}
