"""Attention rollout: how much of each token the attention layers, one after the other, bring to where the logits are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from auditor.explain._attention import NO_ATTRIBUTION, Layers, ReadsAttention, token_attribution
from auditor.explain._context import Attribution, Context


@dataclass(frozen=True)
class AttentionRollout(ReadsAttention):
    """Abnar & Zuidema, 2020, section 3, eq. 1 (https://arxiv.org/abs/2005.00928).

    Ã_l = rows of I + mean over heads of A_l, each made to sum to 1; rollout = Ã_L … Ã_1. A token's value is its entry in the
    row of the token the logits are read from, or its mean entry over the rows of several; `readout` records which.
    """

    title: ClassVar[str] = "Attention rollout (not an attribution)"
    citation: ClassVar[str] = "Abnar & Zuidema 2020, arXiv:2005.00928"
    failings: ClassVar[str] = (
        f"{NO_ATTRIBUTION} The same for every class. Takes the layers for one stack with equal shares for each layer's input "
        "and its attention."
    )
    unit: ClassVar[str] = "share of attention"

    def attribute(self, context: Context) -> Attribution:
        """Return each element's share, [batch, *element_shape], ≥ 0; over all tokens they sum to 1. Class-agnostic."""
        return token_attribution(context, _rolled, by_target=False)


def _rolled(start: Tensor, layers: Layers) -> Tensor:
    for weights, _ in reversed(layers):
        mean = weights.mean(dim=1)
        whole = 1 + mean.sum(dim=-1)  # of a row of I + A: 2, or 1 where every key was masked
        start = start / whole
        start = start + (start[:, None] @ mean)[:, 0]
    return start


METHOD = AttentionRollout
