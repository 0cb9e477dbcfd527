"""Several models as one: their probabilities, or their logits, averaged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from auditor.errors import AuditError
from auditor.inputs.forward import argument_names, call
from auditor.inputs.outputs import logits_of_scores, scores_of


class Member(NamedTuple):
    """A model among others, with the kind of output it returns: logits, log_probabilities or probabilities."""

    name: str
    module: nn.Module
    output: str = "logits"


class PlainLogits(nn.Module):
    """A model of any kind of output whose `forward` returns logits: [batch, classes], or [batch, 1] of a one-logit head."""

    def __init__(self, module: nn.Module, classes: int, head: str, output: str, *, multi_label: bool = False) -> None:
        super().__init__()
        self.module = module
        self.classes, self.head, self.output, self.multi_label = classes, head, output, multi_label
        self.argument_names = argument_names(module)

    def forward(self, *inputs: Tensor, **named: Tensor) -> Tensor:
        """Logits, whatever the module's outputs are."""
        returned = call(self.module, inputs, named)
        scores = self.scores(returned)
        logits = logits_of_scores(scores, self.head, self.output)
        return logits[:, 1:] if logits.shape[1] > scores.shape[1] else logits  # (−z, z) back to z

    def scores(self, returned: object) -> Tensor:
        """The scores in what the module returned, as it stands, for `declared_kind_problem`."""
        return scores_of(returned, self.classes, self.head, self.output, self.multi_label)


class Ensemble(nn.Module):
    """The members' mean probability as logits, or their mean logit: a model like any other.

    With mean_probability, softmax: log(mean p); sigmoid: logit(mean p). Members of a one-logit head give [batch, 1], and so
    does the ensemble. Every member gets the same inputs, each as many of the named ones as its `forward` takes.
    """

    def __init__(
        self,
        members: Sequence[Member],
        classes: int,
        head: str,
        combine: str = "mean_probability",
        *,
        multi_label: bool = False,
    ) -> None:
        super().__init__()
        self.names = tuple(member.name for member in members)
        self.head, self.combine = head, combine
        self.members = nn.ModuleList(
            PlainLogits(member.module, classes, head, member.output, multi_label=multi_label) for member in members
        )
        known = [argument_names(member) for member in self.members]
        self.argument_names = tuple(dict.fromkeys(name for names in known for name in names)) if all(known) else ()

    def member(self, index: int) -> nn.Module:
        """One member as a model of its own; its output is logits."""
        return self.members[index]

    def forward(self, *inputs: Tensor, **named: Tensor) -> Tensor:
        """Logits [batch, classes], or [batch, 1] of a one-logit head."""
        return self.combined(self.members_logits(*inputs, **named))

    def members_logits(self, *inputs: Tensor, **named: Tensor) -> Tensor:
        """Logits of each member, [members, batch, classes], all of one forward pass."""
        found = []
        for name, member in zip(self.names, self.members, strict=True):
            # clones: a member that works in place would change what the next one sees
            copies = [value.clone() for value in inputs], {key: value.clone() for key, value in named.items()}
            try:
                found.append(cast(Tensor, call(member, tuple(copies[0]), copies[1])))
            except AuditError as error:
                says = {"found": error.found, "expected": error.expected, "fix": error.fix}
                raise type(error)(f"{name}: {error.message}", **says) from error
        return torch.stack(found)

    def combined(self, logits: Tensor) -> Tensor:
        """The ensemble's logits [batch, classes] of its members' [members, batch, classes]."""
        if self.combine == "mean_logit":
            return logits.mean(0)
        if self.head == "softmax":
            return _log_mean(logits.log_softmax(-1))
        return _log_mean(logsigmoid(logits)) - _log_mean(logsigmoid(-logits))


def _log_mean(log_p: Tensor) -> Tensor:
    """log(mean over the first axis of exp(log_p)), without leaving the logarithm."""
    return log_p.logsumexp(0) - math.log(len(log_p))
