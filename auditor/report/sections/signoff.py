"""Section: who reviewed the report, empty until somebody signs."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.material import Material

KIND = "Sign-off"
TITLE = "Who reviewed it, and to what conclusion?"


@dataclass(frozen=True)
class Signoff:
    """Empty fields for a person."""

    state: str
    """That nobody has signed."""
    fields: tuple[str, ...]
    """Names of the fields, in the order in which they are filled."""
    remarks: tuple[str, ...]


def context(material: Material) -> Signoff:
    """The same fields for every report; nothing in the record fills them."""
    return Signoff(
        state="Nobody has signed this report.",
        fields=(
            "Full name",
            "Role",
            "Organisation",
            "Relation to the developer",
            "Conclusion",
            "Conditions",
            "Date",
            "Signature",
        ),
        remarks=(
            "Role and relation as stated by the signer; not verified.",
            "A conclusion is a person's, drawn after reading the report; the tool never gives one.",
            f"It holds for the report whose id is printed in section {material.sections['provenance']}, and for no other.",
        ),
    )
