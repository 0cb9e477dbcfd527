"""Every key of an audit plan, typed. Unknown keys are refused; `auditor schema plan` prints this as JSON Schema.

Evidence depends on all of it but `gates`, `verdict`, `declared`, `frameworks`, `report` and the descriptions: `evidence_part`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from auditor.plan.data_fields import DataPlan as DataPlan
from auditor.plan.data_fields import FeaturesPlan as FeaturesPlan
from auditor.plan.declared_fields import Declared as Declared
from auditor.plan.fill_fields import FillOptions as FillOptions
from auditor.plan.framework_fields import FrameworkChoice as FrameworkChoice
from auditor.plan.group_fields import DisclosurePlan, Intersection, OperatingPoint
from auditor.plan.model_fields import ModelPlan as ModelPlan
from auditor.plan.model_fields import Weights as Weights
from auditor.plan.part import ClassName, Name, or_text
from auditor.plan.part import Part as Part
from auditor.plan.previous_fields import Previous as Previous
from auditor.plan.robustness_fields import RobustnessPlan as RobustnessPlan
from auditor.plan.sample_fields import Samples
from auditor.plan.sample_fields import Sequential as Sequential
from auditor.plan.trust_fields import TrustPlan as TrustPlan
from auditor.plan.trust_fields import VerdictPlan as VerdictPlan
from auditor.plan.waiver_fields import Waiver as Waiver

Option = str | int | float | bool | None


def short_method(value: Any) -> Any:
    """`saliency` is short for `{name: saliency}`, `{occlusion: {size: 2}}` for `{name: occlusion, options: {size: 2}}`."""
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict) and len(value) == 1 and not {"name", "options"} & set(value):
        name, options = next(iter(value.items()))
        return {"name": name, "options": {} if options is None else options}
    return value


class Primary(Part):
    """The primary analysis: fixed beforehand, shown on page one."""

    method: str = "integrated_gradients"
    fill: str | None = Field(
        None, description="None: the modality's default (images mean, tables marginal, text mask_token, series mean)"
    )
    score: Literal["probability", "logit", "log_odds"] = "probability"
    steps: int = Field(20, ge=2, le=1000)


class Reference(Part):
    """Rows of the evaluation set that the mean fill and backgrounds are made from."""

    rows: int = Field(1000, ge=1)
    draws: int = Field(
        10, ge=1, le=1000, description="backgrounds per case of the fills marginal and noise, so model rows per coalition"
    )


class MethodPlan(Part):
    """One attribution method with its options."""

    model_config = ConfigDict(json_schema_extra=or_text)

    name: Name
    options: dict[str, Option] = Field(default_factory=dict)

    _short = model_validator(mode="before")(short_method)


class Gate(Part):
    """A bound on one result, set before the run."""

    result: Name = Field(description="name of a result, such as accuracy")
    slice: dict[str, ClassName] = Field(
        default_factory=dict, description="such as {class: cat}; {class: worst}, or nothing: the worst class"
    )
    at_least: float | None = None
    at_most: float | None = None
    equals: ClassName | None = Field(
        None, description="of a digest such as model_sha256, or a count such as excluded_rows: the one value it must have"
    )
    decide: Literal["worst", "point"] = Field("worst", description="on the whole interval, or on the value (needs a reason)")
    reason: str = ""
    chosen_by: str = ""


class ReportPlan(Part):
    """How the report is laid out; the evidence does not depend on it."""

    title: str = ""
    language: Literal["en", "zh"] = "en"
    paper: Literal["A4", "Letter"] = "A4"
    profile: Literal["full", "summary"] = Field("full", description="summary: at most four pages")
    templates: str | None = Field(None, description="folder with templates of your own, relative to the plan")


class AuditPlan(Part):
    """The whole plan, `audit.yaml`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    model: ModelPlan
    data: DataPlan
    methods: tuple[MethodPlan, ...] = Field(min_length=1, description="a name, or {name, options}")
    fills: tuple[str, ...] = Field((), description="fills of the curves; the primary one is always among them")
    protocols: tuple[str, ...] = Field(
        (), description="curves by other tools' definitions too, for comparison: rise-2018, torch-cam, xplique-10; images only"
    )
    constant: float = Field(0.0, description="value of the fill `constant`, in the tensor the model receives")
    fill_options: FillOptions = FillOptions()
    primary: Primary = Primary()
    samples: Samples = Field(
        500, description="cases selected for explanation: a number, or a rule that ends when an interval is narrow enough"
    )
    trust: TrustPlan = TrustPlan()
    verdict: VerdictPlan = VerdictPlan()
    robustness: RobustnessPlan | None = Field(None, description="accuracy under listed corruptions; null: not examined")
    seed: int = Field(0, ge=0)
    unit: str | None = Field(None, description="column of the independent unit: patient, customer, document")
    sampling: Literal["simple", "by_label", "by_group", "unknown"] = "unknown"
    prevalence: dict[str, float] | None = Field(None, description="class -> share in the population of use")
    reference: Reference = Reference()
    seen_in_training: Literal["no", "yes", "unknown"] = "unknown"
    groups: tuple[str, ...] = ()
    intersections: tuple[Intersection, ...] = Field((), description="combinations of `groups` that are compared too")
    operating_point: OperatingPoint | None = Field(None, description="class, threshold and costs of a decision; null: none")
    disclosure: DisclosurePlan = Field(DisclosurePlan(), description="small groups that are withheld")
    examples: Literal["none", "redacted", "full"] = Field(
        "redacted",
        description="single rows in the run and its report. none: no case is shown; redacted: cases by hashed id with label, "
        "prediction and first features, but no input, text, map or list of errors; full: all of it (docs/privacy.md)",
    )
    declared: dict[str, Declared] = Field(default_factory=dict, description="intended_purpose, human_oversight, … -> statement")
    frameworks: tuple[FrameworkChoice, ...] = Field(
        (), max_length=30, description="whose clauses the report lists evidence for: an id, or {id or file, applicability}"
    )
    gates: tuple[Gate, ...] = ()
    previous: Previous | None = Field(None, description="the audit of the release before; null: compared with none")
    waivers: tuple[Waiver, ...] = Field((), description="gates that people accept as not met, for a time")
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    rows: Literal["auto"] | Annotated[int, Field(ge=1)] = Field("auto", description="rows of every model call")
    threads: Literal["auto"] | Annotated[int, Field(ge=1)] = "auto"
    report: ReportPlan = ReportPlan()

    @property
    def most_samples(self) -> int:
        """Samples explained at most; of a rule without `most` a number no data reach."""
        return self.samples if isinstance(self.samples, int) else self.samples.most or 10**9

    def with_samples(self, samples: int) -> AuditPlan:
        """The plan with a number in the place of a rule: what it came to, or may come to."""
        return self.model_copy(update={"samples": samples})
