"""Reading a composed English text and saying it in another language."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.evidence.results import Ranking
from auditor.report.language.catalogue import Catalogue, path_of, read
from auditor.report.language.digits import Figures
from auditor.report.language.extract import python_messages
from auditor.report.language.names import names_of
from auditor.report.language.page import runs, spoken_style, template_messages, translated
from auditor.report.language.translate import Language, say, speaking
from auditor.report.templates import folder
from tests.report import sample
from tests.report.sample_facts import prepared

PAIRS = (
    ("{first}, {second}", "{first}，{second}"),
    ("{first}; {second}", "{first}；{second}"),
    ("{first}: {second}", "{first}：{second}"),
    ("{first} ({second})", "{first}（{second}）"),
    ("{first}. {second}", "{first}。{second}"),
    ("Accuracy", "准确率"),
    ("class", "类别"),
    ("too few rows", "行太少"),
    ("Other", "其他"),
    ("{n} rows", "{n} 行"),
    ("{low} to {high}", "{low} 至 {high}"),
    ("{what} is {value}; not evaluated: {reason}.", "{what}为 {value}；未评估：{reason}。"),
    ("No gate failed.", "没有判定项不符合。"),
    ("Fill {fill}. Small classes are left out. {note}", "填充 {fill}。小类别从略。{note}"),
    ("Removed in {steps} steps", "分 {steps} 步移除"),
    (" and replaced by: {fill}", "并替换为：{fill}"),
    ("{rows} case{s} of {all}", "{all} 中的 {rows} 个案例{s}"),
    ("a plan says `examples: none`", "计划规定 `examples: none`"),
)


def language(*more: tuple[str, str], names: tuple[str, ...] = ()) -> Language:
    return Language(Catalogue("zh", (*PAIRS, *more)), frozenset(names), frozenset(names))


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Accuracy", "准确率"),
        ("accuracy.", "准确率。"),
        ("5,000 rows", "5,000 行"),
        ("Accuracy is 97 %; not evaluated: too few rows.", "准确率为 97 %；未评估：行太少。"),
        ("No gate failed. Accuracy is 1; not evaluated: too few rows.", "没有判定项不符合。准确率为 1；未评估：行太少。"),
        ("class 3, accuracy", "类别 3，准确率"),
        ("0.71 to 0.77", "0.71 至 0.77"),
        ("97.2 % (95.1 to 98.0 %)", "97.2 % (95.1 至 98.0 %)"),
        ("Other 0.24 (0.22 to 0.25)", "其他 0.24 (0.22 至 0.25)"),
        ("class other", "类别：其他"),
        ("Removed in 20 steps and replaced by: too few rows.", "分 20 步移除并替换为：行太少。"),
        ("1 case of 9", "9 中的 1 个案例"),
        ("Fill 0. Small classes are left out.", "填充 0。小类别从略。"),
        ("2026-11-21", "2026年11月21日"),
    ],
)
def test_a_composed_text_is_taken_apart_into_its_messages(english: str, chinese: str) -> None:
    assert language().say(english) == chinese


def test_what_no_message_covers_stays_in_english_whole() -> None:
    assert language().say("Two hidden layers, trained on the adult file") == "Two hidden layers, trained on the adult file"


def test_a_name_is_not_read_as_words_alone_or_inside_a_sentence() -> None:
    assert language().say("Other: 5,000 rows") == "其他：5,000 行"
    named = language(names=("Other", "25 to 39", "class"))
    assert named.say("Other") == "Other"
    assert named.say("25 to 39: 5,000 rows") == "25 to 39：5,000 行"
    assert named.say("class 3") == "class 3"


def test_a_name_that_is_a_word_of_the_sentence_does_not_stop_its_translation() -> None:
    assert language(names=("gate",)).say("No gate failed.") == "没有判定项不符合。"


def test_code_in_backticks_is_not_cut() -> None:
    assert language().say("accuracy: a plan says `examples: none`") == "准确率：计划规定 `examples: none`"
    assert "`one: two`" in language().say("accuracy: see `one: two`")


def test_another_language_writes_numbers_with_its_own_marks_and_leaves_versions_alone() -> None:
    german = Figures("de")
    assert german.localise("41,234.5 and 0.97 and 2.13.0") == "41.234,5 and 0,97 and 2.13.0"
    assert german.localise("2026-11-21, not 2026-11-21T08:00:00Z") == "21. November 2026, not 2026-11-21T08:00:00Z"
    assert Figures("qqx").localise("0.97") == "0.97"


def test_say_speaks_english_unless_a_document_is_being_made() -> None:
    assert say("Accuracy") == "Accuracy"
    with speaking(language()):
        assert say("Accuracy") == "准确率"
    assert say("Accuracy") == "Accuracy"


TEMPLATE = """<p class="note">Rests on {{ one.rests | join("; ") }}, by
{{ who }}.</p>{% if x == "Some text" %}
<table aria-label="{{ "All gates" if steps else "Gates" }}">{{ table(facts, "dense gaps") }}: {{ cell }}</table>{% endif %}"""


def test_a_template_gives_its_texts_with_places_and_no_names_of_styles() -> None:
    assert [run.message for run in runs(TEMPLATE)] == ["Rests on {rests}, by {who}.", "All gates", "Gates"]


def test_a_translated_template_keeps_its_values_and_its_lines() -> None:
    spoken = language(("Rests on {rests}, by {who}.", "由 {who} 依据 {rests}。"), ("All gates", "全部"), ("Gates", "判定项"))
    made = translated(TEMPLATE, spoken)
    assert '由 {{ who }} 依据 {{ one.rests | join("; ") }}。' in made
    assert '{{ "全部" if steps else "判定项" }}' in made
    assert made.count("\n") == TEMPLATE.count("\n")
    assert "}}：{{ cell }}" in made.replace("： ", "：")


def test_a_translation_cannot_bring_code_or_markup_into_a_template() -> None:
    spoken = language(("Plain text", "{{ 7 * 7 }}"), ("More text", "<script>x</script>"))
    assert translated("<p>Plain text</p><p>More text</p>", spoken) == "<p>Plain text</p><p>&lt;script>x&lt;/script></p>"


def test_a_style_sheet_prints_its_words_in_the_language() -> None:
    with speaking(language(("Page {page} of {pages}", "第 {page} 页，共 {pages} 页"))):
        made = spoken_style('@page { @bottom-right { content: "Page " counter(page) " of " counter(pages); } }')
    assert '"第 " counter(page) " 页，共 " counter(pages) " 页";' in made


def test_messages_of_python_are_sentences_and_no_docstrings_keys_or_errors() -> None:
    source = b'''
"""A docstring of the module."""
NAMES = {"key": "Printed name"}
def f(x):
    """Another one."""
    if x == "no message":
        raise AuditError("The user's mistake.", found="x", expected="y", fix="z")
    said = f"{x:,} row{'s' if x > 1 else ''} of " + x.name + " were read."
    return x.get("not this one"), said, Field(description="nor this one")
'''
    found = [message for _, _, message, _ in python_messages(io.BytesIO(source), None, None)]
    assert found == ["Printed name", "{x} row{n} of {name} were read."]


def test_messages_of_every_template_are_found_with_their_lines() -> None:
    path = folder() / "macros.html.j2"
    lines = path.read_text("utf-8").splitlines()
    with path.open("rb") as file:
        for line, _, message, _ in template_messages(file, None, None):
            assert message.split("{")[0].split()[0] in lines[line - 1]


def test_an_unknown_language_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(AuditError) as refused:
        path_of("xx", [tmp_path, folder()])
    assert "en, zh" in refused.value.expected and "locales/xx/LC_MESSAGES/report.po" in refused.value.fix


def test_the_users_own_catalogue_comes_first_and_its_mistakes_are_named(tmp_path: Path) -> None:
    own = tmp_path / "locales" / "zh" / "LC_MESSAGES" / "report.po"
    own.parent.mkdir(parents=True)
    own.write_text('msgid "{n} rows"\nmsgstr "{m} 行"\n', encoding="utf-8")
    assert path_of("zh", [tmp_path, folder()]) == own
    with pytest.raises(AuditError, match="other places"):
        read("zh", own)
    own.write_text("this is no catalogue", encoding="utf-8")
    with pytest.raises(AuditError, match="cannot be read"):
        read("zh", own)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Its reason is in section 11.", "原因见第 11 节。"),
        ("How to read this: as in section 8.", "读图说明：同第 8 节。"),
        ("Shares of the class.", "该类别的份额。"),
        ("Ranks follow. Shares of the class.", "排名见后。该类别的份额。"),
        ("conv: 8 of 64 channels", "conv：64 个通道中的 8 个"),
        ("stride and window", "stride 和 window"),
    ],
)
def test_a_value_holds_neither_the_full_stop_nor_a_name_before_its_colon(english: str, chinese: str) -> None:
    more = (
        ("Its reason is in section {n}.", "原因见第 {n} 节。"),
        ("How to read this: as in section {n}.", "读图说明：同第 {n} 节。"),
        ("{cut}Shares of the class.", "{cut}该类别的份额。"),
        ("Ranks follow.", "排名见后。"),
        ("{n} of {all} channels", "{all} 个通道中的 {n} 个"),
        ("{first} and {last}", "{first} 和 {last}"),
    )
    assert language(*more, names=("conv",)).say(english) == chinese


def test_a_word_of_a_text_is_a_name_in_quotes_and_a_word_of_ours_without(tmp_path: Path) -> None:
    plain = sample.write(tmp_path / "patches")
    words = prepared().model_copy(
        update={"features": prepared().features.model_copy(update={"kind": "words", "grid": None, "names": ()})}
    )
    feature = next(item.feature for one in plain.results if isinstance(one, Ranking) for item in one.items)
    for facts, own, other in ((plain.prepared, feature, f"“{feature}”"), (words, f"“{feature}”", feature)):
        for found in names_of(plain.model_copy(update={"prepared": facts})):
            assert own in found and other not in found
    quoted = frozenset({"“for”", "“and”", "“wrong”"})
    chinese = Language(read("zh", path_of("zh", [folder()])), quoted, quoted)
    for word in quoted:
        assert chinese.say(f"{word} 6.2\u00a0% (1–19)").startswith(f"{word} 6.2")
    assert chinese.say("wrong") == "错误"
