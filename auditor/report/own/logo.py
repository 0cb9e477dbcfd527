"""A logo from a user's file: PNG and JPEG are decoded and written again, an SVG is rebuilt from harmless parts."""

from __future__ import annotations

import io
import re
import warnings
from xml.etree import ElementTree

from auditor.errors import AuditError

MOST_BYTES = 1_000_000
MOST_PIXELS = 4_000_000
MOST_ELEMENTS, MOST_DEPTH = 3_000, 40

_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset({
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs", "linearGradient", "radialGradient",
    "stop", "clipPath", "title", "desc",
})  # fmt: skip
_ATTRIBUTES = frozenset({
    "id", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height", "viewBox",
    "points", "transform", "fill", "fill-rule", "fill-opacity", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "stroke-dasharray", "stroke-opacity", "opacity", "offset", "stop-color", "stop-opacity",
    "gradientUnits", "gradientTransform", "spreadMethod", "clip-path", "clip-rule", "clipPathUnits", "preserveAspectRatio",
    "version", "style", "color",
})  # fmt: skip
_IGNORED = frozenset({"class", "data-name"})
_REFERENCE = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)


def read_logo(content: bytes, name: str) -> tuple[bytes, str]:
    """The picture as it goes into the document, and its media type; told by content, not by name.

    Raises:
        AuditError: too large, no picture, or an SVG with anything but shapes and colours.
    """
    if len(content) > MOST_BYTES:
        raise _refused(name, f"{len(content):,} bytes", f"at most {MOST_BYTES:,} bytes", "export it smaller")
    if content.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return _raster(content, name), "image/png"
    return _vector(content, name), "image/svg+xml"


def _raster(content: bytes, name: str) -> bytes:
    """PNG or JPEG as a plain PNG: no metadata, no profile, nothing after the end of the picture."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    size = f"{picture.width} × {picture.height} pixels"
                    raise _refused(name, size, f"at most {MOST_PIXELS:,} pixels", "export it smaller")
                plain = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    except AuditError:
        raise
    except Exception as error:  # whatever a damaged picture makes of the decoder
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise _refused(name, reason, "a PNG or JPEG that can be read", "export it again") from error
    sink = io.BytesIO()
    Image.frombytes(plain.mode, plain.size, plain.tobytes()).save(sink, "PNG", optimize=False)
    return sink.getvalue()


def _vector(content: bytes, name: str) -> bytes:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(name, "neither PNG, JPEG nor UTF-8 text", "PNG, JPEG or SVG", "export it again") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text or re.search(r"<\?(?!xml\s)", text):
        raise _refused(
            name, "a document type, an entity or an instruction", "plain SVG", "save it as plain SVG, without a DOCTYPE"
        )
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise _refused(name, f"not readable as SVG ({error})"[:160], "SVG, PNG or JPEG", "export it again") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise _refused(name, f"its first element is {root.tag[:60]}", "an <svg> element with its namespace", "export it as SVG")
    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise _refused(name, f"more than {MOST_ELEMENTS:,} elements", "a simple drawing", "simplify it, or use a PNG")
    if not (root.get("viewBox") or (root.get("width") and root.get("height"))):
        raise _refused(name, "no size", "a viewBox, or width and height", "export it with its size")
    _keep_harmless(root, name)
    ElementTree.register_namespace("", _SVG)
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def _keep_harmless(element: ElementTree.Element, name: str, depth: int = 0) -> None:
    """Refuse whatever could run, fetch or grow; drop what editors write for themselves."""
    if depth > MOST_DEPTH:
        raise _refused(name, f"elements nested more than {MOST_DEPTH} deep", "a simple drawing", "simplify it, or use a PNG")
    for child in list(element):
        foreign = child.tag.startswith("{") and not child.tag.startswith(f"{{{_SVG}}}")
        if foreign or child.tag == f"{{{_SVG}}}metadata":
            element.remove(child)  # editors' own data
            continue
        _keep_harmless(child, name, depth + 1)
    tag = element.tag.removeprefix(f"{{{_SVG}}}")
    if tag not in _ELEMENTS:
        fix = "turn text into paths and remove the rest, or use a PNG"
        raise _refused(name, f"the element <{tag[:40]}>", "shapes, gradients and clip paths only", fix)
    for key, value in list(element.attrib.items()):
        local = key.rpartition("}")[2]
        if (key.startswith("{") and local != "href") or local in _IGNORED:
            del element.attrib[key]
        elif local not in _ATTRIBUTES or _REFERENCE.search(value) or "@" in value or "\\" in value or "expression" in value:
            raise _refused(
                name, f"{local[:40]}={value[:60]!r} in <{tag}>", "no scripts and no references", "remove it, or use a PNG"
            )


def _refused(name: str, found: str, expected: str, fix: str) -> AuditError:
    return AuditError(f"The logo {name} cannot be used.", found=found, expected=expected, fix=fix)
