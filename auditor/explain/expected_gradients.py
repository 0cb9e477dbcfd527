"""Expected gradients (GradientSHAP): integrated gradients averaged over baselines drawn from the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from torch import Tensor

from auditor.errors import AuditError
from auditor.explain._context import Attribution, Context
from auditor.explain._sampling import background, background_logit, clean_logit, double_like, gradients_at
from auditor.inputs.randomness import uniform


@dataclass(frozen=True)
class ExpectedGradients:
    """Erion, Janizek, Sturmfels, Lundberg & Lee, 2021, eq. 4 (https://arxiv.org/abs/1906.10670).

    E over b and α of (x − b) · ∂ logit / ∂ x at b + α (x − b), b a row of the reference, α uniform on [0, 1). Both are
    drawn per case. Lundberg & Lee's GradientSHAP is the same without its additional noise.
    """

    title: ClassVar[str] = "Expected gradients"
    citation: ClassVar[str] = "Erion, Janizek, Sturmfels, Lundberg & Lee 2021, arXiv:1906.10670"
    failings: ClassVar[str] = (
        "A random estimate: the completeness gap is sampling error and falls with the root of `samples`; "
        "a small gap is no proof of a good map."
    )
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient", "background"})
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "element"

    samples: int = 128
    baseline: float | None = None  # None: rows of the reference; a number: that constant input

    def __post_init__(self) -> None:
        if self.samples < 1:
            found = f"samples: {self.samples}"
            raise AuditError("Expected gradients need at least one sample.", found=found, fix="set samples: 128")

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per sample; the forwards at the reference are shared by the batch."""
        return self.samples, self.samples

    def attribute(self, context: Context) -> Attribution:
        """Return each input element's contribution to the target logit against the reference.

        Returns:
            values [batch, *element_shape], in logits; positive raises the logit. In expectation their sum is
            ``logit(input) − mean logit(reference)`` = ``facts["completeness_difference"]``; ``facts["completeness_gap"]`` =
            sum − difference is sampling error.
        """
        point, _ = context.model.differentiable(context.batch.inputs)
        rows = background(context, point, self.baseline, "ExpectedGradients(baseline=0.0)")
        drawn = uniform(context.batch.key.cpu(), "expected gradients", context.seed, (self.samples, 2)).to(point.device)
        chosen = (drawn[..., 0] * len(rows)).long()
        alpha = drawn[..., 1].to(point)
        wide = [1] * (point.ndim - 1)

        def points(draw: int, cases: slice) -> Tensor:
            start = rows[chosen[cases, draw]]
            return start + alpha[cases, draw].reshape(-1, *wide) * (point[cases] - start)

        total = double_like(point)
        for run in gradients_at(context, self.samples, points):
            span = point[run.cases] - rows[chosen[run.cases, run.draw]]
            total[run.cases] += span.to(total) * run.gradient.to(total)
        values = total / self.samples
        difference = clean_logit(context).double() - background_logit(context, rows)
        gap = values.flatten(1).sum(dim=1) - difference
        facts = {"completeness_gap": gap, "completeness_difference": difference}
        return Attribution(context.reduce(values.to(point), "sum"), facts)


METHOD = ExpectedGradients
