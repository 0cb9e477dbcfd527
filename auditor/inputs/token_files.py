"""Files that say how texts are read: tokenizer.json or a list of words, and the configurations beside them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.inputs.file_kinds import AGAIN, recognise
from auditor.inputs.location import locate
from auditor.inputs.tokenizing import FileTokenizer, Tokenizing, WordList, answered
from auditor.plan.text_fields import TextPlan

TOKENIZER, SETTINGS, SPECIAL, CONFIG = "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "config.json"
DEFAULT_LENGTH = 512
_LIMITS = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
_BEHIND_PADDING = ("roberta", "camembert", "mpnet", "data2vec-text", "longformer")
"""Kinds of models whose positions begin behind the number of the padding token."""
_MOST_WORDS = 10_000_000


@dataclass(frozen=True)
class Reading:
    """How the texts of a plan are read.

    Attributes:
        tokenizing: from texts to tokens.
        most: tokens of a text.
        said_by: what sets `most`, for the reader.
        files: what was read, for provenance.
    """

    tokenizing: Tokenizing
    most: int
    said_by: str
    files: tuple[Path, ...]


def open_reading(plan: TextPlan, folder: Path, model_folder: Path | None) -> Reading:
    """Open the tokenizer or the vocabulary of a plan.

    Args:
        plan: `data.text`.
        folder: of the plan.
        model_folder: of a model that is a folder; its tokenizer is the default.

    Raises:
        AuditError: neither is stated or found, a file that is none, a length that leaves no room for the text.
    """
    if plan.vocabulary is not None:
        path = locate(plan.vocabulary, folder)
        words: Tokenizing = WordList(read_vocabulary(path), plan.lowercase)
        return Reading(words, *_length(plan, {}, model_folder), (path,))
    path = _tokenizer_path(plan, folder, model_folder)
    said = {name: _json(path.parent / name) for name in (SETTINGS, SPECIAL) if (path.parent / name).is_file()}
    tokens = {key: _token(values.get(key)) for values in said.values() for key in ("pad_token", "mask_token")}
    tokenizer = FileTokenizer(read_tokenizer(path), tokens)
    most, said_by = _length(plan, said.get(SETTINGS, {}), model_folder or path.parent)
    if most <= tokenizer.specials:
        raise AuditError(
            "No room is left for the text.",
            found=f"at most {most} tokens, of which the tokenizer adds {tokenizer.specials} to every text",
            expected=f"`data.text.max_length` of at least {tokenizer.specials + 1}",
            fix="raise `max_length:`",
        )
    return Reading(tokenizer, most, said_by, (path, *(path.parent / name for name in said)))


def read_tokenizer(path: Path) -> Any:
    """A `tokenizers.Tokenizer` of a tokenizer.json; nothing in it can run code."""
    kind = recognise(path)
    if kind.name != "text":
        raise AuditError(
            f"`{path.name}` is no tokenizer.",
            found=kind.words,
            expected="a tokenizer.json of the library tokenizers; pickles are never read",
            fix=kind.fix or "name the tokenizer.json of the model's folder",
        )
    try:
        from tokenizers import Tokenizer
    except ImportError as problem:
        raise AuditError(
            "Texts are read with the library tokenizers, which is not installed.",
            found=f"{path.name}",
            fix='pip install "auditor[text]"',
        ) from problem
    with answered(f"`{path.name}` is no tokenizer.", "save it with tokenizer.save_pretrained(folder) of transformers"):
        return Tokenizer.from_str(path.read_text("utf-8-sig"))


def read_vocabulary(path: Path) -> dict[str, int]:
    """Number of each word: of a JSON object or list, or of a text with one word per line, counted from 0."""
    kind = recognise(path)
    if kind.name not in ("text", "unknown"):
        raise _no_words(path, kind.words, kind.fix or AGAIN)
    try:
        text = path.read_text("utf-8-sig")
        given = json.loads(text) if path.suffix.lower() == ".json" else text.rstrip("\r\n").splitlines()
    except (ValueError, RecursionError) as problem:
        raise _no_words(path, str(problem)[:200], "save it as UTF-8; a .json holds an object or a list") from problem
    if isinstance(given, Mapping):
        wrong = [word for word, place in given.items() if type(place) is not int or not 0 <= place < _MOST_WORDS]
        places = {str(word): place for word, place in given.items()} if not wrong else {}
    else:
        listed = given if isinstance(given, list) else []
        counts = Counter(word for word in listed if isinstance(word, str))
        wrong = [word for word in listed if not isinstance(word, str) or counts[word] > 1 or len(word.split()) > 1]
        places = {word: place for place, word in enumerate(listed)} if not wrong else {}
    if not places:
        found = f"{str(wrong[0])[:60]!r}, and {len(wrong) - 1:,} more like it" if wrong else "no words"
        raise _no_words(path, found, "list each word once, without blanks in it; a .json may say {word: number}")
    return places


def _tokenizer_path(plan: TextPlan, folder: Path, model_folder: Path | None) -> Path:
    if plan.tokenizer is None and model_folder is None:
        raise AuditError(
            "The plan does not say how the texts are read.",
            found="neither `data.text.tokenizer` nor `data.text.vocabulary`, and the model is no folder with a tokenizer",
            expected="a tokenizer.json, or a list of words",
            fix="add `tokenizer: PATH` under `data.text:`, or `vocabulary: words.txt` for a model over your own list of words",
        )
    path = locate(plan.tokenizer, folder, folders=True) if plan.tokenizer is not None else model_folder or folder
    if not path.is_dir():
        return path
    if (path / TOKENIZER).is_file():
        return path / TOKENIZER
    raise AuditError(
        f"The folder `{path.name}` holds no {TOKENIZER}.",
        found=", ".join(sorted(entry.name for entry in path.iterdir())[:8]) or "an empty folder",
        expected=f"a {TOKENIZER}, as tokenizer.save_pretrained(folder) of transformers writes",
        fix="AutoTokenizer.from_pretrained(folder).save_pretrained(folder) makes one of older files; "
        "or set `data.text.tokenizer`",
    )


def _length(plan: TextPlan, settings: Mapping[str, Any], model_folder: Path | None) -> tuple[int, str]:
    """Tokens of a text, and what says so: the plan, or the smallest limit of the files, or 512."""
    if plan.max_length is not None:
        return plan.max_length, "data.text.max_length"
    path = model_folder / CONFIG if model_folder is not None else None
    config = _json(path) if path is not None and path.is_file() else {}
    limits = [(limit, SETTINGS) for limit in [_whole(settings.get("model_max_length"))] if limit]
    positions = next((limit for limit in (_whole(config.get(key)) for key in _LIMITS) if limit), None)
    if positions:
        behind = any(kind in str(config.get("model_type")) for kind in _BEHIND_PADDING)
        taken = (_whole(config.get("pad_token_id")) or 0) + 1 if behind else 0
        limits.append((positions - taken, CONFIG))
    return min(limits, default=(DEFAULT_LENGTH, "no file states the model's limit"))


def _whole(value: object) -> int | None:
    """A positive whole number; transformers writes 1e30 where there is no limit."""
    return int(value) if isinstance(value, int | float) and 0 < value < 1e7 else None


def _token(value: object) -> str:
    """A special token's name, which stands alone or inside a mapping."""
    said = value.get("content") if isinstance(value, Mapping) else value
    return said if isinstance(said, str) else ""


def _json(path: Path) -> dict[str, Any]:
    try:
        made = json.loads(path.read_text("utf-8-sig"))
    except (ValueError, OSError, RecursionError) as problem:
        raise AuditError(
            f"`{path.name}` cannot be read.", found=str(problem)[:200], expected="a JSON object", fix=AGAIN
        ) from problem
    return made if isinstance(made, dict) else {}


def _no_words(path: Path, found: str, fix: str) -> AuditError:
    return AuditError(f"`{path.name}` is no list of words.", found=found, expected="one word per line, each once", fix=fix)
