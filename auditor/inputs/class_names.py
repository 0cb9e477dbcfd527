"""From what files call a class (a label column, a folder) to its place in `model.classes`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from auditor.errors import AuditError, did_you_mean
from auditor.inputs.labels import UNKNOWN
from auditor.inputs.table_files import Cell, as_text
from auditor.plan.data_fields import TablePlan
from auditor.plan.text_fields import TextPlan

Labels = Sequence[int] | Sequence[int | tuple[int, ...]]
"""Of each row the index of its class (-1 unknown), or the indices of several."""

_INDEX = re.compile(r"-?[0-9]{1,9}")


def class_indices(
    said: Sequence[str | None], classes: Sequence[str], names: Mapping[str, str], where: str, unit: str = "row"
) -> list[int]:
    """Index of each row's class; -1 where it is not known.

    Args:
        said: what the data say; None is unknown.
        classes: `model.classes`.
        names: `data.label_names`.
        where: what holds them, for messages: "The column `income`".
        unit: what is counted, "row" or "folder".

    Raises:
        AuditError: a text that is neither a class name nor renamed, unless all texts are whole numbers: those are indices.
    """
    texts = [None if text is None else names.get(text, text) for text in said]
    counts = Counter(text for text in texts if text is not None)
    unknown = [text for text in counts if text not in classes]
    if not unknown:
        place = {name: index for index, name in enumerate(classes)}
        return [UNKNOWN if text is None else place[text] for text in texts]
    if all(_INDEX.fullmatch(text) for text in counts) and len(unknown) == len(counts):
        return [UNKNOWN if text is None else int(text) for text in texts]
    parts = {m: {part.strip() for text in unknown for part in text.split(m)} for m in "|;,/ "}
    mark = next((m for m, found in parts.items() if found - {""} and found - {""} <= set(classes)), "")
    several = f'; or, if these are several labels at once: `label_separator: "{mark}"` with `model.multi_label`' if mark else ""
    shown = ", ".join(f"{text[:60]!r} ({counts[text]:,} {unit}{'s' if counts[text] > 1 else ''})" for text in unknown[:5])
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    raise AuditError(
        f"{where} names classes that the model does not have.",
        found=shown + more,
        expected="names of `model.classes`, or an index in every one",
        fix=f"{did_you_mean(unknown[0][:60], classes)}; or say which class is meant: "
        f"`label_names: {{{unknown[0][:60]!r}: {classes[0]}}}` under `data:`{several}",
    )


def class_labels(
    cells: Sequence[Cell], plan: TablePlan | TextPlan, classes: Sequence[str], names: Mapping[str, str], where: str
) -> Labels:
    """What a label column says: one class a row, or, where the plan states a separator, several or none (an empty cell)."""
    mark = plan.label_separator
    if mark is None:
        return class_indices([as_text(cell, plan.missing) for cell in cells], classes, names, where)
    missing = [text for text in plan.missing if text]
    texts = [as_text(cell, missing) for cell in cells]
    parts = [[part.strip() for part in (text or "").split(mark) if part.strip()] for text in texts]
    flat = iter(class_indices([part for several in parts for part in several], classes, names, where))
    indices = [tuple(sorted({next(flat) for _ in several})) for several in parts]
    unknown = [text is None or UNKNOWN in several for text, several in zip(texts, indices, strict=True)]
    return [UNKNOWN if none else several for none, several in zip(unknown, indices, strict=True)]
