"""From texts to token numbers: a tokenizer.json, or a plain list of words. Both say where in the text each token stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import numpy as np

from auditor.errors import AuditError
from auditor.inputs.words import Array, Spans, split_words

PADS = ("[PAD]", "<pad>", "<PAD>", "<|pad|>")
MASKS = ("[MASK]", "<mask>", "<MASK>")
UNKNOWNS = ("[UNK]", "<unk>", "<UNK>")
_AT_ONCE = 1000  # texts; bounds the memory of what the tokenizer gives back


_NONE = np.zeros((0, 2), np.int64)


class Tokens(NamedTuple):
    """The tokens of one text, at most as many as asked for.

    Attributes:
        ids: int32 [tokens].
        offsets: int64 [tokens, 2], the characters of each: (first, behind the last); [0, 2] where `words` says it.
        own: bool [tokens], False at tokens that the tokenizer adds, such as [CLS].
        cut: whether the text goes on.
        words: where each token is a word, as `split_words` finds them: their spans; None: tokens are pieces of words.
        folded: these words case-folded, where that is known.
    """

    ids: Array
    offsets: Array
    own: Array
    cut: bool
    words: Spans | None = None
    folded: list[str] | None = None


class Tokenizing(Protocol):
    """How texts become token numbers.

    Attributes:
        description: for the reader.
        pad_id, mask_id, unknown_id: tokens that stand for nothing, for something removed, for an unknown word; None: none.
        specials: tokens added to every text.
        notes: what the reader should know.
    """

    description: str
    pad_id: int | None
    mask_id: int | None
    unknown_id: int | None
    specials: int
    notes: tuple[str, ...]

    def tokens(self, texts: Sequence[str], most: int) -> list[Tokens]:
        """Of each text the first tokens, at most `most` of them with special ones."""
        ...


@contextmanager
def answered(message: str, fix: str) -> Iterator[None]:
    """Turn any failure of the library `tokenizers` into an answer: it raises Exception itself, and BaseException in a panic."""
    try:
        yield
    except BaseException as problem:
        if not isinstance(problem, Exception) and type(problem).__name__ != "PanicException":
            raise  # an interruption
        expected = "a tokenizer.json of the library tokenizers; pickles are never read"
        raise AuditError(message, found=str(problem)[:200], expected=expected, fix=fix) from problem


class FileTokenizer:
    """A tokenizer of the library `tokenizers`, as transformers saves it.

    Args:
        tokenizer: `tokenizers.Tokenizer`.
        said: names of special tokens from the files beside it: pad_token, mask_token.
    """

    def __init__(self, tokenizer: Any, said: Mapping[str, str]) -> None:
        padding = tokenizer.padding
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        own = (int(padding["pad_id"]),) if padding else ()
        self.pad_id = self._first([said.get("pad_token", ""), *own, *PADS])
        self.mask_id = self._first([said.get("mask_token", ""), *MASKS])
        self.unknown_id = self._first([getattr(tokenizer.model, "unk_token", None) or "", *UNKNOWNS])
        self.specials = int(tokenizer.num_special_tokens_to_add(False))
        kind = type(tokenizer.model).__name__
        self.description = f"a {kind} tokenizer of {tokenizer.get_vocab_size():,} tokens (tokenizer.json)"
        self.notes: tuple[str, ...] = ()
        if self.pad_id is None:
            self.notes = ("the tokenizer has no padding token: shorter texts are filled with token 0, which is masked",)

    def tokens(self, texts: Sequence[str], most: int) -> list[Tokens]:
        """Of each text the first tokens, at most `most` of them with special ones."""
        self._tokenizer.enable_truncation(most, direction="right")
        found: list[Tokens] = []
        for start in range(0, len(texts), _AT_ONCE):
            with answered("The tokenizer cannot read a text.", "save it again, with a token for the unknown such as [UNK]"):
                made = self._tokenizer.encode_batch(list(texts[start : start + _AT_ONCE]))
            found += [_tokens(one) for one in made]
        return found

    def _first(self, wanted: Sequence[str | int]) -> int | None:
        """The first of these tokens that there is; a number stands for itself."""
        places = (self._tokenizer.token_to_id(token) if isinstance(token, str) else token for token in wanted if token != "")
        return next((int(place) for place in places if place is not None), None)


def _tokens(made: Any) -> Tokens:
    return Tokens(
        ids=np.array(made.ids, np.int32),
        offsets=np.array(made.offsets, np.int64).reshape(-1, 2),
        own=np.array(made.special_tokens_mask, np.int64) == 0,
        cut=bool(made.overflowing),
    )


class WordList:
    """One token per word of a list: `split_words` takes a text apart, and words that are not listed become `<unk>`.

    Without `<unk>` they are left out. Removed words are masked by `<mask>`, else by `<unk>`.

    Args:
        places: number of each word.
        lowercase: whether words are looked up in lower case.
    """

    specials = 0

    def __init__(self, places: Mapping[str, int], lowercase: bool) -> None:
        self._places, self._lowercase = places, lowercase
        self.pad_id = _first(places, PADS)
        self.unknown_id = _first(places, UNKNOWNS)
        self.mask_id = _first(places, (*MASKS, *UNKNOWNS))
        unlisted = "left out" if self.unknown_id is None else f"token {self.unknown_id}"
        case = "looked up in lower case" if lowercase else "looked up as they are written"
        self.description = f"a list of {len(places):,} words, {case}; unlisted words are {unlisted}"
        self.notes: tuple[str, ...] = ()
        if self.pad_id is None:
            first = next((word for word, place in places.items() if place == 0), None)
            self.notes = (f"the vocabulary has no <pad>: shorter texts are filled with token 0, {first or 'unused'}",)

    def tokens(self, texts: Sequence[str], most: int) -> list[Tokens]:
        """Of each text the first tokens, at most `most`."""
        return [self._of(text, most) for text in texts]

    def _of(self, text: str, most: int) -> Tokens:
        spans = split_words(text)
        folded = None
        if self._lowercase and text.isascii():  # of other texts lower case may change the length
            lower = text.lower()
            words = folded = [lower[first:last] for first, last in spans]
        else:
            words = [text[first:last].lower() if self._lowercase else text[first:last] for first, last in spans]
        given = [self._places.get(word, self.unknown_id) for word in words]
        if None in given:
            spans = [span for span, place in zip(spans, given, strict=True) if place is not None]
            folded = None
        ids = [place for place in given if place is not None]
        return Tokens(
            ids=np.array(ids[:most], np.int32),
            offsets=_NONE,
            own=np.ones(min(len(ids), most), bool),
            cut=len(ids) > most,
            words=tuple(spans[:most]),
            folded=folded and folded[:most],
        )


def _first(places: Mapping[str, int], words: Sequence[str]) -> int | None:
    return next((places[word] for word in words if word in places), None)


def check_vocabulary(largest: int, embedding_rows: int) -> None:
    """Refuse token numbers that the model's embedding does not have.

    Args:
        largest: token number in the data, or used by a fill.
        embedding_rows: of the layer that embeds tokens.
    """
    if largest >= embedding_rows:
        raise AuditError(
            "The tokenizer does not fit the model.",
            found=f"token {largest:,}, where the model embeds {embedding_rows:,} tokens (0 … {embedding_rows - 1:,})",
            expected="the tokenizer, or the vocabulary, that the model was trained with",
            fix="correct `data.text.tokenizer` (or `vocabulary`): the file lies beside the model's own weights",
        )
