"""HTML to one PDF that is PDF/A-3a and PDF/UA-1, holds its own data, and is the same bytes every time."""

from __future__ import annotations

import contextlib
import datetime
import gc
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.report.pdf_finish import finish
from auditor.report.pdf_fonts import only_bundled_fonts
from auditor.report.pdf_speed import install as install_speed
from auditor.report.pdf_speed import page_of
from auditor.report.pdf_tags import install

INSTALL_PANGO = (
    "sudo apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    "  (Fedora: sudo dnf install pango; macOS: brew install pango)"
)
_EPOCH = 1767225600
"""1 January 2026: the date inside the file when SOURCE_DATE_EPOCH is not set. It is no statement about when the audit ran."""


class PangoMissing(Exception):
    """The libraries that set text are not installed; the text of the exception says how to install them."""


@dataclass(frozen=True)
class Attached:
    """A file inside the PDF, so that the pages can be checked against the data they were made from."""

    name: str
    description: str
    relationship: str
    """Data, Source or Supplement, as PDF/A-3 names them."""
    content: bytes


def file_date() -> datetime.datetime:
    """The date written into the file: SOURCE_DATE_EPOCH, else a fixed one."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.datetime.fromtimestamp(int(text) if text.isdigit() else _EPOCH, datetime.UTC)


def write_pdf(
    html: str,
    assets: Mapping[str, tuple[bytes, str]],
    attached: tuple[Attached, ...],
    fonts: tuple[bytes, ...] = (),
    ours: bool = True,
) -> bytes:
    """Lay out `html` and return the finished file.

    Args:
        html: a whole page; its resources are `asset:NAME` or data: URLs, everything else stops the rendering.
        assets: name -> (content, media type).
        attached: associated files.
        fonts: TrueType files that may be used beside the bundled ones.
        ours: whether the page was made by our own templates alone.

    Raises:
        PangoMissing: WeasyPrint cannot load pango.
        RuntimeError: WeasyPrint warned about anything: a page that is not what the template asked for is not handed out.
    """
    with only_bundled_fonts(fonts):
        weasyprint = _import()
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError

        configuration = FontConfiguration()
        install()
        install_speed()
        date = file_date()
        files = [
            weasyprint.Attachment(
                string=file.content, name=file.name, description=file.description,
                relationship=file.relationship, created=date, modified=date,
            )
            for file in attached
        ]  # fmt: skip
        with _warnings_are_errors(), no_garbage_collection():
            page = page_of(html, ours, _locked(assets))
            try:
                content = page.write_pdf(pdf_variant="pdf/a-3a", attachments=files, finisher=finish, font_config=configuration)
            except FatalURLFetchingError as blocked:  # a BaseException, so that no handler inside the layout swallows it
                raise RuntimeError(f"report.pdf: {blocked}") from blocked
    return bytes(content)


def _import() -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # WeasyPrint prints its own advice before it raises
            with contextlib.suppress(OSError), _by_exact_name():
                import weasyprint
            import weasyprint  # again, with the search, where the exact names were not enough
    except OSError as missing:
        raise PangoMissing(
            f"report.pdf was not written: the pango libraries are missing. Install them: {INSTALL_PANGO}"
        ) from missing
    return weasyprint


@contextlib.contextmanager
def _by_exact_name() -> Iterator[None]:
    """On Linux libraries have exact names; the search for inexact ones starts ldconfig, gcc and ld fifty times over."""
    import ctypes.util

    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = search


def _locked(assets: Mapping[str, tuple[bytes, str]]) -> Any:
    """A fetcher that serves only the given assets and data: URLs; a file, a network address or an unknown name is fatal."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class Locked(URLFetcher):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("asset:") and url[6:] in assets:
                content, media = assets[url[6:]]
                return URLFetcherResponse(url, content, {"Content-Type": media})
            if url.startswith("data:"):
                return super().fetch(url, headers)
            raise FatalURLFetchingError(f"blocked resource: {url[:200]}")

    return Locked()


@contextlib.contextmanager
def _warnings_are_errors() -> Iterator[None]:
    messages: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    handler = Collect(level=logging.WARNING)
    logger, subsetter = logging.getLogger("weasyprint"), logging.getLogger("fontTools")
    levels, handlers = (logger.level, subsetter.level), list(logger.handlers)
    logger.handlers[:] = [handler]
    logger.setLevel(logging.WARNING)
    subsetter.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ResourceWarning
            )  # WeasyPrint leaves its colour profile open for the interpreter to close
            yield
    finally:
        logger.handlers[:] = handlers
        logger.setLevel(levels[0])
        subsetter.setLevel(levels[1])
    if messages:
        raise RuntimeError("the layout of report.pdf is not as intended: " + "; ".join(dict.fromkeys(messages)))


@contextlib.contextmanager
def no_garbage_collection() -> Iterator[None]:
    """A document is made of millions of small objects that all live to the end: collecting in between costs a fifth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
