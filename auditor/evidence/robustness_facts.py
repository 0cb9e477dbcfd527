"""What an audit asked about corrupted rows, fixed before any was made."""

from __future__ import annotations

from pydantic import Field

from auditor.evidence.record import Record

SHEET = "exemplars/corruptions.npz"
"""Where a run keeps one image undisturbed and under each corruption: arrays `image:` and `image:<name>:<severity>`."""


class CorruptionFacts(Record):
    """One listed disturbance of raw samples; its predictions are stored as variant `corruption:<name>:<severity>`."""

    name: str
    title: str
    said: str = Field(description="what is done, for the reader; {} stands for the amount")
    amounts: dict[str, str] = Field(description="severity -> amount, as it is printed")
    source: str = Field("", description="'' where it is a convention of this tool")
    reason: str = Field("", description="why it could not be made of these data; '' where it could")


class RobustnessFacts(Record):
    """What the model was asked about corrupted rows: every corruption and severity on the same rows."""

    rows: int = Field(description="rows corrupted")
    drawn_from: int = Field(description="evaluated rows they were drawn from, without replacement and by a seeded order")
    severities: tuple[int, ...]
    corruptions: tuple[CorruptionFacts, ...]

    @property
    def stored(self) -> int:
        """Rows that table `predictions` has of them."""
        return self.rows * len(self.severities) * sum(not one.reason for one in self.corruptions)
