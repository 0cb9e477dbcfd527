"""Mistakes under `data:` that no single value shows: two sources, keys of another kind of file, columns with two roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.errors import AuditError, did_you_mean
from auditor.plan.mistakes import Mistake, shown, value_at
from auditor.plan.text_checks import text_mistakes
from auditor.plan.written import Values, texts, unknown, word

ARRAYS = (".npz", ".npy")
TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq")
_CHANNELS = {"rgb": 3, "bgr": 3, "grey": 1}


def data_mistakes(values: Values) -> Iterator[Mistake]:
    """All of them, each with its place in the plan."""
    data = values.get("data")
    if not isinstance(data, Mapping):
        return
    yield from _source(data)
    yield from _kind(values)
    yield from _sequences(data)
    yield from _foreign(data)
    yield from _columns(values)
    yield from _categories(values)
    yield from _label_names(values)
    yield from _channels(values)
    yield from text_mistakes(values)


def _source(data: Mapping[str, Any]) -> Iterator[Mistake]:
    given = [key for key in ("factory", "path") if data.get(key) is not None]
    if len(given) != 1:
        yield (
            ("data",),
            AuditError(
                "The data has two sources." if given else "The data has no source.",
                found=" and ".join(f"`{key}: {shown(data[key])}`" for key in given) or "neither `factory` nor `path`",
                expected="exactly one of `factory` (package.module:function or file.py:function) and `path` (arrays, a table, "
                "texts, or a folder of images)",
                fix="delete one of the two" if given else "add `path:` or `factory:` under `data:`",
            ),
        )
    if data.get("labels") is not None and not str(data.get("path", "")).endswith(".npy"):
        yield (
            ("data", "labels"),
            AuditError(
                "`data.labels` goes with an .npy of inputs only.",
                found=f"path: {shown(data.get('path'))}",
                expected="`path: x.npy` and `labels: y.npy`; all other sources bring their own labels",
                fix="delete `labels:`, or name an .npy under `path:`",
            ),
        )


def _kind(values: Values) -> Iterator[Mistake]:
    modality, kind = word(values, "data", "modality", default="tabular"), word(values, "data", "features", "kind")
    of = {"grid": ("image",), "pixels": ("image",), "segments": ("image",), "windows": ("series",), "words": ("text",)}
    if modality not in {**of, "columns": ("tabular", "series")}.get(kind, (modality,)):
        fits = {"image": "grid, pixels or segments", "tabular": "columns", "series": "windows or columns", "text": "words"}
        wanted = fits.get(modality, "auto")
        yield (
            ("data", "features", "kind"),
            AuditError(
                f"`{kind}` features make no sense for {modality} data.",
                found=kind,
                expected=wanted,
                fix="correct one of the two",
            ),
        )


def _sequences(data: Mapping[str, Any]) -> Iterator[Mistake]:
    modality = data.get("modality")
    if modality == "series" and str(data.get("path") or "").lower().endswith(TABLES):
        yield (
            ("data", "path"),
            AuditError(
                f"A table cannot be read as {modality} data.",
                found=f"path: {shown(data['path'])}",
                expected="`modality: tabular`, or `image` for a table that lists image files",
                fix="correct `modality:`, or return a Dataset from `data.factory`",
            ),
        )


def _foreign(data: Mapping[str, Any]) -> Iterator[Mistake]:
    """Keys that say how files are read, where the source is no such file."""
    path = str(data.get("path") or "").lower()
    arrays = data.get("factory") is not None or path.endswith(ARRAYS)
    image = data.get("modality") == "image"
    wrong = {
        "table": arrays or data.get("modality") == "text" or (image and not path.endswith(TABLES)),
        "image": arrays or not image,
        "text": arrays or data.get("modality") != "text",
        "label_names": arrays,
    }
    goes = {
        "table": "a CSV or Parquet file" + ("; texts take `data.text`" if data.get("modality") == "text" else ""),
        "image": "image files (`modality: image` and a folder or CSV listing under `path:`)",
        "text": "texts in a file or folder (`modality: text`)",
        "label_names": "tables, texts and image files; arrays and factories give class names or indices",
    }
    for key, says in goes.items():
        if data.get(key) and wrong[key]:
            found = f"path: {shown(data['path'])}" if data.get("path") else f"factory: {shown(data.get('factory'))}"
            found += f", modality: {shown(data.get('modality', 'tabular'))}"
            yield (
                ("data", key),
                AuditError(f"`data.{key}` goes with {says}.", found=found, fix=f"delete `{key}:`, or correct the others"),
            )
    if data.get("table") and not image and texts({"data": data}, "data", "features", "names"):
        yield (
            ("data", "features", "names"),
            AuditError(
                "A table brings the names of its columns.",
                found="`data.features.names` beside `data.table`",
                fix="delete `names:`; `data.table.order` sets the order of the inputs",
            ),
        )


def _columns(values: Values) -> Iterator[Mistake]:
    table = value_at(values, ("data", "table"))
    if not isinstance(table, Mapping):
        return
    both = [key for key in ("numeric", "categorical", "order") if table.get(key)] if table.get("pipeline") else []
    if both:
        mistake = AuditError(
            "The table's columns are stated twice.",
            found=f"`pipeline:` and `{both[0]}:`",
            expected="a fitted transformer, or the columns themselves",
            fix=f"delete `{both[0]}:`, or `pipeline:`",
        )
        yield ("data", "table", both[0]), mistake
    inputs: list[str] = []
    roles: dict[str, str] = {}
    for key in ("numeric", "categorical", "label", "id", "ignored"):
        given = table.get(key)
        names = [given] if isinstance(given, str) else [str(name) for name in given or ()] if _many(given) else []
        inputs += names if key in ("numeric", "categorical") else []
        for name in names:
            if roles.get(name, key) != key:
                mistake = AuditError(
                    f"The column `{shown(name)}` has two roles.",
                    found=f"{roles[name]} and {key}",
                    expected="one of numeric, categorical, label, id, ignored",
                    fix="delete it in one of the two places",
                )
                yield ("data", "table", key), mistake
            roles[name] = key
    order = [name for _, name in texts(values, "data", "table", "order")]
    for path, name in texts(values, "data", "table", "order"):
        if name not in inputs:
            yield unknown(path, name, "a numeric or categorical column of `data.table`", tuple(inputs))
    missing = [name for name in inputs if name not in order]
    if order and (missing or len(set(order)) != len(order)):
        found = f"without {shown(', '.join(missing))}" if missing else "a column twice"
        fix = "list every numeric and categorical column once, or delete `order:`"
        yield ("data", "table", "order"), AuditError("The order of the inputs is not complete.", found=found, fix=fix)


def _categories(values: Values) -> Iterator[Mistake]:
    columns = value_at(values, ("data", "table", "categorical"))
    for name in columns if isinstance(columns, Mapping) else ():
        path = ("data", "table", "categorical", str(name))
        short = isinstance(columns[name], list | tuple)
        listed = [text for _, text in texts(values, *path, *(() if short else ("values",)))]
        twice = [text for text in listed if listed.count(text) > 1]
        if twice:
            fix = "list each once: every category is one input of the model"
            yield path, AuditError(f"The category `{shown(twice[0])}` of `{shown(name)}` is listed twice.", fix=fix)
        missing = None if short else value_at(values, (*path, "missing"))
        if listed and isinstance(missing, str | int | float) and str(missing) not in listed:
            yield unknown((*path, "missing"), str(missing), f"a category of `{shown(name)}`", tuple(listed))


def _many(given: object) -> bool:
    return isinstance(given, list | tuple | Mapping)


def _label_names(values: Values) -> Iterator[Mistake]:
    names, classes = value_at(values, ("data", "label_names")), [name for _, name in texts(values, "model", "classes")]
    if not isinstance(names, Mapping) or not classes:
        return
    for said, name in names.items():
        if isinstance(name, str | int | float) and str(name) not in classes:
            mistake = AuditError(
                f"`{shown(name)}` is not one of `model.classes`.", found=shown(name), fix=did_you_mean(str(name), classes)
            )
            yield ("data", "label_names", str(said)), mistake


def _channels(values: Values) -> Iterator[Mistake]:
    image = value_at(values, ("data", "image"))
    if not isinstance(image, Mapping):
        return
    channels = _CHANNELS.get(word(values, "data", "image", "channels", default="rgb"), 3)
    for key in ("mean", "std"):
        given = texts(values, "data", "image", key)
        if given and len(given) not in (1, channels):
            mistake = AuditError(
                f"`data.image.{key}` does not fit the channels.",
                found=f"{len(given)} numbers",
                expected=f"one number, or {channels}, one per channel" if channels > 1 else "one number",
                fix="correct the list, or `channels:`",
            )
            yield ("data", "image", key), mistake
