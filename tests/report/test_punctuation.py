"""Marks, spaces and lists of a language whose words have no spaces between them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from auditor.report.language.catalogue import Pattern
from auditor.report.language.choose import language_of
from auditor.report.language.names import names_of
from auditor.report.language.punctuation import page_closed_up
from auditor.report.language.translate import Language, speaking
from auditor.report.record import Report
from auditor.report.sections import configuration, manifest
from auditor.report.shown import Shown
from tests.report import sample


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return sample.write(tmp_path_factory.mktemp("read"))


@pytest.fixture(scope="module")
def chinese(report: Report) -> Language:
    spoken = language_of("zh", report, None)
    assert spoken is not None
    return spoken


@pytest.mark.parametrize(
    ("html", "closed"),
    [
        ("<p><b>未提供：</b> 真值</p>", "<p><b>未提供：</b>真值</p>"),
        ("<p><b>实测</b> 的文字</p>", "<p><b>实测</b>的文字</p>"),
        ("<p>混淆\n<span>（标签</span>）</p>", "<p>混淆<span>（标签</span>）</p>"),
        ("<p>选项。 <code>a</code></p>", "<p>选项。<code>a</code></p>"),
        ("<p>共 <b>3</b> 行</p>", "<p>共 <b>3</b> 行</p>"),
        ("<p>选择。</p>\n<p>准确率</p>", "<p>选择。</p>\n<p>准确率</p>"),
        ("<td>一</td> <td>二</td>", "<td>一</td> <td>二</td>"),
        ("<code>一 二</code><pre>一 二</pre>", "<code>一 二</code><pre>一 二</pre>"),
        ('<p class="marked" dir="auto">一 <mark>二</mark> 三</p>', '<p class="marked" dir="auto">一 <mark>二</mark> 三</p>'),
        ("<p>One, two. Three</p>", "<p>One, two. Three</p>"),
    ],
)
def test_no_space_stands_between_wide_signs_of_a_line_nor_behind_a_wide_mark(html: str, closed: str) -> None:
    assert page_closed_up(html) == closed


def test_a_name_keeps_the_spaces_it_was_given_with() -> None:
    assert page_closed_up("<p>类别 红 灯，共 两 行 &lt;红 灯</p>", ("红 灯",)) == "<p>类别红 灯，共两行 &lt;红 灯</p>"


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("Integrated Gradients, Occlusion and Saliency", "积分梯度、遮挡和 Saliency"),
        ("method Integrated Gradients, Occlusion and Gradient saliency", "方法：积分梯度、遮挡和梯度显著图"),
        ("class 3, fill mean and class 4, fill mean", "类别 3，填充：均值和类别 4，填充：均值"),
        ("method Grad-CAM", "方法：Grad-CAM"),
        ("class 3", "类别 3"),
        ("class all others; fill mean", "类别：其余全部；填充：均值"),
        ("control |x − fill|, fill mean", "对照：|x − 填充|，填充：均值"),
        ("outcome wrong", "判断：错误"),
        ("baseline majority class", "基准：多数类"),
        ("baseline mean and steps 32", "基线：均值和步数 32"),
        ("n = 400, m = 279", "n = 400，m = 279"),
        ("1.46–2.33, n\u00a0=\u00a0100", "1.46–2.33，n\u00a0=\u00a0100"),
        ("r5 c3 (8.1 %), r2 c7 (6.3 %)", "r5 c3 (8.1 %)、r2 c7 (6.3 %)"),
        ("mean 0.66 (0.65 to 0.67)", "均值 0.66 (0.65 至 0.67)"),
    ],
)
def test_lists_of_names_and_keys_with_values_have_the_marks_of_the_language(english: str, said: str, chinese: Language) -> None:
    assert chinese.say(english) == said


def test_a_place_that_counts_holds_a_number_alone(chinese: Language) -> None:
    loose = Pattern("{least} {n}, at least {EVENTS} are needed", "{n}有 {least} 个，至少需要 {EVENTS} 个")
    assert next(loose.values("3 hits, at least 5 are needed")) == {"least": "3", "n": "hits", "EVENTS": "5"}
    assert not list(loose.values("too few samples: 39 rows, at least 50 are needed"))
    few = "group Female: too few samples: 39 cases predicted as the class, at least 50 are needed"
    assert chinese.say(few).endswith("样本太少：被预测为该类别的案例有 39 个，至少需要 50 个")


def test_what_a_sentence_adds_behind_a_comma_keeps_the_mark_of_the_language(chinese: Language) -> None:
    assert chinese.say(", 2 of them special") == "，其中 2 个为特殊词元"


def test_a_by_line_stays_as_it_was_declared(report: Report, chinese: Language) -> None:
    names, inside = names_of(report)
    lines = [f"{one['role']}, {one['date']}" for one in sample.plan()["declared"].values()]
    assert lines and set(lines) <= names and set(lines) <= inside
    assert chinese.say(f"declared by {lines[0]}") == f"由 {lines[0]} 声明"


def test_settings_of_the_machine_and_values_of_the_plan_read_as_lists(chinese: Language) -> None:
    assert (
        manifest._setting("dropout and batch statistics", "evaluation mode")
        == "dropout and batch statistics in evaluation mode"
    )
    setting = "TF32 off; dropout and batch statistics in evaluation mode; precision float32"
    assert chinese.say(setting) == "TF32 关闭；dropout 与批统计量处于评估模式；精度为 float32"
    assert configuration._in_full(["", "NA", "and"]) == "(empty), NA, and"
    assert configuration._in_full(list("abcdefghijklmno")).endswith("l, … 3 more")
    assert chinese.say("… 3 more") == "……另有 3 项"


def test_an_ensemble_is_called_so_in_the_language_and_the_users_own_type_is_a_name(report: Report) -> None:
    assert report.prepared.model.type in names_of(report)[0]
    member = SimpleNamespace(name="one", type="Sequential")
    model = report.prepared.model.model_copy(update={"members": (member,), "type": "Ensemble"})
    made = report.model_copy(update={"prepared": report.prepared.model_copy(update={"model": model})})
    assert "Ensemble" not in names_of(made)[0] and "Sequential" in names_of(made)[0]


@pytest.mark.parametrize(("what", "said"), [("cases", "案例"), ("samples", "样本")])
def test_what_would_decide_is_counted_in_cases_and_in_old_records_in_samples(what: str, said: str, chinese: Language) -> None:
    sentence = f"About 1,900 {what} (`trust.curves` in the plan) would decide, if the value stays."
    assert f"约 1,900 个{said}（计划中的 `trust.curves`）" in chinese.say(sentence)


def test_an_interval_and_its_n_on_one_line_have_the_mark_of_the_language(chinese: Language) -> None:
    line = Shown("", "80.1 %", "78.6 至 81.5 %", "", "5,750", "", "")
    assert line.line.endswith("%, n\u00a0=\u00a05,750")
    with speaking(chinese):
        assert line.line.endswith("%，n\u00a0=\u00a05,750")
