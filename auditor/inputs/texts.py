"""Texts as evaluation sets: token numbers for the model, words for the reader."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from auditor.inputs.case_features import LENGTHS, MASK
from auditor.inputs.encoding import Encoding
from auditor.inputs.items import Item, OwnFeatures, decode
from auditor.inputs.text_files import Texts
from auditor.inputs.token_files import Reading
from auditor.inputs.tokenizing import Tokens
from auditor.inputs.words import Array, Words, words_of

IDS, KINDS = "input_ids", "token_type_ids"
NO_TEXT, NO_WORDS = "no text", "a text without words"
MUCH_UNKNOWN = 0.2  # of the tokens; subword tokenizers have next to none


class TextRows:
    """Texts as a map-style dataset. `raw(i)` is the text; `encode` makes the forward arguments from any texts.

    All rows are as long as the longest cut text and padded on the right. Features are the words of each text: their names
    are case-folded, their spans count characters of `raw(i)`; special tokens, padding and words behind the cut are none.

    Args:
        texts: with labels, ids and groups.
        reading: from texts to tokens.
        classes: `model.classes`.
    """

    def __init__(self, texts: Texts, reading: Reading, classes: Sequence[str]) -> None:
        self._given, self._classes = texts, tuple(classes)
        self._tokenizing = reading.tokenizing
        self._pad = reading.tokenizing.pad_id or 0
        self._texts = [_whole(text or "") for text in texts.texts]
        with _uncollected():
            tokens = reading.tokenizing.tokens(self._texts, reading.most)
        self._width = max(reading.tokenizing.specials + 1, *(len(one.ids) for one in tokens))
        self._ids = [one.ids for one in tokens]
        names: dict[str, str] = {}
        with _uncollected():
            self._features = [self._own(text, one, names) for text, one in zip(self._texts, tokens, strict=True)]
        self._problems = [self._problem(row) for row in range(len(self._texts))]
        self.encoding = Encoding(
            text=self._words(reading),
            notes=(*texts.notes, *self._cut(tokens, reading), *self._unknown(reading), *reading.tokenizing.notes),
            listing=texts.listing,
            mask_id=reading.tokenizing.mask_id,
            pad_id=reading.tokenizing.pad_id,
        )

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, row: int) -> Item:
        arguments = self._alone(self._ids[row])
        values: dict[str, Any] = {"input": arguments, "label": self._given.labels[row]}
        if self._given.ids is not None:
            values["id"] = self._given.ids[row]
        values["groups"] = {name: column[row] for name, column in self._given.groups.items()}
        item = decode(values, row, self._classes)
        return item._replace(features=self._features[row], problem=self._problems[row])

    def raw(self, i: int) -> str:
        """The text of row i, uncut; "" where there is none."""
        return self._texts[i]

    def encode(self, raws: Sequence[str]) -> dict[str, Tensor]:
        """Forward arguments of any texts, cut and padded to the width of this set, the primary one first.

        Returns:
            input_ids, attention_mask and token_type_ids int64 [n, tokens], lengths int64 [n].
        """
        made = self._tokenizing.tokens([_whole(raw) for raw in raws], self._width)
        return self._padded([one.ids for one in made])

    def show(self, i: int) -> None:
        """A text has no picture."""

    def _alone(self, ids: Array) -> dict[str, Array | int]:
        """What `_padded` gives for one text; NumPy's small arrays cost a third of torch's."""
        numbers, inside = np.full(self._width, self._pad, np.int64), np.zeros(self._width, np.int64)
        numbers[: len(ids)], inside[: len(ids)] = ids, 1
        return {IDS: numbers, MASK: inside, KINDS: np.zeros(self._width, np.int64), LENGTHS: len(ids)}

    def _padded(self, ids: Sequence[Array]) -> dict[str, Tensor]:
        numbers = torch.full((len(ids), self._width), self._pad)
        lengths = torch.tensor([len(own) for own in ids])
        for row, own in zip(numbers, ids, strict=True):
            row[: len(own)] = torch.from_numpy(own)
        inside = torch.arange(self._width) < lengths[:, None]
        return {IDS: numbers, MASK: inside.long(), KINDS: torch.zeros_like(numbers), LENGTHS: lengths}

    def _own(self, text: str, tokens: Tokens, names: dict[str, str]) -> OwnFeatures:
        """The words of one text; `names` holds one object for every name, as most occur in many texts."""
        whole = tokens.words
        words = words_of(text, tokens.offsets, tokens.own) if whole is None else Words(np.arange(len(whole)), whole)
        element = np.full(self._width, -1, np.int64)
        element[: len(words.of_token)] = words.of_token
        if tokens.folded is not None:
            folded = tokens.folded
        elif text.isascii():  # of other texts folding may change the length
            lower = text.lower()
            folded = [lower[first:last] for first, last in words.spans]
        else:
            folded = [text[first:last].casefold() for first, last in words.spans]
        return OwnFeatures(torch.from_numpy(element), tuple(map(names.setdefault, folded, folded)), words.spans)

    def _problem(self, row: int) -> str:
        if self._given.problems[row]:
            return self._given.problems[row]
        if not self._texts[row].strip():
            return NO_TEXT
        return "" if self._features[row].names else NO_WORDS

    def _words(self, reading: Reading) -> str:
        """The preprocessing for the reader."""
        kept = reading.tokenizing
        added = f", {kept.specials} of them special" if kept.specials else ""
        return (
            f"texts read by {kept.description}; at most {reading.most:,} tokens a text{added} ({reading.said_by}), the rest is "
            f"cut off; padded on the right to {self._width:,} tokens; features are words, all pieces of a word together; "
            "commas and their like, and characters of scripts without spaces, are words unless one token joins several of them"
        )

    def _cut(self, tokens: Sequence[Tokens], reading: Reading) -> list[str]:
        count, total = sum(one.cut for one in tokens), len(tokens)
        if not count:
            return []
        were = "was" if count == 1 else "were"
        return [
            f"{count:,} of {total:,} texts {were} longer than {reading.most:,} tokens and {were} cut; "
            "words behind the cut are neither read nor explained"
        ]

    def _unknown(self, reading: Reading) -> list[str]:
        """Said where it is much: most likely the tokenizer is another model's, or the texts are in another language."""
        total = sum(len(ids) for ids in self._ids)
        share = sum(int((ids == reading.tokenizing.unknown_id).sum()) for ids in self._ids) / max(1, total)
        if reading.tokenizing.unknown_id is None or share <= MUCH_UNKNOWN:
            return []
        return [f"{share:.0%} of the tokens stand for unknown words: is this the tokenizer of the model, and of such texts?"]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's search for cycles, which would look at millions of spans again and again and find none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _whole(text: str) -> str:
    """The text without halves of characters (lone surrogates), which no file can hold but JSON escapes can spell."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not text.isascii() else text
