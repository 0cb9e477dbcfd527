"""Evaluation sets that are arrays: .npz and .npy files (never unpickled), and arrays already in memory."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.file_kinds import AGAIN, recognise

Array = np.ndarray[Any, np.dtype[Any]]

_COLUMNS = {"y": "label", "ids": "id", "unit": "unit"}
_NAMES = ("x", "y", "ids", "unit", "groups")


class ArrayRows:
    """Arrays as a map-style dataset of dicts, one per row."""

    def __init__(self, x: Array | Tensor, columns: Mapping[str, list[Any]], groups: Mapping[str, list[Any]]) -> None:
        self._x, self._columns, self._groups = x, columns, groups

    def __len__(self) -> int:
        return len(self._x)

    def __getitem__(self, row: int) -> dict[str, Any]:
        item: dict[str, Any] = {"input": self._x[row]}
        item.update((key, values[row]) for key, values in self._columns.items())
        item["groups"] = {name: values[row] for name, values in self._groups.items()}
        return item


def array_rows(arrays: Mapping[str, Any], where: str, classes: int) -> ArrayRows:
    """Rows of named arrays: x [n, …], and where known y, ids, unit [n], groups [n] (or structured), `groups.NAME` [n].

    Several labels are y [n, classes] of 0 and 1.
    """
    x = arrays["x"]
    if x.ndim < 2:
        raise AuditError(
            f"The inputs in {where} have no dimension besides the rows.",
            found=f"x of shape {list(x.shape)}",
            expected="[rows, …]: at least two dimensions",
            fix="give a single column its own dimension: x.reshape(-1, 1)",
        )
    columns: dict[str, list[Any]] = {}
    groups: dict[str, list[Any]] = {}
    for name, array in arrays.items():
        if name == "x" or array is None:
            continue
        if not isinstance(array, Tensor):
            array = np.asarray(array)
        _check_column(name, array, len(x), where, classes)
        if name in _COLUMNS:
            columns[_COLUMNS[name]] = list(array) if array.ndim == 2 else array.tolist()
        elif isinstance(array, np.ndarray) and array.dtype.names:
            groups.update((field, array[field].tolist()) for field in array.dtype.names)
        else:
            groups[name.removeprefix("groups.") if name != "groups" else "group"] = array.tolist()
    return ArrayRows(x, columns, groups)


def _check_column(name: str, array: Array | Tensor, rows: int, where: str, classes: int) -> None:
    if len(array) == rows and (array.ndim == 1 or (name == "y" and tuple(array.shape) == (rows, classes))):
        return  # a label per class is refused where the plan does not say `multi_label`
    fix = "give every array one entry per row of x"
    if array.ndim == 2 and name == "y":
        fix = "remove the extra dimension: y.reshape(-1)"
        if array.shape[1] > 1:
            fix = f"give one class per row, or with `multi_label: true` 0 or 1 for each of the {classes} classes"
    raise AuditError(
        f"`{name}` in {where} does not fit the inputs.",
        found=f"{name} of shape {list(array.shape)}, x with {rows:,} rows",
        expected=f"[{rows}], one entry per row",
        fix=fix,
    )


def read_arrays(path: Path, labels: Path | None) -> dict[str, Array]:
    """Arrays of an .npz by name, or an .npy as x with its labels as y, without ever unpickling.

    Raises:
        AuditError: not what its name says, damaged, Python objects, no x, or arrays of unknown names.
    """
    if _kind_of(path, (".npz", ".npy")) == "npz":
        if labels is None:
            return _load_npz(path)
        raise AuditError(
            "`data.labels` goes with an .npy file only.",
            found=f"{path.name} and {labels.name}",
            expected="labels as the array y inside the .npz",
            fix="leave `data.labels` out",
        )
    arrays = {"x": _load_npy(path)}
    if labels is not None and _kind_of(labels, (".npy",)):
        arrays["y"] = _load_npy(labels)
    return arrays


def _kind_of(path: Path, allowed: tuple[str, ...]) -> str:
    """The file's kind, which its ending must agree with."""
    kind, suffix = recognise(path), path.suffix.lower()
    if suffix in allowed and kind.name == suffix[1:]:
        return kind.name
    fix = "save it with numpy.savez(path, x=…, y=…), or read it in a factory that returns a torch.utils.data.Dataset"
    if allowed == (".npy",):
        fix = "save the labels with numpy.save(path, y)"
    elif f".{kind.name}" in allowed:
        fix = f"rename it so that it ends in .{kind.name}"
    raise AuditError(
        f"`{path.name}` is not a data file that can be read.",
        found=kind.words,
        expected=f"an {suffix} file, as its name says"
        if suffix in allowed
        else f"an {' or '.join(allowed)} file of NumPy arrays" + (", or a .csv or .parquet table" if ".npz" in allowed else ""),
        fix=kind.fix or fix,
    )


def _load_npy(path: Path) -> Array:
    try:
        # Mapped, so that a header that promises more than the file holds is refused before memory is reserved.
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except Exception as problem:  # NumPy's reader raises many types on foreign bytes
        raise _unreadable(path, "", problem) from problem


def _load_npz(path: Path) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    name = ""
    try:
        with warnings.catch_warnings(), np.load(path, allow_pickle=False) as archive:
            warnings.simplefilter("ignore")  # headers written by Python 2
            _check_names(path, archive.files)
            for name in archive.files:
                arrays[name] = archive[name]
                if not isinstance(arrays[name], np.ndarray):
                    raise ValueError("an entry that is not an .npy file")
    except AuditError:
        raise
    except Exception as problem:
        raise _unreadable(path, name, problem) from problem
    return arrays


def _check_names(path: Path, names: list[str]) -> None:
    unknown = [name for name in names if name not in _NAMES and not name.startswith("groups.")]
    if "x" in names and not unknown:
        return
    near = [(name, close[0]) for name in unknown if (close := difflib.get_close_matches(name, _NAMES, n=1, cutoff=0.4))]
    fix = "save it again with numpy.savez(path, x=…, y=…) and without other arrays"
    raise AuditError(
        f"The arrays in `{path.name}` are not named as expected.",
        found=", ".join(names[:12]) or "no arrays",
        expected="x, and where known y, ids, unit, groups or groups.NAME",
        fix=f"{fix}; did you mean `{near[0][1]}` for `{near[0][0]}`?" if near else fix,
    )


def _unreadable(path: Path, name: str, problem: Exception) -> AuditError:
    place = f"the array `{name}` of `{path.name}`" if name else f"`{path.name}`"
    if "allow_pickle" in str(problem) or "Object arrays" in str(problem) or "Python objects" in str(problem):
        return AuditError(
            f"{place[0].upper()}{place[1:]} holds Python objects; reading them could run code hidden in the file.",
            found="an array of type object",
            expected="numbers, or text of fixed width",
            fix="save it with a plain type: x.astype('float32'), y.astype('int64'), ids.astype('U')",
        )
    reason = (str(problem).splitlines() or [""])[0][:200]
    return AuditError(
        f"{place[0].upper()}{place[1:]} is damaged or cut short.",
        found=f"{path.stat().st_size:,} bytes; {type(problem).__name__}: {reason}",
        expected="a complete file of NumPy arrays",
        fix=AGAIN,
    )
