"""What opening a model gives, whatever kind of file or code it came from."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from auditor.evidence.facts import FileFact
from auditor.plan.data_fields import ImagePlan


@dataclass(frozen=True)
class OpenedModel:
    """A model that can be called, and what its files say about it.

    Attributes:
        module: from inputs to scores; what they are is for `outputs.as_logits` and the declared kind.
        classes: names in the order of the outputs; () where neither the plan nor a file gives any.
        files: everything read, with digests.
        notes: what opening had to say, one sentence each.
        fixed_rows: rows of every call where the model was compiled for one number of rows; None: any number.
        preprocessing: from image files to inputs, as a configuration beside the weights says; for plans without `data.image`.
        built: "from the plan" or "in memory".
    """

    module: nn.Module
    classes: tuple[str, ...] = ()
    files: tuple[FileFact, ...] = ()
    notes: tuple[str, ...] = ()
    fixed_rows: int | None = None
    preprocessing: ImagePlan | None = None
    built: str = "from the plan"
