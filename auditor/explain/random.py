"""Random: numbers that know nothing of the model, as a method that every other one has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.explain._context import Attribution, Context
from auditor.inputs.randomness import uniform


@dataclass(frozen=True)
class Random:
    """A control, not an explanation; its seeds differ from those of the random orders of the faithfulness curves."""

    title: ClassVar[str] = "Random (control)"
    citation: ClassVar[str] = "Control of this report; no source"
    failings: ClassVar[str] = "By construction carries no information about the model."
    unit: ClassVar[str] = "none"
    needs: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "feature"

    def cost(self, features: int) -> tuple[int, int]:
        """No model call."""
        return 0, 0

    def attribute(self, context: Context) -> Attribution:
        """Return uniform numbers in [-1, 1), [batch, F]."""
        drawn = uniform(context.batch.key, "method random", context.seed, (context.batch.features.spots,))
        values = (2 * drawn - 1).float().to(context.batch.targets.device)
        beyond = values.new_ones(values.shape).cumsum(1) > context.batch.features.counts.to(values.device)[:, None]
        return Attribution(values.masked_fill(beyond, float("nan")), {})


METHOD = Random
