"""What a signature of a model says of the audited one; reading it is `auditor.evidence.model_signing`'s."""

from __future__ import annotations

from auditor.errors import AuditError, VerificationError
from auditor.evidence.facts import FileFact
from auditor.evidence.model_signing import PREDICATE as PREDICATE
from auditor.evidence.model_signing import Signed, root_of, weight_files
from auditor.evidence.model_signing import read_signature as read_signature
from auditor.report.record import Report


def weights(report: Report) -> tuple[FileFact, ...]:
    """The weight files that were audited, by name."""
    return weight_files(report.prepared.files)


def root_digest(report: Report) -> str:
    """Root digest of the weight files, as a signature over exactly these has it; '' where the model came from no file."""
    return root_of(report.prepared.files)


def compare(report: Report, signed: Signed) -> str:
    """What the signature says of the audited model, in a sentence.

    Raises:
        AuditError: the model came from no file, so there is nothing to compare.
        VerificationError: a weight file that was audited is not among the signed ones.
    """
    if not weights(report):
        raise AuditError(
            "There is nothing a signature could be compared with.",
            found="a model without a weight file (it was built in memory)",
            expected="a plan with `model.weights`",
            fix="audit the model from its weight file",
        )
    digests = {digest for _, digest in signed.resources}
    missing = [file.name for file in weights(report) if file.sha256 not in digests]
    if missing:
        raise VerificationError([f"{name}: not among the files that {signed.name} was signed with" for name in missing])
    same = "exactly these files were signed" if signed.root == root_digest(report) else "other files were signed beside them"
    return (
        f"The audited weights are those of the signed model {signed.name} ({same}); root digest {signed.root}. "
        "Who signed was not checked: `model_signing verify` does."
    )
