"""From what files call a class (a label column, a folder) to its place in `model.classes`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from auditor.errors import AuditError, did_you_mean
from auditor.inputs.items import UNKNOWN

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
    shown = ", ".join(f"{text[:60]!r} ({counts[text]:,} {unit}{'s' if counts[text] > 1 else ''})" for text in unknown[:5])
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    raise AuditError(
        f"{where} names classes that the model does not have.",
        found=shown + more,
        expected="names of `model.classes`, or an index in every one",
        fix=f"{did_you_mean(unknown[0][:60], classes)}; or say which class is meant: "
        f"`label_names: {{{unknown[0][:60]!r}: {classes[0]}}}` under `data:`",
    )
