"""Model cards: what is not ours stays byte for byte, twice is the same as once, and nothing is lost when something is wrong."""

from __future__ import annotations

import pytest
import yaml
from huggingface_hub import ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import AuditError
from auditor.publish import card
from auditor.publish.card import Options, edit
from auditor.publish.card_figures import Figure
from auditor.publish.card_yaml import number, quoted
from tests.publish import a_run, cards
from tests.publish.cards import CARDS, WITH_OURS, lost, others, ours

BREAKS = {"\\n": "\n", "\\r\\n": "\r\n"}


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch):
    monkeypatch.setattr(card, "figures", lambda run: (Figure("curves.svg", b"<svg/>", "a curve", "Verdict."),))


@pytest.mark.parametrize("newline", BREAKS)
@pytest.mark.parametrize("name", CARDS)
def test_a_first_edit_only_adds_lines_and_a_second_changes_nothing(run, name, newline):
    before = CARDS[name].replace("\n", BREAKS[newline]).encode()
    after = edit(run, before).after
    gone = list(lost(before, after))
    assert gone == [] or [line.strip() for line in gone] in ([b"model-index: []"], [b"model-index:"])
    assert others(after) == others(before)
    assert edit(run, after).after == after
    if before and b"\n" in before:
        assert (b"\r\n" in after) == (newline == "\\r\\n")
        assert after.count(b"\n") == after.count(b"\r\n") or newline == "\\n"


@pytest.mark.parametrize("newline", BREAKS)
@pytest.mark.parametrize("name", WITH_OURS)
def test_an_older_entry_of_ours_is_replaced_where_it_stands(run, name, newline):
    before = WITH_OURS[name].replace("\n", BREAKS[newline]).encode()
    after = edit(run, before).after
    without = before.replace(cards.OURS.replace("\n", BREAKS[newline]).encode(), b"")
    assert list(lost(without, after)) == []
    assert b"edited by hand" not in after
    assert others(after) == others(before)
    assert len(ours(after)) == 1
    assert edit(run, after).after == after


@pytest.mark.parametrize("name", [name for name in CARDS if name not in ("results in flow style",)])
def test_huggingface_hub_reads_the_result(run, name):
    read = ModelCard(edit(run, CARDS[name].encode()).after.decode(), ignore_metadata_errors=False)
    found = [one for one in read.data.eval_results if one.source_name == "auditor"]
    accuracy = next(one for one in found if one.metric_type == "accuracy")
    assert (accuracy.metric_value, accuracy.dataset_name, accuracy.task_type) == (0.9912, "mnist-5k", "image-classification")
    assert accuracy.metric_args["ci_low"] == pytest.approx(0.9885)
    assert accuracy.metric_args["n"] == 5000


def test_a_card_is_made_where_there_is_none_and_says_what_the_owner_did_not(run):
    made = edit(run, None)
    assert edit(run, made.after).after == made.after
    read = ModelCard(made.after.decode())
    assert "Reading digits on scanned forms" in read.text
    assert "## Human oversight\n\nNot provided by the model owner." in read.text
    assert made.before is None


def test_every_linked_file_is_there_and_its_digest_stands_beside_it(run):
    made = edit(run, None)
    assert set(made.files) == {f"audit/digits/{n}" for n in ("report.pdf", "report.html", "report.json", "curves.svg")}
    for name in ("report.pdf", "report.json"):
        assert f"[{name}](audit/digits/{name}), SHA-256 `{run.digests[name]}`".encode() in made.after
    assert b"![a curve](audit/digits/curves.svg)\n\nVerdict." in made.after


def test_pages_that_show_rows_are_left_out_unless_asked_for(tmp_path):
    from tests.report import sample

    full = a_run.write(tmp_path / "run", plan=sample.plan(gates=a_run.GATES, examples="full"))
    assert {name.rpartition("/")[2] for name in edit(full, None).files} == {"report.json", "curves.svg"}
    assert "report.pdf, report.html" in edit(full, None).notes[0]
    assert b"- report.pdf (not published), SHA-256" in edit(full, None).after
    assert "audit/digits/report.pdf" in edit(full, None, Options(include_examples=True)).files


def test_a_run_on_other_data_has_its_own_entry_and_section(run, tmp_path):
    prepared = run.report.prepared
    prepared = prepared.model_copy(update={"data": prepared.data.model_copy(update={"name": "Night photographs"})})
    other = a_run.write(tmp_path / "run", prepared=prepared, plan={**run.report.plan, "name": "night"})
    both = edit(other, edit(run, CARDS["others' results"].encode()).after).after
    assert [one["dataset"]["type"] for one in ours(both)] == ["mnist-5k", "night-photographs"]
    assert both.count(b"<!-- auditor:begin") == 2
    assert edit(run, both).after == both
    assert edit(other, both).after == both


def test_a_section_edited_by_hand_is_kept_unless_forced_and_converted_line_breaks_are_no_edit(run):
    written = edit(run, CARDS["plain"].encode()).after
    edited = written.replace(b"### Limits", b"### Our own words")
    with pytest.raises(AuditError, match="edited by hand") as refused:
        edit(run, edited)
    assert "--force" in refused.value.fix
    assert edit(run, edited, Options(force=True)).after == written
    converted = written.replace(b"\n", b"\r\n")
    assert edit(run, converted).after == converted


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"---\nlicense: [mit\n---\n", "cannot be read"),
        (b"---\n- a\n- b\n---\n", "cannot be read"),
        (b"---\na: 1\n\tb: 2\n---\n", "cannot be read"),
        (b"---\nlicense: mit\n", "has no end"),
        (b"\xff\xfe# A card", "no text in UTF-8"),
        (b"---\nmodel-index: {a: 1}\n---\n", "without touching"),
        (b"---\nmodel-index: words\n---\n", "without touching"),
        (b"---\nmodel-index: [{name: a, results: []}]\n---\n", "without touching"),
        (b"---\n{license: mit}\n---\n", "without touching"),
        (b"---\nmodel-index: []\nmodel-index: []\n---\n", "is there twice"),
        (b"<!-- auditor:begin -->\nsomebody else's\n<!-- auditor:end -->\n", "markers"),
        (b"text\n<!-- auditor:end -->\n", "markers"),
        (b"<!-- auditor:begin v=1 run=digits sha256=" + b"0" * 64 + b" -->\nno end\n", "markers"),
        (b"<!-- auditor:begin v=9 run=digits sha256=" + b"0" * 64 + b" -->\n<!-- auditor:end -->\n", "markers"),
    ],
)
def test_what_cannot_be_edited_without_loss_is_refused_with_a_way_out(run, content, said):
    with pytest.raises(AuditError, match=said) as refused:
        edit(run, content)
    assert refused.value.fix
    assert refused.value.found


def test_a_byte_order_mark_stays_and_a_second_front_matter_is_named(run):
    marked = edit(run, b"\xef\xbb\xbf" + CARDS["plain"].encode())
    assert marked.after == b"\xef\xbb\xbf" + edit(run, CARDS["plain"].encode()).after
    assert "byte-order mark" in marked.notes[0]
    assert "second front matter" in edit(run, CARDS["two front matters"].encode()).notes[0]
    assert edit(run, CARDS["plain"].encode()).notes == ()


def test_the_difference_shows_what_would_be_added(run):
    made = edit(run, CARDS["plain"].encode())
    assert "+model-index:" in made.difference
    assert not [line for line in made.difference.splitlines() if line.startswith("-") and not line.startswith("---")]
    assert edit(run, made.after).difference == ""


PIECES = st.lists(
    st.sampled_from(
        [
            cards.FRONT,
            cards.INDEX + cards.OTHERS,
            cards.INDEX + cards.OURS,
            cards.INDEX + cards.OTHERS + cards.OURS,
            "x: 1\n",
            "# c\n",
            "a:\n  - b\n",
            "",
            "\n",
            "...\n",
            "k: |\n  t\n\n",
            "  indented: 1\n",
            "q: &a {b: c}\nr: *a\n",
        ]
    ),
    max_size=4,
)


def test_any_card_is_edited_without_loss_or_refused(run, monkeypatch):
    monkeypatch.setattr(card, "body_lines", lambda *_: ["words"])
    monkeypatch.setattr(card, "METRICS", {"accuracy": "accuracy"})

    @settings(max_examples=80)
    @given(PIECES, st.sampled_from(["", "\ufeff"]), st.sampled_from(["\n", "\r\n", "\r"]), st.text(max_size=60), st.booleans())
    def holds(front, bom, newline, body, block):
        text = (f"---\n{''.join(front)}---\n" if block else "") + body
        before = (bom + text.replace("\n", newline)).encode("utf-8", "replace")
        try:
            after = edit(run, before).after
        except AuditError:
            return
        kept = before.decode().replace(cards.OURS.replace("\n", newline), "").encode()
        assert list(lost(kept.removeprefix(bom.encode()), after.removeprefix(bom.encode()))) == []
        assert after.startswith(bom.encode())
        assert edit(run, after).after == after

    holds()


@given(st.text() | st.sampled_from(["no", "1e3", "~", "0x1", "2026-01-01", "\u2028\x85\x7f", "a: b #c"]))
def test_a_quoted_text_is_read_back_whatever_it_holds(text):
    assert yaml.safe_load(quoted(text)) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_as_the_same_number(value):
    found = yaml.safe_load(number(value))
    assert isinstance(found, float)
    assert found == value
