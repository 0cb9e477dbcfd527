"""Make WeasyPrint see the bundled fonts and no others, so that a page looks the same, byte for byte, on every machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from auditor.report.templates import fonts


@contextmanager
def only_bundled_fonts(more: tuple[bytes, ...] = ()) -> Iterator[None]:
    """Point fontconfig at the bundled fonts while WeasyPrint is imported and its font configuration is made.

    `@font-face` alone would still let missing characters fall back to fonts of the system.

    Args:
        more: TrueType files of the user that are seen beside them.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory(prefix="auditor-fonts-") as folder:
        configuration = Path(folder, "fonts.conf")
        own = Path(folder, "own")
        own.mkdir()
        for number, content in enumerate(more):
            (own / f"{number}.ttf").write_bytes(content)
        configuration.write_text(
            f"<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
            f"<dir>{escape(str(fonts()[0].parent))}</dir><dir>{escape(str(own))}</dir><cachedir>{escape(folder)}/cache</cachedir></fontconfig>",
            encoding="utf-8",
        )
        os.environ["FONTCONFIG_FILE"] = str(configuration)
        try:
            yield
        finally:
            if before is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = before
