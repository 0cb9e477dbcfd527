"""Where a command writes one file, as the user named it: a slash at the end, or a folder that is there, names a folder."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.errors import AuditError


def file_of(named: str, usual: str = "") -> Path:
    """The file to write.

    Args:
        named: as it was typed; a `Path` would have lost the slash.
        usual: the file's name in a folder; '': a folder is refused.

    Raises:
        AuditError: a folder was named where a file is needed.
    """
    path = Path(named)
    if not (named.endswith(("/", os.sep)) or path.is_dir()):
        return path
    if not usual:
        raise AuditError(
            "A file is needed to write to, not a folder.",
            found=named,
            expected="the name of a file",
            fix=f"put the name behind the folder: {path / 'NAME'}",
        )
    return path / usual
