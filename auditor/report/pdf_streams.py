"""Streams of a PDF: deflated once, and never with a carriage return as their last byte.

Such a byte reads as a longer line end to strict checkers.
"""

from __future__ import annotations

import contextlib
import io
import zlib
from collections.abc import Collection, Iterator
from typing import Any

_ENDS_BADLY = b"\r\nendstream"
_LEVEL = 6
"""Level 9, pydyf's, takes two and a half times as long for a file that is 3 % smaller."""


def no_stream_ends_in_a_carriage_return(pdf: Any, contents: Collection[int]) -> None:
    """Deflate every stream of a document.

    Args:
        pdf: the document.
        contents: numbers of the pages' contents, where white space at the end moves the bytes.
    """
    import pydyf

    for item in pdf.objects:
        if isinstance(item, pydyf.Stream):
            _deflate(item, item.number in contents)
            if item.data.endswith(_ENDS_BADLY):
                _as_hexadecimal(item)


def _deflate(stream: Any, spaced: bool = False) -> None:
    """Keep a stream deflated: writing the file asks for its bytes twice, and pydyf would deflate it each time."""
    if not stream.compress:
        if spaced and stream.data.endswith(_ENDS_BADLY):
            stream.stream.append(b"")
        return
    stream.compress = False
    content = _content(stream.data)
    deflated = zlib.compress(content, _LEVEL)
    while spaced and deflated.endswith(b"\r"):
        content += b"\n"
        deflated = zlib.compress(content, _LEVEL)
    stream.extra["Filter"] = "/FlateDecode"
    stream.stream = [deflated]


def _content(data: bytes) -> bytes:
    return data.partition(b"stream\n")[2].removesuffix(b"\nendstream")


def _as_hexadecimal(stream: Any) -> None:
    """Wrap a stream (a picture, a font; one in 256 is concerned) in a second filter whose last byte is '>'."""
    import pydyf

    before = stream.extra.get("Filter")
    stream.stream = [_content(stream.data).hex().encode() + b">"]
    stream.extra["Filter"] = pydyf.Array(["/ASCIIHexDecode", *([before] if before else [])])
    if "DecodeParms" in stream.extra:
        stream.extra["DecodeParms"] = pydyf.Array(["null", stream.extra["DecodeParms"]])


def write_again_if_needed(pdf: Any) -> None:
    """The two streams that hold objects and offsets exist only once written: where one ends in CR, add an unused object."""
    import pydyf

    write, kept = pdf.write, len(pdf.objects)

    def checked(output: Any, *arguments: Any) -> None:
        while True:
            sink = io.BytesIO()
            pdf.current_position = 0
            with _worked_out_once():
                write(sink, *arguments)
            if _ENDS_BADLY not in sink.getvalue():
                output.write(sink.getvalue())
                return
            spares = sum(1 for item in pdf.objects[kept:] if isinstance(item, dict) and "Spare" in item)
            del pdf.objects[kept:]
            for number in range(spares + 1):
                pdf.add_object(pydyf.Dictionary({"Spare": number}))

    pdf.write = checked


@contextlib.contextmanager
def _worked_out_once() -> Iterator[None]:
    """Writing a file asks every object for its bytes twice, for their place and for the file's identifier: they are kept."""
    import pydyf

    plain = {kind: kind.data for kind in (pydyf.Stream, pydyf.Dictionary)}
    made: dict[int, tuple[Any, Any]] = {}

    def stream(item: Any) -> Any:
        _deflate(item)
        return plain[pydyf.Stream].fget(item)

    def dictionary(item: Any) -> Any:
        if id(item) not in made:
            made[id(item)] = item, plain[pydyf.Dictionary].fget(item)
        return made[id(item)][1]

    pydyf.Stream.data, pydyf.Dictionary.data = property(stream), property(dictionary)
    try:
        yield
    finally:
        for kind, data in plain.items():
            kind.data = data
