"""Deconvolution: the gradient, with ReLU applied to the signal on the way back and ignored from the way forth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from auditor.explain._captum import modified_gradient, without_relu
from auditor.explain._context import Attribution, Context
from auditor.inputs.model import AuditedModel


@dataclass(frozen=True)
class Deconvolution:
    """Zeiler & Fergus, 2014, section 2.1 (https://arxiv.org/abs/1311.2901), through Captum.

    Back through y = relu(x): g_x = relu(g_y), whatever the sign of x.
    """

    title: ClassVar[str] = "Deconvolution"
    citation: ClassVar[str] = "Zeiler & Fergus 2014, arXiv:1311.2901"
    failings: ClassVar[str] = (
        "Fails sanity checks: like guided backpropagation it shows the input's structure more than the model's use of it "
        "(Nie, Zhang & Patel 2018, arXiv:1805.07039). ReLUs that are no modules are treated as plain gradients."
    )
    unit: ClassVar[str] = "none"
    needs: ClassVar[frozenset[str]] = frozenset({"gradient", "hooks"})
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "element"

    def applies(self, model: AuditedModel, features: int) -> str:
        """Why it cannot run on this model."""
        return without_relu(model)

    def cost(self, features: int) -> tuple[int, int]:
        """One forward and one backward pass per case."""
        return 1, 1

    def attribute(self, context: Context) -> Attribution:
        """Return max over channels of |modified gradient|, [batch, *element_shape], ≥ 0."""
        return modified_gradient(context, self.title, "Deconvolution")


METHOD = Deconvolution
