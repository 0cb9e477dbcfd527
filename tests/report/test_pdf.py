"""The PDF: valid for archives and for screen readers, the same bytes every time, holding its own data."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pydyf
import pytest
from page import validate_pdf

from auditor.errors import AuditError, VerificationError
from auditor.report import pdf as pdf_module
from auditor.report import pdf_streams
from auditor.report.pdf import write_pdf
from auditor.report.render import render
from tests.finished_run import finished_run
from tests.report import sample
from tests.report.conftest import Document, written

PAGE = '<html lang="en"><head><title>t</title><meta name="author" content="a"></head><body><h1>t</h1>{}</body></html>'


@pytest.mark.parametrize("profile", ["3a", "ua1"])
@pytest.mark.parametrize("which", ["document", "hostile"])
def test_the_pdf_is_valid_for_archives_and_for_screen_readers(
    which: str, profile: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(request.getfixturevalue(which).pdf)
    checked = validate_pdf(str(path), profile=profile)
    assert checked.is_compliant, [(failure.rule_id, failure.message) for failure in checked.failures][:5]


def test_another_process_with_another_hash_seed_and_clock_zone_writes_the_same_bytes_without_torch(
    document: Document, tmp_path: Path
) -> None:
    sample.write(tmp_path)
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from pathlib import Path\nfrom auditor.report.render import render\n"
        f"render(Path({str(tmp_path)!r}))\nassert sys.modules['torch'] is None"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    assert (tmp_path / "report.html").read_text("utf-8") == document.html
    assert (tmp_path / "report.pdf").read_bytes() == document.pdf


def test_documents_are_made_again_without_loading_what_measures_or_trains(tmp_path: Path) -> None:
    finished_run(tmp_path, ("met",))
    program = (
        "import sys; from auditor.cli import main\n"
        f"try: main(['render', {str(tmp_path)!r}, '-q'])\nexcept SystemExit as end: assert not end.code\n"
        "print(sorted({'torch', 'scipy', 'pandas', 'sklearn', 'matplotlib', 'auditor.measure._all'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
    assert (tmp_path / "report.pdf").is_file()


def test_the_pdf_carries_the_record_and_the_plan_it_was_made_from(document: Document) -> None:
    with pikepdf.open(io.BytesIO(document.pdf)) as opened:
        held = {name: spec.get_file().read_bytes() for name, spec in opened.attachments.items()}
        assert len(opened.Root.AF) == 2
        assert opened.Root.Outlines.Count != 0
    assert held["report.json"] == (document.run / "report.json").read_bytes()
    assert json.loads(held["plan.json"]) == json.loads(json.dumps(document.report.plan))


def test_the_pdf_reserves_one_empty_signature_field(document: Document) -> None:
    with pikepdf.open(io.BytesIO(document.pdf)) as opened:
        (field,) = opened.Root.AcroForm.Fields
        assert str(field.T) == "AuditSignature" and "/V" not in field


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:9/x.png", "asset:unknown.png"])
def test_a_page_can_fetch_nothing_but_its_own_pictures(address: str) -> None:
    with pytest.raises(RuntimeError, match="blocked resource"):
        write_pdf(PAGE.format(f'<p><img src="{address}" alt="x"></p>'), {}, ())


def test_a_layout_warning_stops_the_pdf() -> None:
    with pytest.raises(RuntimeError, match="not as intended"):
        write_pdf(PAGE.format('<p style="no-such-property: 1">x</p>'), {}, ())


def test_without_pango_the_html_is_still_written_and_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise pdf_module.PangoMissing(f"report.pdf was not written: … {pdf_module.INSTALL_PANGO}")

    sample.write(tmp_path, plan=sample.plan(examples="none"))
    (tmp_path / "report.pdf").write_bytes(b"an older one")
    monkeypatch.setattr(pdf_module, "_import", missing)
    done = render(tmp_path)
    assert done.pdf is None and not (tmp_path / "report.pdf").exists() and done.html.is_file()
    assert "apt-get install" in done.notes[0] and "\n" not in done.notes[0]


def test_a_missing_record_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="no report to render"):
        render(tmp_path)
    (tmp_path / "report.json").write_bytes(b'{"plan": 1}')
    with pytest.raises(AuditError, match="not a report of this version"):
        render(tmp_path)


def test_a_changed_or_missing_file_or_one_outside_the_run_is_refused(tmp_path: Path) -> None:
    files = written(tmp_path, "tables/a.csv", b"a") | {"tables/b.csv": "0" * 64, "../c.csv": "0" * 64}
    sample.write(tmp_path, plan=sample.plan(examples="none"), files=files)
    (tmp_path / "tables/a.csv").write_bytes(b"changed")
    with pytest.raises(VerificationError) as refused:
        render(tmp_path)
    assert [line.split(":")[0] for line in refused.value.differences] == ["../c.csv", "tables/a.csv", "tables/b.csv"]


def test_no_stream_ends_in_a_carriage_return_which_strict_readers_take_for_a_line_end() -> None:
    document = pydyf.PDF()
    picture = pydyf.Stream([b"pixels\r"], extra={"Filter": "/DCTDecode", "DecodeParms": pydyf.Dictionary({"X": 1})})
    document.add_object(picture)
    content = pydyf.Stream([b"q Q\r"])
    document.add_object(content)
    document.add_page(pydyf.Dictionary({"Type": "/Page", "Contents": content.reference, "Parent": document.pages.reference}))
    pdf_streams.no_stream_ends_in_a_carriage_return(document, {content.number})
    assert not picture.data.endswith(b"\r\nendstream") and not content.data.endswith(b"\r\nendstream")
    assert picture.stream == [b"pixels\r".hex().encode() + b">"]
    assert picture.extra["Filter"] == ["/ASCIIHexDecode", "/DCTDecode"] and picture.extra["DecodeParms"][0] == "null"


def test_a_file_whose_own_tables_end_in_a_carriage_return_is_written_again() -> None:
    def written_plainly(number: int, repaired: bool) -> bytes:
        document, sink = pydyf.PDF(), io.BytesIO()
        document.add_object(pydyf.Dictionary({"Text": pydyf.String("a" * number)}))
        if repaired:
            pdf_streams.write_again_if_needed(document)
        document.write(sink, b"1.7", False, True)
        return sink.getvalue()

    unlucky = next(number for number in range(1000) if b"\r\nendstream" in written_plainly(number, repaired=False))
    again = written_plainly(unlucky, repaired=True)
    assert b"\r\nendstream" not in again and again.count(b"%PDF") == 1
    assert len(pikepdf.open(io.BytesIO(again)).objects) > 3
