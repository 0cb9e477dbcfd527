"""Captum behind an adapter: our rows, our baselines, our targets, completeness per case, and a model left as it was found.

Captum is imported when such a method runs, never before. It marks modules with attributes of its own and leaves some behind
(LRP its `activations`, and its `rule` where a layer is not supported); layers whose functional twins it cannot see it takes
for plain gradients and says nothing. The first is undone here; the second shows in the completeness gap of each case.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from auditor.errors import UserCodeError
from auditor.explain._context import Attribution, Context
from auditor.explain._layers import module_of
from auditor.explain._sampling import clean_logit, double_like
from auditor.inputs.model import AuditedModel, LogitsOf, NotAvailable

MARKS = ("input", "output", "input_ref", "rule", "activations", "activation")
"""Attributes Captum writes on the modules of a model."""

SAYS = (
    r"\s*Setting forward, backward hooks and attributes on non-linear",
    r"Setting backward hooks on ReLU activations",
    r"Input Tensor \d+ did not already require gradients",
)
"""Beginnings of the warnings it gives on every call."""


class Followed(nn.Module):
    """The audited model as a module whose output is logits; Captum walks its children.

    Attributes:
        rows: int64 [n], which cases the next call is about; a call with a multiple of n rows repeats them.
    """

    def __init__(self, module: nn.Module, logits_of: LogitsOf) -> None:
        super().__init__()
        self.module = module
        self._logits_of = logits_of
        self.rows = torch.zeros(0, dtype=torch.int64)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [rows, classes]."""
        return self._logits_of(x, self.rows.repeat(len(x) // len(self.rows)))


@contextmanager
def followed(context: Context, title: str) -> Iterator[Followed]:
    """The model for Captum; whatever it leaves on the modules is taken off again, also when it raises.

    Raises:
        NotAvailable: Captum cannot follow this model: a module used twice, a layer without a rule.
    """
    module = module_of(context.model)
    _, logits_of = context.model.differentiable(context.batch.inputs)
    parts = list(module.modules())
    owned = [{name: part.__dict__[name] for name in MARKS if name in part.__dict__} for part in parts]
    with warnings.catch_warnings():
        for beginning in SAYS:
            warnings.filterwarnings("ignore", message=beginning)
        try:
            yield Followed(module, logits_of)
        except (torch.OutOfMemoryError, NotAvailable):
            raise
        except (UserCodeError, RuntimeError, TypeError, AssertionError, AttributeError) as error:
            cause = error.__cause__ or error
            sentence = (str(cause).splitlines() or [type(cause).__name__])[0].split(". ")[0]
            raise NotAvailable(f"{title} cannot follow this model: {sentence}") from error
        finally:
            for part, own in zip(parts, owned, strict=True):
                for name in MARKS:
                    part.__dict__.pop(name, None)
                part.__dict__.update(own)


def attributed(
    context: Context,
    model: Followed,
    stream: Iterator[tuple[Tensor, ...]],
    work: Callable[..., Tensor],
    copies: int = 1,
) -> Iterator[Tensor]:
    """Captum's attributions [n, *shape], call by call, in calls of fixed size.

    Args:
        context: the batch.
        model: from `followed`.
        stream: (rows int64 [n], points [n, *shape], … ) per call.
        work: (points, targets int64 [n], …) -> attributions of Captum.
        copies: rows of the model that one job takes.
    """

    def compute(rows: Tensor, points: Tensor, *others: Tensor) -> tuple[Tensor]:
        model.rows = rows
        # every row has its own target: a list of one would be taken for all
        return (work(points.detach().requires_grad_(), context.batch.targets[rows], *others),)

    for (found,) in context.calls.computed(stream, compute, copies):
        yield found


def parts_of_batch(context: Context) -> Iterator[tuple[Tensor, Tensor]]:
    """(rows, points) of the batch, one call after the other."""
    point, _ = context.model.differentiable(context.batch.inputs)
    every = torch.arange(len(point), device=point.device)
    for part in context.calls.chunks(len(point)):
        yield every[part], point[part]


def rescaled(context: Context, starts: Iterable[Tensor], count: int) -> Attribution:
    """DeepLIFT (rescale rule) against each of `count` baselines [batch, *shape], and the mean of what it finds.

    Returns:
        values [batch, *element_shape], in logits; facts completeness_difference = logit − mean logit of the baselines, and
        completeness_gap = sum − difference.
    """
    point, _ = context.model.differentiable(context.batch.inputs)
    every = torch.arange(len(point), device=point.device)
    total, logit = double_like(point), torch.zeros_like(context.batch.clean[:, 0])
    with followed(context, "DeepLIFT") as model:
        from auditor.explain._rescale import RowwiseDeepLift

        def work(points: Tensor, targets: Tensor, start: Tensor) -> Tensor:
            return RowwiseDeepLift(model).attribute(points, start, target=targets)  # type: ignore[no-any-return]

        for start in starts:
            stream = ((every[part], point[part], start[part]) for part in context.calls.chunks(len(point), 2))
            total += torch.cat(list(attributed(context, model, stream, work, copies=2))).to(total) / count
            logit += context.target_logit(start.clone()) / count
    difference = clean_logit(context) - logit
    gap = total.flatten(1).sum(dim=1) - difference
    facts = {"completeness_gap": gap, "completeness_difference": difference}
    return Attribution(context.reduce(total.to(point), "sum"), facts)


def modified_gradient(context: Context, title: str, method: str) -> Attribution:
    """Captum's `method`, a gradient with other backward passes through ReLU: max over channels of the magnitude."""
    with followed(context, title) as model:
        import captum.attr

        explainer = getattr(captum.attr, method)(model)
        found = attributed(context, model, parts_of_batch(context), lambda x, targets: explainer.attribute(x, target=targets))
        return Attribution(context.reduce(torch.cat(list(found)), "max_abs"), {})


def without_relu(model: AuditedModel) -> str:
    """Why a rule for ReLU cannot be applied; "" where the model has ReLU modules."""
    if any(isinstance(part, nn.ReLU) for part in module_of(model).modules()):
        return ""
    return "the model has no torch.nn.ReLU module, so the result would be the plain gradient"
