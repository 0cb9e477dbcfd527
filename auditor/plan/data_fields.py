"""The keys under `data:` of a plan: where the evaluation set is, and how its raw rows become the model's inputs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from auditor.plan.part import ClassName, Name, Part, or_list
from auditor.plan.text_fields import MISSING, TextPlan

Edge = Annotated[int, Field(ge=1, le=20_000)]


def short_values(value: Any) -> Any:
    """`sex: [Female, Male]` is short for `sex: {values: [Female, Male]}`."""
    return {"values": value} if isinstance(value, list | tuple) else value


def short_columns(value: Any) -> Any:
    """`[age, hours]` is short for `{age: {}, hours: {}}`; a column that stands alone takes the defaults."""
    if isinstance(value, list | tuple) and all(isinstance(name, str | int | float) for name in value):
        return {str(name): {} for name in value}
    return {name: {} if entry is None else entry for name, entry in value.items()} if isinstance(value, dict) else value


class FeaturesPlan(Part):
    """What is ranked and removed: table columns, patches or segments of an image, windows of a series, words of a text."""

    kind: Literal["auto", "columns", "grid", "pixels", "segments", "windows", "words"] = "auto"
    size: int = Field(
        0,
        ge=0,
        description="grid: edge of a patch in pixels (0: image edge over 7); segments: how many (0: 50); "
        "windows: steps of time (0: a tenth of the series); each rounded up",
    )
    names: tuple[str, ...] = Field((), description="of an array's columns, or of a series' channels; a table brings its own")


class NumericColumn(Part):
    """A column of numbers: the model receives (value − mean) / std."""

    mean: float = 0.0
    std: float = Field(1.0, gt=0)
    missing: float | None = Field(None, description="value taken where there is none; without it such rows are excluded")


class CategoricalColumn(Part):
    """A column of categories: the model receives one 0 or 1 per listed category; together they are one feature."""

    model_config = ConfigDict(json_schema_extra=or_list)

    values: tuple[ClassName, ...] = Field(min_length=1, description="the categories in the order of the inputs")
    missing: ClassName | None = Field(None, description="category taken where there is none; without it rows are excluded")
    unseen: Literal["exclude", "zeros"] = Field("exclude", description="rows of other categories: left out, or all zeros")

    _short = model_validator(mode="before")(short_values)


class TablePlan(Part):
    """Columns of a CSV or Parquet file. Each is an input, the label, the id, the unit, a group, or ignored."""

    numeric: Annotated[dict[str, NumericColumn], BeforeValidator(short_columns)] = Field(
        default_factory=dict, description="name -> {mean, std, missing}, or a list of names", json_schema_extra=or_list
    )
    categorical: dict[str, CategoricalColumn] = Field(
        default_factory=dict, description="name -> list of categories, or {values, missing, unseen}"
    )
    order: tuple[str, ...] = Field((), description="input columns in the model's order; default: numeric, then categorical")
    pipeline: Name | None = Field(
        None, description="instead: a fitted scikit-learn transformer, saved with skops; its numbers become these columns"
    )
    label: str | None = Field(None, description="column of class names, or of class indices")
    label_separator: str | None = Field(
        None, min_length=1, description="between the labels of one row, with `model.multi_label`; an empty cell is no label"
    )
    id: str | None = None
    ignored: tuple[str, ...] = Field((), description="columns that are no input; the plan's unit and groups need not be listed")
    delimiter: str = Field(",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    missing: tuple[str, ...] = Field(MISSING, description="texts that stand for a missing value")


class ImagePlan(Part):
    """From an image file to the model's input: resize, crop, channels, then (pixel / divide_by − mean) / std."""

    column: str = Field("file", description="column of a CSV listing that holds each image's path, relative to the CSV")
    resize: Edge | tuple[Edge, Edge] | None = Field(None, description="the shorter edge, or [height, width]; null: as it is")
    crop: Edge | tuple[Edge, Edge] | None = Field(None, description="from the centre: the edge, or [height, width]")
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"] = "bilinear"
    channels: Literal["rgb", "bgr", "grey"] = "rgb"
    divide_by: float = Field(255.0, gt=0)
    mean: tuple[float, ...] = Field((), description="one number, or one per channel, after division")
    std: tuple[Annotated[float, Field(gt=0)], ...] = ()


class DataPlan(Part):
    """The evaluation set: exactly one of `factory` and `path`."""

    name: Name
    version: str = ""
    description: str = ""
    factory: str | None = Field(
        None, description="returns a torch.utils.data.Dataset of (x, y) or dicts with input, label, id, groups"
    )
    arguments: dict[str, Any] = Field(default_factory=dict)
    path: str | None = Field(
        None,
        description="an .npz with arrays x and y (optional: ids, unit, groups), an .npy of x, a .csv or .parquet table, "
        "texts also in .jsonl, or a folder with one sub-folder of images or .txt files per class",
    )
    labels: str | None = Field(None, description="an .npy of labels, beside an .npy of x")
    files: dict[str, str | None] = Field(
        default_factory=dict, description="raw files behind a factory: path -> SHA-256 or null; digested"
    )
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    modality: Literal["image", "tabular", "text", "series"] = "tabular"
    features: FeaturesPlan = FeaturesPlan()
    table: TablePlan | None = Field(None, description="what the columns of a table are, or of a CSV that lists images")
    image: ImagePlan | None = Field(None, description="how image files become the model's inputs")
    text: TextPlan | None = Field(None, description="where the texts of a file are, and how they become token numbers")
    label_names: dict[str, ClassName] = Field(
        default_factory=dict, description="what the data call a class -> its name in model.classes, where the two differ"
    )
    ids: Literal["hashed", "plain"] = "hashed"
    scale: float = Field(1.0, description="raw = value * scale + offset: what a value of the tensor stands for, for the reader")
    offset: float = 0.0
