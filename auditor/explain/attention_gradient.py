"""Attention × gradient: rollout with each attention weight counted by how much it raises the target logit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from auditor.explain._attention import NO_ATTRIBUTION, Layers, ReadsAttention, token_attribution
from auditor.explain._context import Attribution, Context


@dataclass(frozen=True)
class AttentionGradient(ReadsAttention):
    """Chefer, Gur & Wolf, 2021, eqs. 5 and 6 for self-attention (https://arxiv.org/abs/2103.15679).

    Ā_l = mean over heads of relu(∂ logit / ∂ A_l · A_l); R ← R + Ā_l R from R = I, the first layer first. A token's value is
    its entry of R − I in the row of the token the logits are read from, or its mean entry over the rows of several.
    """

    title: ClassVar[str] = "Attention × gradient (not an attribution)"
    citation: ClassVar[str] = "Chefer, Gur & Wolf 2021, arXiv:2103.15679"
    failings: ClassVar[str] = (
        f"{NO_ATTRIBUTION} Weights that lower the logit count for nothing. Takes the layers for one stack of self-attention."
    )
    unit: ClassVar[str] = "arbitrary units"

    def attribute(self, context: Context) -> Attribution:
        """Return each element's relevance to the target, [batch, *element_shape], ≥ 0; a sum of products of logits."""
        return token_attribution(context, _relevance, by_target=True)


def _relevance(start: Tensor, layers: Layers) -> Tensor:
    end = start
    for weights, slopes in reversed(layers):
        end = end + (end[:, None] @ (weights * slopes).relu().mean(dim=1))[:, 0]
    return end - start


METHOD = AttentionGradient
