"""Finish a WeasyPrint 70.0 document so that it is PDF/A-3a and PDF/UA-1 at once and can be signed later.

Each step repairs one thing a validator refused; the function is WeasyPrint's public `finisher`.
"""

from __future__ import annotations

from typing import Any

from auditor.report.pdf_streams import no_stream_ends_in_a_carriage_return, write_again_if_needed

SIGNATURE_FIELD = "AuditSignature"

_UA_IDENTIFIER = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>PDF/UA part number</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


def finish(document: Any, pdf: Any) -> None:
    """Repair the tree in place, just before it is written."""
    _identify(pdf)
    for item in pdf.objects:
        extra = getattr(item, "extra", None)
        if extra and "Interpolate" in extra:  # PDF/A forbids smoothing of pictures
            extra["Interpolate"] = "false"
    _attachments_once(pdf)
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    reachable = _reachable(pdf, root)
    numbers = _object(pdf, root["ParentTree"])["Nums"]
    _running_lines_are_artifacts(pdf, numbers, reachable)
    reachable.add(_signature_field(pdf, root, numbers))
    contents = {_number(_object(pdf, reference)["Contents"]) for reference in pdf.page_references}
    no_stream_ends_in_a_carriage_return(pdf, contents)
    elements: list[Any] = [item for item in pdf.objects if isinstance(item, dict) and item.get("Type") == "/StructElem"]
    for element in elements:
        # emptied, not freed: pydyf 0.13 writes wrong object-stream indexes after a freed object
        if element.number not in reachable:
            element.clear()
    write_again_if_needed(pdf)


def _number(reference: bytes) -> int:
    return int(reference.split()[0])


def _object(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[_number(reference)]


def _identify(pdf: Any) -> None:
    """Add the PDF/UA identifier with the extension schema PDF/A asks for; keep the metadata readable without a filter."""
    metadata = _object(pdf, pdf.catalog["Metadata"])
    metadata.stream[0] = metadata.stream[0].replace(b"</rdf:RDF>", _UA_IDENTIFIER + b"</rdf:RDF>")
    metadata.compress = False


def _attachments_once(pdf: Any) -> None:
    import pydyf

    if "AF" in pdf.catalog:  # every attachment is listed twice
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def _reachable(pdf: Any, root: Any) -> set[int]:
    found: set[int] = set()
    todo = [_number(kid) for kid in root["K"]]
    while todo:
        number = todo.pop()
        if number not in found:
            found.add(number)
            item = pdf.objects[number]
            kids = item.get("K", []) if isinstance(item, dict) else []
            todo.extend(_number(kid) for kid in kids if isinstance(kid, bytes))
    return found


def _running_lines_are_artifacts(pdf: Any, numbers: Any, reachable: set[int]) -> None:
    """Running heads and page numbers are marked as content of elements nobody can reach; mark them as pagination."""
    import pydyf

    for place, reference in enumerate(pdf.page_references):
        slots = numbers[2 * place + 1]
        orphans = {mark for mark, element in enumerate(slots) if _number(element) not in reachable}
        operators = _object(pdf, _object(pdf, reference)["Contents"]).stream if orphans else []
        for index, operator in enumerate(operators):
            if operator == b"BDC" and operators[index - 1].get("MCID") in orphans:
                operators[index - 2], operators[index - 1] = "/Artifact", pydyf.Dictionary({"Type": "/Pagination"})
        for mark in orphans:
            slots[mark] = "null"


def _signature_field(pdf: Any, root: Any, numbers: Any) -> int:
    """Add an empty, invisible, tagged signature field, so that signing later changes no structure. Returns its element."""
    import pydyf

    page = pdf.page_references[0]
    widget = pydyf.Dictionary(
        {
            "Type": "/Annot", "Subtype": "/Widget", "FT": "/Sig", "T": pydyf.String(SIGNATURE_FIELD), "F": 132,
            "TU": pydyf.String("Digital signature of this report"), "Rect": pydyf.Array([0, 0, 0, 0]),
            "P": page, "StructParent": len(numbers) // 2,
        }
    )  # fmt: skip
    pdf.add_object(widget)
    _object(pdf, page).setdefault("Annots", pydyf.Array()).append(widget.reference)
    pdf.catalog["AcroForm"] = pydyf.Dictionary({"Fields": pydyf.Array([widget.reference]), "SigFlags": 3})
    parent = _object(pdf, root["K"][0])
    form = pydyf.Dictionary({"Type": "/StructElem", "S": "/Form", "P": parent.reference, "Pg": page})
    pdf.add_object(form)
    link = pydyf.Dictionary({"Type": "/OBJR", "Obj": widget.reference, "Pg": page})
    pdf.add_object(link)
    form["K"] = pydyf.Array([link.reference])
    parent["K"].append(form.reference)
    numbers.extend([len(numbers) // 2, form.reference])
    return int(form.number)
