"""Texts on disk: the tokenizer's numbers for the model, words for the reader, and every token in exactly one word."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from auditor.inputs.case_features import case_features
from auditor.inputs.datasets import open_data
from auditor.inputs.token_files import Reading
from auditor.inputs.tokenizing import FileTokenizer, WordList
from auditor.inputs.words import split_words, words_of
from auditor.plan.data_fields import DataPlan, FeaturesPlan
from tests.inputs.some_texts import CLASSES, KINDS, bytelevel, rows, texts, wordpiece


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_receives_what_the_tokenizer_gives_for_each_text(tmp_path, kind):
    data = rows(tmp_path, kind=kind)
    tokenizer = Tokenizer.from_str(KINDS[kind]())
    expected = [tokenizer.encode(data.raw(i)) for i in range(3)]
    width = max(len(one.ids) for one in expected)
    made = data.arguments(range(3))
    assert list(made) == ["input_ids", "attention_mask", "token_type_ids", "lengths"] and data.primary == "input_ids"
    for i, one in enumerate(expected):
        rest = [0] * (width - len(one.ids))
        assert made["input_ids"][i].tolist() == one.ids + [data.encoding.pad_id] * len(rest)
        assert made["attention_mask"][i].tolist() == [1] * len(one.ids) + rest
    assert made["lengths"].tolist() == [len(one.ids) for one in expected] and not made["token_type_ids"].any()
    assert all(value.dtype is torch.int64 for value in made.values())
    assert data.labels.tolist() == [1, 0, 1] and data.ids == ("m1", "m2", "m3")


def test_pieces_of_a_word_are_one_feature_and_special_tokens_and_padding_are_none(tmp_path):
    data = texts(tmp_path, "Don't miss: FREE money!", "The meeting is at noon in the office; please confirm.")
    tokenizer = Tokenizer.from_str(wordpiece())
    first = data.features([0])[0]
    pieces = [tokenizer.id_to_token(i) for i in data.arguments([0])["input_ids"][0].tolist()]
    assert first.names == ("don't", "miss", ":", "free", "money", "!")
    assert first.spans == ((0, 5), (6, 10), (10, 11), (12, 16), (17, 22), (22, 23))
    of_word = {k: [p for p, e in zip(pieces, first.element.tolist(), strict=True) if e == k] for k in range(-1, 6)}
    assert of_word[0] == ["don", "'", "t"] and of_word[4] == ["mon", "##ey"] and set(of_word[-1]) == {"[CLS]", "[SEP]", "[PAD]"}


@pytest.mark.parametrize(("kind", "mask", "pad"), [("wordpiece", 4, 0), ("bytelevel", 4, 1), ("unigram", None, 0)])
def test_the_tokenizers_mask_and_padding_are_known(tmp_path, kind, mask, pad):
    encoding = texts(tmp_path, "free", kind=kind).encoding
    assert (encoding.mask_id, encoding.pad_id) == (mask, pad)


def test_tokens_that_join_words_make_them_one_and_blanks_belong_to_the_next_word():
    #                0 "of the"  1 blank   2 "end"    3 empty     4 "."
    offsets = np.array([[0, 6], [6, 8], [8, 11], [11, 11], [11, 12], [12, 14], [0, 0]])
    own = np.array([True] * 6 + [False])
    found = words_of("of the  end.  ", offsets, own)
    assert found.spans == ((0, 6), (8, 11), (11, 12)) and found.of_token.tolist() == [0, 1, 1, 2, 2, 2, -1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 3.5 e-mails, naïve!", ["It's", "3", ".", "5", "e", "-", "mails", ",", "naïve", "!"]),
        ("cafe\u0301 हिन्दी", ["cafe\u0301", "हिन्दी"]),
        ("中文 ไทย", ["中", "文", "ไ", "ท", "ย"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("a\x00b\u200bc", ["a", "b", "c"]),
        ("snake_case 'quoted'", ["snake_case", "'", "quoted", "'"]),
        ("", []),
    ],
)
def test_a_text_falls_into_words(text, words):
    assert [text[first:last] for first, last in split_words(text)] == words


READINGS = {kind: FileTokenizer(Tokenizer.from_str(make()), {}) for kind, make in KINDS.items()}
READINGS["list"] = WordList({"<pad>": 0, "<unk>": 1, "free": 2}, lowercase=True)
ANY = st.text(st.one_of(st.characters(), st.sampled_from("ab ABe'’.,!?\n\t\u0301\u200d中ไ😀ﬁ²\u2028\ud800")), max_size=40)


@pytest.mark.parametrize("kind", READINGS)
@settings(max_examples=60, deadline=None)
@given(ANY, st.integers(4, 30))
def test_every_token_of_any_text_is_in_one_word_and_every_word_is_a_place_in_the_text(kind, text, most):
    from auditor.inputs.text_files import Texts
    from auditor.inputs.texts import NO_TEXT, TextRows

    reading = Reading(READINGS[kind], most, "test", ())
    source = TextRows(Texts((text, "free"), ("", ""), [0, 1], None, {}), reading, CLASSES)
    item, raw = source[0], source.raw(0)
    own, tokens = item.features, reading.tokenizing.tokens([raw], most)[0]
    inside = own.element[: len(tokens.ids)]
    assert len(tokens.ids) <= most and (own.element[len(tokens.ids) :] == -1).all() and (inside[~tokens.own] == -1).all()
    assert own.names == tuple(raw[first:last].casefold() for first, last in own.spans)
    assert list(own.spans) == sorted(set(own.spans)) and all(
        a[1] <= b[0] for a, b in zip(own.spans, own.spans[1:], strict=False)
    )
    if item.problem:
        assert not own.names and (item.problem == NO_TEXT) == (not raw.strip())
    else:
        assert sorted(set(inside[tokens.own].tolist())) == list(range(len(own.names)))
        assert (np.diff(inside[tokens.own]) >= 0).all()
    assert torch.equal(source.encode([raw])["input_ids"][0], item.input) and raw.encode("utf-8").decode() == raw


def test_long_texts_are_cut_and_the_report_says_how_many(tmp_path):
    data = texts(tmp_path, "free money " * 30, "call now", "call now today", max_length=9)
    assert data.shape == (9,) and data.arguments([0])["input_ids"][0, -1] == 3  # [SEP] closes a cut text too
    assert data.features([0])[0].names == ("free", "money") * 2 + ("free",)  # [CLS] free mon ##ey free mon ##ey free [SEP]
    assert data.encoding.notes == (
        "1 of 3 texts was longer than 9 tokens and was cut; words behind the cut are neither read nor explained",
    )
    assert texts(tmp_path, "call now", max_length=9).encoding.notes == ()


def test_texts_without_words_are_excluded_with_their_reason(tmp_path):
    data = rows(tmp_path, 'id,body,kind\na,"   ",ham\nb,,ham\nc,"\u200b",ham\nd,NA,spam\n')
    assert data.problems == ("no text", "no text", "a text without words", "") and data.features([3])[0].names == ("na",)


def test_csv_parquet_json_lines_and_folders_give_the_same_rows(tmp_path):
    given = [("m1", " Free, money! ", "spam"), ("m2", "naïve\nnoon", "ham"), ("m3", "中文", "ham")]
    ids, bodies, kinds = (list(column) for column in zip(*given, strict=True))
    lines = "".join(json.dumps({"id": i, "body": b, "kind": k}) + "\n" for i, b, k in given)
    table = "id,body,kind\n" + "".join(f'{i},"{b}",{k}\n' for i, b, k in given)
    one = rows(tmp_path, table)
    two = rows(tmp_path, "\ufeff" + lines, "t.jsonl")
    pq.write_table(pa.table({"id": ids, "body": bodies, "kind": kinds}), tmp_path / "p.parquet")
    three = rows(tmp_path, (tmp_path / "p.parquet").read_bytes(), "t.parquet")
    for name, body, kind in given:
        (tmp_path / "mails" / kind).mkdir(parents=True, exist_ok=True)
        (tmp_path / "mails" / kind / f"{name}.txt").write_text(body, "utf-8")
    plan = DataPlan.model_validate({"name": "d", "path": "mails", "modality": "text", "text": {"tokenizer": "."}})
    four = open_data(plan, CLASSES, tmp_path)
    assert one.digests == two.digests == three.digests and set(four.digests) == set(one.digests)
    assert [one.raw(i) for i in range(3)] == [two.raw(i) for i in range(3)] == [three.raw(i) for i in range(3)] == bodies
    assert four.ids == ("ham/m2.txt", "ham/m3.txt", "spam/m1.txt") and four.raw(2) == " Free, money! "
    assert four.encoding.listing.role == "3 texts it lists, together" and [role for role, _ in four.files] == ["tokenizer"]


def test_changed_texts_are_encoded_to_the_sets_width(tmp_path):
    data = texts(tmp_path, "free money", "call")
    made = data.encode(["call", "free free free free free", ""])
    assert torch.equal(made["input_ids"][0], data.arguments([1])["input_ids"][0])
    assert made["input_ids"].shape == (3, 5) and made["lengths"].tolist() == [3, 5, 2]


def test_words_are_the_features_of_the_audit(tmp_path):
    data = texts(tmp_path, "free money", "call now, today")
    features = case_features(FeaturesPlan(), data, [0, 1])
    found = features.of([1], data.arguments([1]))
    assert found.names == (("call", "now", ",", "today"),) and features.spots == 4 and features.facts.kind == "words"


def test_a_list_of_words_serves_models_of_ones_own(tmp_path):
    (tmp_path / "words.txt").write_text("<pad>\n<unk>\nfree\nmoney\n!\n")
    data = texts(tmp_path, "FREE free lunch!", "money", tokenizer=None, vocabulary="words.txt", max_length=4)
    assert data.arguments([0, 1])["input_ids"].tolist() == [[2, 2, 1, 4], [3, 0, 0, 0]]
    assert data.features([0])[0].names == ("free", "free", "lunch", "!")
    assert data.arguments([0, 1])["lengths"].tolist() == [4, 1] and (data.encoding.mask_id, data.encoding.pad_id) == (1, 0)
    assert data.encoding.notes == () and data.shape == (4,)
    cased = texts(tmp_path, "FREE free", tokenizer=None, vocabulary="words.txt", lowercase=False)
    assert cased.arguments([0])["input_ids"].tolist() == [[1, 2]]


def test_words_outside_a_list_without_unknowns_are_left_out(tmp_path):
    (tmp_path / "words.json").write_text(json.dumps({"free": 5, "money": 0}))
    data = texts(tmp_path, "free lunch money", "lunch", "free", tokenizer=None, vocabulary="words.json")
    assert data.arguments([0, 2])["input_ids"].tolist() == [[5, 0], [5, 0]] and data.problems == (
        "",
        "a text without words",
        "",
    )
    assert data.encoding.notes == ("the vocabulary has no <pad>: shorter texts are filled with token 0, money",)
    nothing = texts(tmp_path, "lunch", "", tokenizer=None, vocabulary="words.json")
    assert nothing.problems == ("a text without words", "no text") and nothing.shape == (1,)


@pytest.mark.parametrize(
    ("settings", "config", "most", "said_by"),
    [
        ({}, {}, 512, "no file states the model's limit"),
        ({"model_max_length": 64}, {"max_position_embeddings": 128}, 64, "tokenizer_config.json"),
        ({"model_max_length": 1e30}, {"max_position_embeddings": 128}, 128, "config.json"),
        ({}, {"max_position_embeddings": 34, "model_type": "roberta", "pad_token_id": 1}, 32, "config.json"),
    ],
)
def test_the_models_folder_says_how_long_a_text_may_be(tmp_path, settings, config, most, said_by):
    model = tmp_path / "model"
    model.mkdir()
    (model / "tokenizer.json").write_text(bytelevel(), "utf-8")
    (model / "tokenizer_config.json").write_text(json.dumps({**settings, "mask_token": {"content": "<unk>"}}))
    (model / "config.json").write_text(json.dumps(config))
    data = texts(tmp_path, "free money " * 400, tokenizer=None, model_folder=model)
    assert data.shape == (most,) and f"at most {most} tokens a text, 2 of them special ({said_by})" in data.encoding.text
    assert data.encoding.mask_id == 3  # what the folder says, not the name that is usual
    assert [path.name for role, path in data.files if role == "tokenizer"] == ["tokenizer.json", "tokenizer_config.json"]


def test_a_row_may_have_several_labels_or_none(tmp_path):
    table = "id,body,kind\na,free,spam; ham\nb,free,\nc,free,NA\nd,free,ham\n"
    data = rows(tmp_path, table, label_separator=";", multi_label=True)
    assert data.several == ((0, 1), (), None, (0,))
    plan = {"label": "kind", "label_separator": ";", "numeric": ["x"]}
    (tmp_path / "n.csv").write_text("x,kind\n1,1;0\n2,\n3,-1\n")
    numbers = DataPlan.model_validate({"name": "d", "path": "n.csv", "table": plan})
    assert open_data(numbers, CLASSES, tmp_path, multi_label=True).several == ((0, 1), (), None)


def test_the_texts_of_a_file_keep_their_groups_and_may_be_in_another_encoding(tmp_path):
    table = "id,body,kind,town\nm1,café,ham,B\nm2,noon,spam,A\n".encode("cp1252")
    data = rows(tmp_path, table, columns=["town"], encoding="cp1252")
    assert data.raw(0) == "café" and data.sample(1).groups == {"town": "A"} and data.show(0) is None
