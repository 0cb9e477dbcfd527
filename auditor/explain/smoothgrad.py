"""SmoothGrad: the gradient of the target logit, averaged over noisy copies of the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.errors import AuditError
from auditor.explain._context import Attribution, Context
from auditor.explain._sampling import double_like, gradients_at, noisy


def check_noise(title: str, samples: int, noise: float, least: int) -> None:
    """Refuse numbers that no noisy gradient can be made with."""
    if samples < least or not 0 < noise < 10:
        raise AuditError(
            f"{title} cannot use these options.",
            found=f"samples: {samples}, noise: {noise}",
            expected=f"samples: {least} or more; noise: above 0, a fraction of the input's range",
            fix="for example samples: 32, noise: 0.15",
        )


@dataclass(frozen=True)
class SmoothGrad:
    """Smilkov, Thorat, Kim, Viégas & Wattenberg, 2017, section 3 (https://arxiv.org/abs/1706.03825).

    M(x) = 1/n Σ_k ∂ logit / ∂ x at x + ε_k, ε_k normal with deviation `noise` · (max x − min x) of the case itself.
    """

    title: ClassVar[str] = "SmoothGrad"
    citation: ClassVar[str] = "Smilkov, Thorat, Kim, Viégas & Wattenberg 2017, arXiv:1706.03825"
    failings: ClassVar[str] = (
        "A slope of the smoothed model, not of the model; depends on the noise level, which decides how much is smoothed away."
    )
    unit: ClassVar[str] = "logits per input unit"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "element"

    samples: int = 32
    noise: float = 0.15

    def __post_init__(self) -> None:
        check_noise(self.title, self.samples, self.noise, 1)

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per sample of the noise."""
        return self.samples, self.samples

    def attribute(self, context: Context) -> Attribution:
        """Return max over channels of |mean gradient|, [batch, *element_shape], logits per unit of the input, ≥ 0."""
        point, _ = context.model.differentiable(context.batch.inputs)
        total = double_like(point)
        for run in gradients_at(context, self.samples, noisy(context, point, self.noise)):
            total[run.cases] += run.gradient.to(total)
        return Attribution(context.reduce((total / self.samples).to(point), "max_abs"), {})


METHOD = SmoothGrad
