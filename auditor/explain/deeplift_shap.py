"""DeepLIFT-SHAP: DeepLIFT averaged over baselines drawn from the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.errors import AuditError
from auditor.explain._captum import rescaled
from auditor.explain._context import Attribution, Context
from auditor.explain._sampling import background, drawn_rows


@dataclass(frozen=True)
class DeepLiftShap:
    """Lundberg & Lee, 2017, section 4.2 (https://arxiv.org/abs/1705.07874): the mean of DeepLIFT over baselines, here through
    Captum, `baselines` different reference rows per case.
    """

    title: ClassVar[str] = "DeepLIFT-SHAP"
    citation: ClassVar[str] = "Lundberg & Lee 2017, arXiv:1705.07874"
    failings: ClassVar[str] = (
        "The failings of DeepLIFT, averaged; equals Shapley values only where the model is additive in its inputs. "
        "The baselines are a sample of the data."
    )
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient", "hooks", "background"})
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "element"

    baselines: int = 16
    baseline: float | None = None  # None: rows of the reference; a number: that constant input alone

    def __post_init__(self) -> None:
        if self.baselines < 1:
            raise AuditError("DeepLIFT-SHAP needs baselines.", found=f"baselines: {self.baselines}", fix="set baselines: 16")

    def cost(self, features: int) -> tuple[int, int]:
        """Per baseline: input and baseline side by side, forward and backward, and one forward at the baseline."""
        return 3 * self.baselines, 2 * self.baselines

    def attribute(self, context: Context) -> Attribution:
        """Return each input element's contribution to the target logit against the drawn baselines.

        Returns:
            values [batch, *element_shape], in logits; positive raises the logit. Where every step has a rule their sum is
            ``logit(input) − mean logit(baselines)`` = ``facts["completeness_difference"]``; ``facts["completeness_gap"]`` =
            sum − difference, both [batch].
        """
        point, _ = context.model.differentiable(context.batch.inputs)
        rows = background(context, point, self.baseline, "DeepLiftShap(baseline=0.0)")
        count = min(self.baselines, len(rows))
        return rescaled(context, drawn_rows(context, rows, count), count)


METHOD = DeepLiftShap
