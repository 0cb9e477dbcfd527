"""Plans over texts: what may be left out, and mistakes that name their line."""

from __future__ import annotations

import pytest

from auditor.plan.read import load_plan
from tests.plan.a_plan import mistakes, written

PLAN = """\
name: x
model: {name: net, factory: net.py:make, classes: [ham, spam]}
data:
  name: mails
  modality: text
  path: mails.csv
  text:
    label: kind
    tokenizer: model
methods: [random]
primary: {method: random}
"""


@pytest.mark.parametrize("path", ["mails.csv", "mails.jsonl", "mails.parquet", "mails"])
def test_texts_come_from_tables_and_folders(tmp_path, path):
    text = load_plan(written(tmp_path, PLAN.replace("mails.csv", path))).plan.data.text
    assert (text.column, text.label, text.tokenizer, text.max_length) == ("text", "kind", "model", None)


def test_a_model_over_ones_own_words_needs_a_vocabulary_alone(tmp_path):
    plan = PLAN.replace("tokenizer: model", "vocabulary: words.txt\n    lowercase: false")
    assert load_plan(written(tmp_path, plan)).plan.data.text.vocabulary == "words.txt"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    label:", "    vocabulary: w.txt\n    label:", "line 8: The texts have two ways to become token numbers."),
        ("    label:", "    lowercase: true\n    label:", "line 8: `data.text.lowercase` goes with `vocabulary`."),
        ("    label: kind", "    label: text", "line 8: The column `text` has two roles."),
        ("    label: kind", "    label: kind\n    ignored: [a, kind]", "line 9: The column `kind` has two roles."),
        ("    label:", "    label_separator: ;\n    label:", "line 8: Several labels a row are for models that give several."),
        ("    label:", "    max_length: 0\n    label:", "line 8: `data.text.max_length` has a value that cannot be used."),
        ("    label:", "    colum: body\n    label:", "line 8: `data.text.colum` is not a key of `data.text`."),
        ("modality: text", "modality: tabular", "line 7: `data.text` goes with texts in a file or folder"),
        ("mails.csv", "mails.npz", "line 7: `data.text` goes with texts in a file or folder"),
        ("  text:", "  table: {label: kind}\n  text:", "line 7: `data.table` goes with a CSV or Parquet file; texts take"),
        ("  text:", "  features: {kind: grid}\n  text:", "line 7: `grid` features make no sense for text data."),
        ("methods:", "fills: [mean]\nmethods:", "line 10: The fill `mean` makes no sense for text data."),
    ],
)  # fmt: skip
def test_a_mistake_names_its_line(tmp_path, old, new, message):
    assert PLAN.count(old) == 1
    found = [mistake.message for mistake in mistakes(tmp_path, PLAN.replace(old, new))]
    assert any(text.startswith(message) for text in found), found


def test_several_labels_a_row_go_with_a_model_that_gives_several(tmp_path):
    plan = PLAN.replace("spam]}", "spam], head: sigmoid, multi_label: true}").replace(
        "kind\n", "kind\n    label_separator: ;\n"
    )
    assert load_plan(written(tmp_path, plan)).plan.data.text.label_separator == ";"
