"""The audited weight files as a signature of the model would name them, and the signature found beside them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from auditor.evidence.record import Record

SIGNATURE = "model.sig"


class SigningFacts(Record):
    """What was audited, as a signature of the model would name it, and the signature found beside it."""

    root_sha256: str = Field(description="OpenSSF model-signing root digest of the audited weight files")
    signature: Literal["none", "equal", "more", "differs", "unreadable"] = Field(
        description="`model.sig` beside the weights: equal: signed for exactly these files; more: for others too"
    )
    signature_sha256: str = Field("", description="of the signature file, '' without one")

    @property
    def said(self) -> str:
        """For the reader."""
        checked = "Who signed was not checked: `model_signing verify` does."
        return {
            "none": f"No {SIGNATURE} lies beside the weights.",
            "equal": f"The {SIGNATURE} beside the weights was made for exactly these files. {checked}",
            "more": f"The {SIGNATURE} beside the weights was made for these files and others. {checked}",
            "differs": f"The {SIGNATURE} beside the weights was made for other files: it does not speak of this model.",
            "unreadable": f"The {SIGNATURE} beside the weights cannot be read as a signature of a model.",
        }[self.signature]
