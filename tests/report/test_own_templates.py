"""Own templates on the sample report: what they may change, what stays, and what is refused with its place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.evidence.own_templates import keep_templates, read_files
from auditor.report.document import Section, sections, to_html
from auditor.report.figures._style import style
from auditor.report.material import Material
from auditor.report.own.check import check_folder
from auditor.report.own.closing import missing
from auditor.report.own.dress import folder_of, load
from auditor.report.own.export import export
from auditor.report.own.folder import REPLACEABLE, STANDARD, TemplateMistakes
from auditor.report.sections import provenance as provenance_section
from auditor.report.templates import folder
from tests.report.test_html import Tags
from tests.report.test_sections import material as sample_material

PERFORMANCE = '{% extends "standard/sections/performance.html.j2" %}'
EXTRA = "sections: [{name: approval, title: Who approved it?}]"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Material, tuple[Section, ...]]:
    made = sample_material(tmp_path_factory.mktemp("own"))
    with style():
        return made, sections(made)


def own(place: Path, **files: str) -> Path:
    """A folder of templates: performance='…' is sections/performance.html.j2, theme='…' is theme.yaml."""
    for name, text in files.items():
        path = place / ("theme.yaml" if name == "theme" else f"sections/{name}.html.j2")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return place


def page(sample: tuple[Material, tuple[Section, ...]], place: Path, inline: bool = True) -> str:
    return to_html(sample[1], replace(sample[0], own=load(place)), inline)


def messages(place: Path) -> str:
    return "\n".join(map(str, check_folder(place)))


def text(html: str) -> str:
    return " ".join(" ".join(Tags(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)).text).split())


def test_blocks_whole_sections_and_new_ones_take_their_places(sample, tmp_path):
    place = own(
        tmp_path,
        performance=PERFORMANCE + "{% block before %}<p>Read this first.</p>{% endblock %}",
        definitions="<p>All terms are in our handbook.</p>",
        approval='{% from "macros.html.j2" import estimate, status, table %}<p>{{ estimate(results.estimate("accuracy")) }}</p>'
        '{% for one in findings if one.kind == "gate" %}<p>{{ status(one.status) }} {{ one.bound }}</p>{% endfor %}'
        '{{ table(results.table("class_counts")) }}<p>{{ plan.model.name }}</p>',
        theme=EXTRA,
    )
    shown = text(page(sample, place))
    assert shown.index("Read this first.") < shown.index("Overall") < shown.index("All terms are in our handbook.")
    after = shown[shown.rindex("Who approved it?") :]
    assert "99.1" in after and "n = 5,000" in after and "✓ met ≥ 0.98" in after and "digit-cnn" in after
    assert "Written by the author of the templates" in after
    assert shown.count("Parts of this section are laid out by own templates") == 2


def test_the_mandatory_sentences_and_the_digests_stand_in_a_report_of_own_templates(sample, tmp_path):
    place = own(tmp_path, performance=PERFORMANCE)
    html = page(sample, place)
    made = load(place)
    shown = text(html)
    digest = made.digests["sections/performance.html.j2"]
    for said in (
        "It is not a conformity assessment, certification, legal opinion or the technical documentation itself.",
        "Who declared what: intended purpose by product owner, 2026-11-03.",
        "What was not examined: Disturbed inputs",
        "Results that were planned and not evaluated:",
        "any change voids it.",
        "Legal references, where there are any, are paraphrased",
        "Attributions describe model behaviour, not causes in the world.",
        digest,
        made.digest,
    ):
        assert said in shown[shown.rindex("Who laid this report out") :], said
    provenance = provenance_section.context(replace(sample[0], own=made))
    assert any(row[1] == made.digest for row in provenance.digests.rows)


def test_a_hidden_sentence_is_a_missing_one():
    sentence = ("Attributions are no causes.",)
    assert missing("<main><p>Attributions are\nno causes.</p></main>", sentence) == ()
    for hidden in ("<div hidden><p>{}</p></div>", '<p style="display:none">{}</p>', "<details>{}</details>", "<!-- {} -->"):
        assert missing(hidden.format(sentence[0]), sentence) == sentence


def test_a_standard_report_knows_nothing_of_templates(sample):
    html = to_html(sample[1], sample[0], inline=True)
    assert "own templates" not in html and "font-src" not in html and 'class="logo"' not in html


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("<style>.holds { display: none }</style>", "<style> is not allowed"),
        ("<p style='color: white'>x</p>", "style="),
        ("<p onclick='x()'>x</p>", "onclick="),
        ("<p hidden>x</p>", "hidden="),
        ("<img src='https://example.org/x.png' alt='x'>", "<img>"),
        ("<a href='javascript:alert(1)'>x</a>", "href="),
        ("<a href='file:///etc/passwd'>x</a>", "href="),
        ("<svg><script/></svg>", "<svg> is not allowed"),
        ("<iframe></iframe>", "<iframe> is not allowed"),
        ("<meta http-equiv=refresh>", "<meta> is not allowed"),
        ("<p>x</p></section><section><p>", "</section> is closed"),
        ("<div><p>x</p>", "<div> is never closed"),
        ("<p class='front'>x</p>", "belongs to the frame"),
        ("<p id='limits'>x</p>", "id="),
        ("<p id='own-a'>x</p><p id='own-a'>x</p>", "stands there twice"),
        ("<![CDATA[x]]>", "declaration"),
        ("<?php x ?>", "instruction"),
        ("<h1>x</h1>", "<h1> is not allowed"),
        ("<p dir=rtl>x</p>", "dir="),
    ],
)
def test_html_that_could_run_fetch_hide_or_leave_its_section_is_refused(source, said, tmp_path):
    place = own(tmp_path, performance=f"{PERFORMANCE}\n{{% block before %}}\n{source}\n{{% endblock %}}")
    found = messages(place)
    assert found.startswith("sections/performance.html.j2") and said in found, found


def test_untrusted_characters_of_a_template_become_printable(sample, tmp_path):
    place = own(tmp_path, performance=PERFORMANCE + "{% block before %}<p>a\u202eb \U0001f600 \x07 &lt;c&gt;</p>{% endblock %}")
    assert "aU+202Eb U+1F600 U+0007 &lt;c&gt;</p>" in page(sample, place)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{% block before %}<span class='st ok'>✓ met</span>{% endblock %}", 'shows the status "✓ met" 1 times'),
        ("{% block before %}<i class='x st'>Usable for class-level rankings</i>{% endblock %}", "shows the status"),
    ],
)
def test_a_status_is_not_forged(source, said, tmp_path):
    assert said in messages(own(tmp_path, performance=PERFORMANCE + source))


def test_a_status_is_neither_left_out_nor_changed(tmp_path):
    left_out = (
        '{% extends "standard/sections/rankings.html.j2" %}{% set verdict = {"sign": "✓", "word": "met", "style": "ok"} %}'
    )
    assert "shows the status" in messages(own(tmp_path / "a", rankings="<p>{{ method }}</p>"))
    own_words = '{% from "macros.html.j2" import status %}{{ status({"sign": "✓", "word": "met", "style": "ok"}) }}'
    assert "shows the status" in messages(own(tmp_path / "b", rankings=own_words))
    assert "shows the status" in messages(own(tmp_path / "c", rankings=left_out))


@pytest.mark.parametrize("name", sorted(set(STANDARD) - REPLACEABLE - {"summary"}))
def test_what_a_reader_must_be_able_to_trust_is_added_to_and_not_replaced(name, tmp_path):
    assert "may be added to, not replaced" in messages(own(tmp_path / "a", **{name: "<p>All is well.</p>"}))
    extends = f'{{% extends "standard/sections/{name}.html.j2" %}}'
    assert messages(own(tmp_path / "b", **{name: extends + "{% block after %}<p>More.</p>{% endblock %}"})) == ""


@pytest.mark.parametrize("name", ["summary", "../macros", "../report"])
def test_page_one_the_frame_and_the_macros_stay(name, tmp_path):
    (tmp_path / "sections").mkdir()
    assert "page one is the same" in (found := messages(own(tmp_path, **{name: "x"}))) or "cannot be replaced" in found


def test_every_mistake_is_told_at_once_with_its_line(tmp_path):
    place = own(
        tmp_path,
        theme='colours:\n  light: {accent: "#ffcc00"}\ncolor: red\n',
        performance=PERFORMANCE + "\n{% block befor %}\n{% endblock %}",
        data="\n{{ featuers }}",
        model="{% if %}",
        ranks='{% include "nothing.html.j2" %}{% autoescape false %}{% endautoescape %}',
        perfomance="x",
    )
    (place / "style.css").write_text("p { display: none }")
    found = messages(place)
    for said in (
        "theme.yaml, line 3: `color` is not a key of a theme.",
        "performance.html.j2, line 2: the block `befor` is nowhere in the standard.\n  fix:      did you mean `before`?",
        "sections/data.html.j2, line 2: `featuers` is not defined here.\n  fix:      did you mean `features`?",
        "sections/model.html.j2, line 1: Expected an expression",
        "there is no template 'nothing.html.j2'",
        "escaping cannot be switched off",
        "sections/perfomance.html.j2 is the template of no section.\n  fix:      did you mean `performance`?",
        "style.css is not read",
    ):
        assert said in found, found


def test_a_field_that_a_record_does_not_have_is_found_by_trying(tmp_path):
    found = messages(own(tmp_path, performance=PERFORMANCE + "\n{% block after %}\n{{ per_class.captoin }}\n{% endblock %}"))
    assert "line 3: `captoin` is not a field of TableView: did you mean `caption`?" in found


def test_a_template_without_end_is_told_with_its_line(tmp_path):
    endless = "\n{% for i in range(9999) %}{% for j in range(9999) %}{{ j }}{% endfor %}{% endfor %}"
    assert "sections/ranks.html.j2, line 2: it takes more than" in messages(own(tmp_path, ranks=endless))


def test_a_link_is_refused_and_a_path_out_of_the_folder_leads_nowhere(tmp_path):
    secret = tmp_path / "secret.html.j2"
    secret.write_text("secret")
    place = own(tmp_path / "own", performance="{% include '../secret.html.j2' %}", ranks=f"{{% include '{secret}' %}}")
    (place / "sections" / "data.html.j2").symlink_to(secret)
    found = messages(place)
    assert found.count("there is no template") == 2 and "data.html.j2 is a link" in found


def test_an_exported_folder_is_the_standard_report_and_is_renewed_without_touching_what_is_the_users(tmp_path):
    place = tmp_path / "mine"
    export(place)
    assert check_folder(place) == [] and load(place).touched == frozenset()
    for copy in (place / "standard" / "sections").iterdir():
        assert copy.read_bytes() == (folder() / "sections" / copy.name).read_bytes()
    fields = (place / "standard" / "FIELDS.md").read_text("utf-8")
    assert all(f"\n## {name}\n" in fields for name in STANDARD if name != "summary")
    (place / "theme.yaml").write_text("logo:")
    with pytest.raises(AuditError, match="not empty"):
        export(place)
    export(place, force=True)
    assert (place / "theme.yaml").read_text() == "logo:"


def test_the_run_keeps_a_copy_of_the_plans_templates(tmp_path):
    run, place = tmp_path / "run", own(tmp_path / "own", ranks="<p>a</p>", data="<p>b</p>")
    run.mkdir()
    keep_templates(run, read_files(place, []))
    assert folder_of(run, "own", None) == run / "templates" and load(run / "templates").digest == load(place).digest
    (place / "sections" / "data.html.j2").unlink()
    keep_templates(run, read_files(place, []))
    assert load(run / "templates").digest == load(place).digest
    keep_templates(run, {})
    assert not (run / "templates").exists()
    with pytest.raises(AuditError, match="not in the run"):
        folder_of(run, "own", None)


def test_a_wrong_folder_stops_the_report_before_it_is_written(tmp_path):
    with pytest.raises(TemplateMistakes, match="1 mistake in the templates"):
        load(own(tmp_path, performance="{% if %}"))
