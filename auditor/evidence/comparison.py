"""comparison.json: what differs between two finished audits of the same task, sample by sample where they share samples."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from auditor.evidence.record import Record, canonical_json, sha256
from auditor.evidence.results import Estimate, NotEvaluated

Verdict = Literal["no regression shown", "regression", "inconclusive", "not evaluated"]


FILES = ("comparison.json", "comparison.html", "comparison.pdf")
"""What a comparison consists of, beside its manifest: record, page, PDF."""

EXTREMES = "smallest and largest value"
"""What a difference of the data is called that tells single inputs of tables, series and texts."""


class Side(Record):
    """One of the two audits, as its own report describes it."""

    report_id: str = Field(description="'' of the audit whose own report holds the comparison")
    model: str = Field(description="name and version, as declared")
    model_sha256: str
    data: str = Field(description="name and version, as declared")
    data_sha256: str = Field(description="of the decoded tensors and labels, in order")
    plan: str = Field(description="name of the plan")
    plan_sha256: str
    thresholds_sha256: str
    rows: int = Field(description="evaluated rows")
    auditor: str = Field(description="version of the program that made its evidence")


class Pairing(Record):
    """Which samples the two audits share."""

    by: Literal["id and content", "content", "id"]
    pairs: int = Field(description="samples evaluated in both; every difference rests on these")
    labelled: int = Field(description="of these, with a known label in both")
    only_old: int = Field(description="evaluated in the old audit, without a partner")
    only_new: int
    other_content: int = Field(description="same id in both, but another input or label: not paired unless matched by id")
    lost: int = Field(0, description="shared samples evaluated in one audit only: the other one excluded them")


class Change(Record):
    """One result that both audits have, on the samples they share."""

    name: str
    slice: dict[str, str]
    unit: str
    old: float | None = Field(description="on the shared samples; None where it cannot be computed")
    new: float | None
    difference: Annotated[Estimate | NotEvaluated, Field(discriminator="kind")] = Field(
        description="new minus old, paired: its interval comes from the differences of the same samples"
    )
    better: Literal["higher", "lower", ""] = Field(description="which way is an improvement; '' where neither is")
    equal: bool = Field(False, description="not one shared sample differs in it")
    p_value: float | None = Field(None, description="two accuracies: exact McNemar test, two-sided")
    margin: float | None = Field(None, description="largest loss accepted, in the result's unit; None: not judged")
    outcome: Verdict | Literal[""] = Field("", description="'' where no margin is stated")
    statement: str = ""
    next_step: str = ""


class Beside(Record):
    """A result of both reports that has no paired difference: both values as each report has them."""

    name: str
    slice: dict[str, str]
    unit: str
    old: float
    new: float


class Flip(Record):
    """One sample whose prediction turned from right to wrong, or back."""

    sample_id: str
    label: str
    old: str = Field(description="predicted class (several labels: all predicted ones, with commas)")
    new: str
    old_confidence: float
    new_confidence: float


class Flips(Record):
    """Predictions of the shared samples."""

    same: int = Field(description="both audits predict the same")
    to_wrong: int = Field(description="right in the old, wrong in the new audit")
    to_right: int
    other_wrong: int = Field(description="wrong in both, but predicted otherwise")
    unlabelled: int = Field(description="predicted otherwise, label unknown")
    largest: float = Field(description="largest difference of a stored logit; 0: every output is equal, bit by bit")
    examples_to_wrong: tuple[Flip, ...] = Field(description="highest confidence of the new audit first")
    examples_to_right: tuple[Flip, ...] = Field(description="highest confidence of the old audit first")
    withheld: str = Field("", description="why no example is listed, '' where they are")


class MovedFeature(Record):
    """A feature that entered or left the first places of a class."""

    feature: str
    old: tuple[int, int, int] | None = Field(description="rank and its simultaneous interval; None: not among those stored")
    new: tuple[int, int, int] | None
    sure: bool = Field(description="the two rank intervals do not overlap")


class RankChange(Record):
    """The first features of one class under one method, before and now."""

    method: str
    of: str = Field(description="the class")
    top: int = Field(description="how many first places are compared; 0 where they cannot be")
    kept: int
    gained: tuple[MovedFeature, ...]
    lost: tuple[MovedFeature, ...]
    reason: str = Field("", description="why they cannot be compared, '' where they are")


class GateChange(Record):
    """A gate whose outcome, bound or existence differs."""

    gate: str = Field(description="'Recall (class 3)'")
    old: str = Field(description="status word and bound; 'no such gate'")
    new: str


class Differs(Record):
    """One fact that differs: 'rows evaluated', '2,000', '1,998'."""

    what: str
    old: str
    new: str


class Comparison(Record):
    """comparison.json. Its id is the SHA-256 of its canonical JSON."""

    schema_version: str = "1"
    old: Side
    new: Side
    pairing: Pairing
    outcome: Verdict = Field(description="the worst of the judged results")
    unchanged: bool = Field(description="model, data, plan, thresholds, gates and every output are equal")
    margins: dict[str, float] = Field(description="result -> largest loss accepted")
    margins_from: str = Field(description="who stated them: 'the command line', 'default of the tool (convention)'")
    summary: tuple[str, ...] = Field(description="what changed, in sentences, most important first")
    methods: dict[str, str] = Field(
        default_factory=dict, description="name of a method in either audit -> its name for the reader"
    )
    changes: tuple[Change, ...]
    beside: tuple[Beside, ...]
    flips: Flips
    rankings: tuple[RankChange, ...]
    gates: tuple[GateChange, ...]
    model: tuple[Differs, ...]
    data: tuple[Differs, ...]
    plan: tuple[str, ...] = Field(description="each key that differs, as 'primary.steps: 20, now 10'")
    versions: tuple[Differs, ...]

    @property
    def id(self) -> str:
        """SHA-256 of canonical comparison.json."""
        return sha256(canonical_json(self))
