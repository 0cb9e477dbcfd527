"""VarGrad: the variance of the target logit's gradient over noisy copies of the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.explain._context import Attribution, Context
from auditor.explain._sampling import double_like, gradients_at, noisy
from auditor.explain.smoothgrad import check_noise


@dataclass(frozen=True)
class VarGrad:
    """Adebayo, Gilmer, Goodfellow & Kim, 2018, section 2 (https://arxiv.org/abs/1810.03307).

    V(x) = 1/n Σ_k g_k² − (1/n Σ_k g_k)², g_k the gradient at x + ε_k with the noise of SmoothGrad, the same draws.
    """

    title: ClassVar[str] = "VarGrad"
    citation: ClassVar[str] = "Adebayo, Gilmer, Goodfellow & Kim 2018, arXiv:1810.03307"
    failings: ClassVar[str] = (
        "Large where the slope changes, not where it is large: a feature the model weighs the same everywhere gets zero."
    )
    unit: ClassVar[str] = "squared logits per squared input unit"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "element"

    samples: int = 32
    noise: float = 0.15

    def __post_init__(self) -> None:
        check_noise(self.title, self.samples, self.noise, 2)

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per sample of the noise."""
        return self.samples, self.samples

    def attribute(self, context: Context) -> Attribution:
        """Return max over channels of the gradient's variance, [batch, *element_shape], ≥ 0."""
        point, _ = context.model.differentiable(context.batch.inputs)
        mean, spread = double_like(point), double_like(point)
        for run in gradients_at(context, self.samples, noisy(context, point, self.noise)):
            # Welford's update: the difference of two large sums would lose the small variances
            before = run.gradient.to(mean) - mean[run.cases]
            mean[run.cases] += before / (run.draw + 1)
            spread[run.cases] += before * (run.gradient.to(mean) - mean[run.cases])
        return Attribution(context.reduce((spread / self.samples).to(point), "max_abs"), {})


METHOD = VarGrad
