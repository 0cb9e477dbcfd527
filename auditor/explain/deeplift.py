"""DeepLIFT: changes of activation from a baseline, shared out backwards layer by layer (rescale rule)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.explain._captum import rescaled
from auditor.explain._context import Attribution, Context


@dataclass(frozen=True)
class DeepLift:
    """Shrikumar, Greenside & Kundaje, 2017, section 3.5.1 (https://arxiv.org/abs/1704.02685), through Captum.

    Back through a non-linear y = h(x): m_x = m_y · Δy / Δx, Δ = input − baseline; value = m · Δ at the input.
    """

    title: ClassVar[str] = "DeepLIFT"
    citation: ClassVar[str] = "Shrikumar, Greenside & Kundaje 2017, arXiv:1704.02685"
    failings: ClassVar[str] = (
        "Non-linear steps that are no modules with a rule (functional calls, GELU, normalisation, attention) pass as plain "
        "gradients; the completeness gap shows it. Depends on the baseline and on how the model is written down."
    )
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient", "hooks"})
    complete: ClassVar[bool] = True
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "element"

    baseline: str | float = 0.0

    def cost(self, features: int) -> tuple[int, int]:
        """Input and baseline side by side, forward and backward, and one forward at the baseline."""
        return 3, 2

    def attribute(self, context: Context) -> Attribution:
        """Return each input element's contribution to the target logit.

        Returns:
            values [batch, *element_shape], in logits; positive raises the logit. Where every step has a rule their sum is
            ``logit(input) − logit(baseline)`` = ``facts["completeness_difference"]``; ``facts["completeness_gap"]`` = sum −
            difference, both [batch], says per case whether that held.
        """
        point, _ = context.model.differentiable(context.batch.inputs)
        return rescaled(context, [context.baseline(self.baseline, like=point)], 1)


METHOD = DeepLift
