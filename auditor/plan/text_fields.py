"""The keys under `data.text` of a plan: which column holds the texts, and how texts become token numbers."""

from __future__ import annotations

from pydantic import Field

from auditor.plan.part import Name, Part

MISSING = ("", "NA", "N/A", "NaN", "nan", "NULL", "null")


class TextPlan(Part):
    """Texts in a CSV, Parquet or JSON-lines file, or in a folder with one sub-folder of .txt files per class."""

    column: str = Field("text", description="column of the texts")
    label: str | None = Field(None, description="column of class names, or of class indices")
    label_separator: str | None = Field(
        None, min_length=1, description="between the labels of one row, with `model.multi_label`; an empty cell is no label"
    )
    id: str | None = None
    ignored: tuple[str, ...] = Field((), description="columns of no use; the plan's unit and groups need not be listed")
    delimiter: str = Field(",", min_length=1, max_length=1)
    encoding: str = Field("utf-8", description="of the table, of the JSON lines, or of the files of a folder")
    missing: tuple[str, ...] = Field(MISSING, description="cells that stand for no value; a text is missing where it is blank")
    tokenizer: Name | None = Field(
        None, description="a tokenizer.json, or a folder that holds one; default: the folder under `model.path`"
    )
    vocabulary: Name | None = Field(
        None, description="instead of a tokenizer: words, one a line (its number is the token), or a .json of word -> number"
    )
    lowercase: bool = Field(True, description="with `vocabulary`: words are looked up in lower case")
    max_length: int | None = Field(
        None, ge=1, description="tokens of a text, special ones included; the rest is cut; default: the model's limit, or 512"
    )
