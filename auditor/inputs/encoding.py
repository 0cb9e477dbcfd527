"""What a source of data says about how its raw rows became the model's inputs."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.facts import FileFact


@dataclass(frozen=True)
class Encoding:
    """Facts of a source, beside its rows.

    Attributes:
        text: the preprocessing in words, "" where the user's own code did it.
        columns: for each input element the name of its feature; elements of one name are one feature. () where not known.
        scale, offset: raw value = value · scale + offset, for the reader; one number, or one per channel.
        notes: what reading had to say, such as class folders without images.
        mask_id, pad_id: of the tokenizer; None where there is none.
        listing: one fact for many files: the digest of a list of their digests.
    """

    text: str = ""
    columns: tuple[str, ...] = ()
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    notes: tuple[str, ...] = ()
    listing: FileFact | None = None
    mask_id: int | None = None
    pad_id: int | None = None
