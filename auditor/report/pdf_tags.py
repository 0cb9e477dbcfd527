"""What WeasyPrint 70.0 leaves out of the tag tree: scope of header cells, language per element, notes, formulas, contents list.

There is no public hook, so `install` wraps the private function that builds the tree; WeasyPrint is
pinned exactly for that reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_ROLES = {"doc-footnote": "Note", "doc-noteref": "Reference", "math": "Formula", "doc-toc": "TOC"}


def install() -> None:
    """Wrap WeasyPrint's tag builder; a second call does nothing."""
    from weasyprint.pdf import tags

    original = tags._build_box_tree
    if getattr(original, "completed", False):
        return

    def build(box: Any, parent: Any, pdf: Any, *rest: Any) -> Iterator[Any]:
        for element in original(box, parent, pdf, *rest):
            _complete(element, getattr(box, "_box", box), pdf)
            yield element

    build.completed = True  # type: ignore[attr-defined]
    tags._build_box_tree = build


def _complete(element: Any, box: Any, pdf: Any) -> None:
    import pydyf

    source = box.element
    if source is None or "::" in (box.element_tag or "") or element["S"] == "/NonStruct":
        return
    if source.get("lang") and source.tag not in ("html", "body"):
        element["Lang"] = pydyf.String(source.get("lang"))
    if element["S"] == "/TH":
        attributes = element.setdefault("A", pydyf.Dictionary({"O": "/Table"}))
        attributes["Scope"] = "/Row" if source.get("scope") == "row" else "/Column"
    role = _ROLES.get(source.get("role"))
    if role == "TOC":
        _contents_list(element, pdf)
    elif role and element["S"] != "/Link":
        element["S"] = f"/{role}"
        if role == "Note":
            element["ID"] = pydyf.String(f"note-{element.number}")
        if role == "Formula" and source.get("alt"):
            element["Alt"] = pydyf.String(source.get("alt"))


def _contents_list(element: Any, pdf: Any) -> None:
    """<ul role=doc-toc>: L, LI, LBody become TOC, TOCI, Reference (a TOC that holds LI is an error)."""
    element["S"] = "/TOC"
    for item in _children(element, pdf):
        if item["S"] == "/LI":
            item["S"] = "/TOCI"
            for body in _children(item, pdf):
                if body["S"] == "/LBody":
                    body["S"] = "/Reference"


def _children(element: Any, pdf: Any) -> list[Any]:
    return [pdf.objects[int(kid.split()[0])] for kid in element["K"] if isinstance(kid, bytes)]
