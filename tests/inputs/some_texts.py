"""Small tokenizers of three kinds, and texts on disk opened as a plan would."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from auditor.errors import AuditError
from auditor.inputs.datasets import open_data
from auditor.inputs.rows import Rows
from auditor.plan.data_fields import DataPlan

CLASSES = ("ham", "spam")
SENTENCES = (
    "Don't miss this: free money, a free offer!",
    "The meeting is at noon in the office; please confirm.",
    "Unbelievable prices... call now, call today. C'est la vie, naïve café.",
    "中文 文字 没有 空格",
)
CSV = """id,body,kind
m1,"Don't miss this: FREE money!",spam
m2,"The meeting is at noon, please confirm the office.",ham
m3,Call now,spam
"""
TEXT = {"column": "body", "label": "kind", "id": "id", "tokenizer": "tokenizer.json"}


@cache
def wordpiece() -> str:
    """As BERT reads: lower case, pieces marked ##, [CLS] and [SEP] added."""
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made.train_from_iterator(SENTENCES, trainers.WordPieceTrainer(vocab_size=110, special_tokens=special, show_progress=False))
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made.to_str()


@cache
def bytelevel() -> str:
    """As RoBERTa reads: bytes joined to pieces that begin with their blank, <s> and </s> added."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(SENTENCES, trainer)
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return made.to_str()


@cache
def unigram() -> str:
    """As ALBERT or T5 read: pieces with the blank before them as ▁, which may hold several words; only </s> added."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    special = ["<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=90, special_tokens=special, unk_token="<unk>", show_progress=False)
    made.train_from_iterator(SENTENCES * 3, trainer)
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return made.to_str()


KINDS = {"wordpiece": wordpiece, "bytelevel": bytelevel, "unigram": unigram}


def rows(place: Path, table: str | bytes = CSV, name: str = "t.csv", columns=(), **keys: Any) -> Rows:
    """Texts of a file; `keys` of `data.text`, and under `data` what else `data` holds; `kind` of tokenizer."""
    data, kind = keys.pop("data", {}), keys.pop("kind", "wordpiece")
    multi_label, model_folder = keys.pop("multi_label", False), keys.pop("model_folder", None)
    (place / "tokenizer.json").write_text(KINDS[kind](), "utf-8")
    (place / name).write_bytes(table if isinstance(table, bytes) else table.encode())
    text = {key: value for key, value in {**TEXT, **keys}.items() if value is not None}
    plan = DataPlan.model_validate({"name": "d", "path": name, "modality": "text", "text": text, **data})
    return open_data(plan, CLASSES, place, columns, multi_label, model_folder)


def texts(place: Path, *given: str, **keys: Any) -> Rows:
    """These texts alone, in a file of JSON lines."""
    import json

    lines = "".join(json.dumps({"body": text}) + "\n" for text in given)
    return rows(place, lines, "t.jsonl", label=None, id=None, **keys)


def refusal(place: Path, *arguments: Any, **keys: Any) -> AuditError:
    with pytest.raises(AuditError) as caught:
        rows(place, *arguments, **keys)
    assert caught.value.fix
    return caught.value
