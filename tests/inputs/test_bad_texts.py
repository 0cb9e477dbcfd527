"""Bad texts and tokenizers: refused or counted, each with what was found and what helps."""

from __future__ import annotations

import contextlib
import json
import pickle
import random

import pytest

from auditor.errors import AuditError
from auditor.inputs.datasets import open_data
from auditor.inputs.token_files import read_tokenizer, read_vocabulary
from auditor.inputs.tokenizing import check_vocabulary
from auditor.plan.data_fields import DataPlan
from tests.inputs.some_texts import CLASSES, CSV, refusal, rows, texts, wordpiece

LINES = '{"id": "a", "body": "free", "kind": "spam"}\n'


@pytest.mark.parametrize(
    ("name", "table", "message", "found"),
    [
        ("t.csv", CSV.replace(",", ";"), "not separated by a comma", "one column"),
        ("t.csv", CSV.replace("noon", "café").encode("cp1252"), "cannot be read in the encoding 'utf-8'", "byte"),
        ("t.csv", "id,body,kind\n", "holds no rows", "no texts"),
        ("t.csv", "id,text,kind\na,b,ham\n", "lacks columns that the plan names", "no `body`"),
        ("t.csv", "id,body,kind,subject\na,b,ham,c\n", "does not say what one column", '"subject"'),
        ("t.csv", CSV.replace("ham", "hum"), "names classes that the model does not have", "'hum' (1 row)"),
        ("t.csv", CSV.replace("m2", "m1"), "Ids of the data set are not unique", "m1"),
        ("t.csv", pickle.dumps(["free"]), "not a table", "a Python pickle"),
        ("t.jsonl", pickle.dumps(["free"]), "no file of JSON lines", "a Python pickle"),
        ("t.jsonl", LINES + '{"id": "b", "body', "no file of JSON lines", "line 2"),
        ("t.jsonl", "[" * 100_000, "no file of JSON lines", "line 1"),
        ("t.jsonl", json.dumps([{"body": "a"}]), "no file of JSON lines", "line 1"),
        ("t.jsonl", LINES.replace('"free"', '["free"]'), "The key `body`", "list"),
        ("t.jsonl", LINES.replace("free", "é").encode("cp1252"), "no file of JSON lines", "bytes that are not utf-8"),
        ("t.jsonl", "\n", "holds no rows", "no texts"),
        ("t.jsonl", "", "no file of JSON lines", "an empty file"),
        ("t.jsonl", '{"id": "a"}\n', "lacks columns", "no `body`"),
    ],
)
def test_a_file_that_does_not_hold_the_texts_is_refused(tmp_path, name, table, message, found):
    error = refusal(tmp_path, table, name)
    assert message in error.message and found in error.found


def test_wrong_keys_are_named_by_their_place_in_the_plan(tmp_path):
    assert "`data.text:`" in refusal(tmp_path, CSV.replace(",", ";")).fix
    assert "`data.text.encoding`" in refusal(tmp_path, "id,body,kind\na,é,ham\n".encode("cp1252")).expected
    assert "`data.text:`" in refusal(tmp_path, LINES, "t.jsonl", encoding="nonsense").fix


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (pickle.dumps({"vocab": {}}), "a Python pickle"),
        (b"{}", "Model missing"),
        (b"\xff\xfe\x00not", "bytes of no known format"),
        (b"[PAD]\n[UNK]\nfree\n", "expected"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
        (b'{"model": {"type": "WordPiece", "vocab": {"a": "b"}}}', ""),
    ],
)
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path, content, found):
    (tmp_path / "other.json").write_bytes(content)
    error = refusal(tmp_path, tokenizer="other.json")
    assert error.message == "`other.json` is no tokenizer." and found in error.found


def test_a_damaged_tokenizer_never_ends_in_a_traceback(tmp_path):
    whole, dice = wordpiece(), random.Random(0)
    path = tmp_path / "tokenizer.json"
    for _ in range(150):
        place = dice.randrange(len(whole))
        path.write_text(whole[:place] + dice.choice(["", "0", '"', "{", "null,", "-1"]) + whole[place + dice.randrange(3) :])
        with contextlib.suppress(AuditError):  # any other exception fails the test
            read_tokenizer(path).encode("free money")


def test_a_tokenizer_without_a_token_for_the_unknown_is_refused(tmp_path):
    (tmp_path / "bare.json").write_text('{"model": {"type": "WordLevel", "vocab": {"free": 0}, "unk_token": "[UNK]"}}')
    assert "[UNK]" in refusal(tmp_path, tokenizer="bare.json").found


def test_a_plan_that_names_no_tokenizer_is_told_what_to_write(tmp_path):
    assert "`tokenizer: PATH`" in refusal(tmp_path, tokenizer=None).fix
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "vocab.txt").write_text("[PAD]\n")
    error = refusal(tmp_path, tokenizer="old")
    assert error.message == "The folder `old` holds no tokenizer.json." and error.found == "vocab.txt"
    assert "did you mean `tokenizer.json`?" in refusal(tmp_path, tokenizer="tokeniser.json").fix
    (tmp_path / "old" / "tokenizer.json").write_text(wordpiece())
    (tmp_path / "old" / "tokenizer_config.json").write_text("{")
    assert refusal(tmp_path, tokenizer="old").message == "`tokenizer_config.json` cannot be read."


def test_a_length_that_leaves_no_room_for_the_text_is_refused(tmp_path):
    assert "at least 3" in refusal(tmp_path, max_length=2).expected
    assert texts(tmp_path, "free money", max_length=3).features([0])[0].names == ("free",)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("words.txt", "free\nmoney\nfree\n", "'free'"),
        ("words.txt", "the 0.1 0.2\n", "'the 0.1 0.2'"),
        ("words.txt", "free\n\nmoney\n\n", ""),
        ("words.json", '{"free": -1}', "'free'"),
        ("words.json", '{"free": true}', "'free'"),
        ("words.json", "[1, 2]", "'1'"),
        ("words.json", "3", "no words"),
        ("words.json", "{", "Expecting"),
        ("words.txt", "", "an empty file"),
        ("words.txt", pickle.dumps({"free": 0}), "a Python pickle"),
    ],
)
def test_a_file_that_is_no_list_of_words_is_refused(tmp_path, name, content, found):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    if not found:
        assert read_vocabulary(tmp_path / name) == {"free": 0, "": 1, "money": 2}
        return
    error = refusal(tmp_path, tokenizer=None, vocabulary=name)
    assert error.message == f"`{name}` is no list of words." and found in error.found


def test_token_numbers_beyond_the_models_embedding_are_refused():
    check_vocabulary(99, 100)
    with pytest.raises(AuditError, match="does not fit the model") as caught:
        check_vocabulary(100, 100)
    assert caught.value.found == "token 100, where the model embeds 100 tokens (0 … 99)"


def _folder(place, files):
    (place / "tokenizer.json").write_text(wordpiece())
    for name, content in files.items():
        path = place / "mails" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    plan = DataPlan.model_validate({"name": "d", "path": "mails", "modality": "text", "text": {"tokenizer": "."}})
    return open_data(plan, CLASSES, place)


def test_files_of_a_folder_that_are_no_texts_are_excluded_or_counted(tmp_path):
    (tmp_path / "mails" / "ham").mkdir(parents=True)
    files = {"spam/a.txt": b"free", "spam/b.txt": b"caf\xe9", "spam/c.txt": b" ", "spam/d.eml": b"x", "spam/.e.txt": b"x"}
    data = _folder(tmp_path, files)
    assert data.problems == ("", "the file is no text in utf-8", "no text") and data.labels.tolist() == [1, 1, 1]
    assert data.encoding.notes == ("the class folder ham holds no texts", "1 files that are not .txt were left out")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"a.txt": b"x", "ham/b.txt": b"y"}, "texts beside"),
        ({"ham/b.csv": b"y"}, "no .txt files"),
        ({"hum/b.txt": b"y"}, "hum"),
    ],
)
def test_a_folder_that_is_not_sorted_by_class_is_refused(tmp_path, files, found):
    with pytest.raises(AuditError) as caught:
        _folder(tmp_path, files)
    assert found in caught.value.found and caught.value.fix


def test_duplicated_texts_have_one_digest(tmp_path):
    data = rows(tmp_path, "id,body,kind\na,free,ham\nb,free,ham\nc,free,spam\n")
    assert data.digests[0] == data.digests[1] != data.digests[2]


def test_texts_that_the_tokenizer_hardly_knows_are_told_of(tmp_path):
    (tmp_path / "words.txt").write_text("<pad>\n<unk>\nfree\n")
    table = "id,body,kind\na,free lunch today,ham\nb,free,spam\n"
    data = rows(tmp_path, table, tokenizer=None, vocabulary="words.txt")
    assert data.encoding.notes == (
        "50% of the tokens stand for unknown words: is this the tokenizer of the model, and of such texts?",
    )
    (tmp_path / "words.txt").write_text("<pad>\n<unk>\nfree\nlunch\ntoday\n")
    assert rows(tmp_path, table, tokenizer=None, vocabulary="words.txt").encoding.notes == ()
