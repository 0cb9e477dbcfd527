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
from auditor.report.own.dress import Dressed, folder_of, load
from auditor.report.own.export import export
from auditor.report.own.folder import STANDARD, TemplateMistakes
from auditor.report.sections import provenance as provenance_section
from auditor.report.templates import folder
from tests.report.own_folder import PERFORMANCE, messages, own
from tests.report.test_html import Tags
from tests.report.test_sections import material as sample_material

EXTRA = "sections: [{name: approval, title: Who approved it?}]"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Material, tuple[Section, ...]]:
    made = sample_material(tmp_path_factory.mktemp("own"))
    with style():
        return made, sections(made)


def page(sample: tuple[Material, tuple[Section, ...]], place: Path, inline: bool = True) -> str:
    return to_html(sample[1], replace(sample[0], own=load(place)), inline)


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


def test_untrusted_characters_of_a_template_become_printable(sample, tmp_path):
    place = own(tmp_path, performance=PERFORMANCE + "{% block before %}<p>a\u202eb \U0001f600 \x07 &lt;c&gt;</p>{% endblock %}")
    assert "aU+202Eb U+1F600 U+0007 &lt;c&gt;</p>" in page(sample, place)


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


def test_a_page_that_lost_a_sentence_is_not_handed_out():
    with pytest.raises(RuntimeError, match="no causes"):
        Dressed((), sentences=("Attributions are no causes.",)).whole("<p hidden>Attributions are no causes.</p>")
