"""What is measured: five kinds of result. A number never stands without its sample and its interval, or why there is none."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from auditor.evidence.record import Record


class Interval(Record):
    """A confidence interval and how it was made."""

    low: float
    high: float
    level: float = Field(0.95, gt=0, lt=1, description="two-sided coverage level")
    how: str = Field(description="the procedure, for the reader: 'Wilson', 'bootstrap-t, 2000 resamples, seed 0'")


class Samples(Record):
    """Whom a result describes."""

    rows: int = Field(ge=0, description="evaluation rows (or cases) used")
    units: int = Field(
        ge=0, description="independent units among them (patients, documents); equals rows when none are declared"
    )
    population: str = Field(description="'all evaluated rows', 'selected cases, weighted to all evaluated rows', …")
    weighted: bool = Field(False, description="whether rows carry unequal weights")
    design_effect: float | None = Field(None, description="n·Σw²/(Σw)²; None when unweighted")


class _Result(Record):
    name: str = Field(description="the field's standard name: accuracy, deletion_auc, feature_ranking, …")
    slice: dict[str, str] = Field(
        default_factory=dict, description="what it is restricted to: {'method': …, 'class': …, 'fill': …}"
    )


class _Measured(_Result):
    unit: str = Field(description="fraction, probability, logit, nats, rank, count, …")
    samples: Samples
    protocol: str = Field("", description="id of the protocol (Report.protocols) it was made by; '' when its name says all")
    notes: tuple[str, ...] = ()


class Estimate(_Measured):
    """One number with its interval, or the reason there is none."""

    kind: Literal["estimate"] = "estimate"
    value: float
    interval: Interval | None = None
    no_interval: str = Field("", description="why there is no interval; '' exactly when there is one")

    @model_validator(mode="after")
    def _interval_or_reason(self) -> Estimate:
        if (self.interval is None) == (self.no_interval == ""):
            raise ValueError("an estimate has an interval, or a reason why it has none, never both")
        return self


class Curve(_Measured):
    """A mean curve over fractions, with a band."""

    kind: Literal["curve"] = "curve"
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] | None = Field(None, description="lower limit at each x; None: no band (see notes)")
    high: tuple[float, ...] | None = None
    x_name: str = Field(description="what x counts: 'fraction of features removed'")
    level: float = 0.95
    band: Literal["pointwise", "simultaneous"] = "pointwise"
    how: str = ""


class RankedFeature(Record):
    """One line of a ranking."""

    feature: str
    score: float = Field(description="weighted mean magnitude of the feature's attribution, in the ranking's unit")
    share: float = Field(description="score over the sum of all features' scores, a fraction")
    rank: int = Field(ge=1, description="rank of the point estimate, 1 = largest score")
    low: int = Field(ge=1, description="lowest rank compatible with the data (simultaneous 95 % interval)")
    high: int = Field(ge=1)
    cases: int | None = Field(None, description="cases that hold the feature, where features differ from case to case")


class Ranking(_Measured):
    """Features by importance with simultaneous rank intervals; the first 50 lines, the whole in `table`."""

    kind: Literal["ranking"] = "ranking"
    items: tuple[RankedFeature, ...]
    length: int = Field(description="number of features ranked")
    table: str = Field("", description="path of the whole ranking inside the run, '' if `items` holds all")
    how: str = Field(description="how the rank intervals were made")


class Table(_Measured):
    """Counts or numbers that belong together, such as a confusion matrix."""

    kind: Literal["table"] = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    table: str = ""


class NotEvaluated(_Result):
    """A gap in the evidence. Never written as 0, NaN or an absent key."""

    kind: Literal["not_evaluated"] = "not_evaluated"
    reason: str = Field(description="for the reader: 'insertion curves need a fill value; the plan gives none'")
    withheld: bool = Field(False, description="kept back so that nobody can be told from it, though it could be evaluated")


Result = Annotated[Estimate | Curve | Ranking | Table | NotEvaluated, Field(discriminator="kind")]
