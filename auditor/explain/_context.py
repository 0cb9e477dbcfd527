"""All an attribution method may use, bound to one batch: the model through `Calls`, the removal game, baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple, Protocol

import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.batch import Batch
from auditor.inputs.model import AuditedModel, LogitsOf
from auditor.removal.calls import Calls
from auditor.removal.fill import Fill, ReferenceFill
from auditor.removal.game import RemovalGame, Score
from auditor.removal.material import Material, make_fill


class Attribution(NamedTuple):
    """What a method returns.

    Attributes:
        values: level "element": [batch, *element_shape]; level "feature": float32 [batch, F].
        facts: [batch] each, such as completeness_gap in logits.
        display: [batch, *element_shape], what a picture shows where that is not `values` (a smooth map); never measured.
    """

    values: Tensor
    facts: dict[str, Tensor]
    display: Tensor | None = None


@dataclass(frozen=True)
class Context:
    """Bound to one batch.

    Attributes:
        model, calls, batch: what is asked, how, and about which cases.
        fills: the audit's fills by name; `primary` is the one removal methods use by default.
        reference: rows [n, *shape] of the evaluation set that backgrounds are drawn from; None in bare calls.
        variant: of the model, as in the evidence: "" or "member:2".
    """

    model: AuditedModel
    calls: Calls
    batch: Batch
    fills: Mapping[str, Fill]
    primary: str
    seed: int
    reference: Tensor | None = None
    variant: str = ""
    games: dict[tuple[str, str], RemovalGame] = field(default_factory=dict, repr=False)

    def game(self, fill: str | None = None, score: Score = "logit") -> RemovalGame:
        """The removal game of this batch; the same object for the same fill and score, so its ends are computed once."""
        name = fill or self.primary
        if name not in self.fills:
            return RemovalGame(self.calls, self.batch, make_fill(name, Material(None)), score)
        return self.games.setdefault((name, score), RemovalGame(self.calls, self.batch, self.fills[name], score))

    def baseline(self, baseline: str | float, like: Tensor) -> Tensor:
        """A reference point [batch, *shape]: a number, or the reference of a fill of the audit ("mean", "zeros").

        Of a model that reads tokens, 0 and "mask_token" are the embeddings of the text with every word masked.
        """
        masks = "mask_token" if not self.batch.x.is_floating_point() and baseline == 0 else baseline
        if not isinstance(masks, str):
            return torch.full_like(like, float(masks))
        fill = self.fills.get(masks) or make_fill(masks, Material(None))
        if isinstance(fill, ReferenceFill):
            return fill.reference.to(like).expand_as(like)
        if masks == "mask_token":
            rows = torch.arange(len(like), device=like.device)
            none = torch.zeros(len(like), self.batch.features.spots, dtype=torch.bool, device=like.device)
            return self.model.differentiable(fill.apply(self.batch, rows, none, 0))[0]
        raise AuditError(
            f"The fill `{masks}` cannot be a baseline.",
            found=masks,
            expected="a number, or a fill with one reference input, such as zeros or mean",
            fix="choose one of them; the fill stays usable for curves and removal methods",
        )

    def gradient(self) -> Tensor:
        """Gradient of each case's target logit at its input, [batch, *shape]."""
        point, logits_of = self.model.differentiable(self.batch.inputs)
        stream = self._rows(point)
        return torch.cat([gradient for gradient, _ in self.calls.gradients(stream, logits_of, self.batch.targets)])

    def _rows(self, point: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        every = torch.arange(len(point), device=point.device)
        for part in self.calls.chunks(len(point)):
            yield point[part], every[part]

    def weighted_gradient(
        self, start: Tensor, point: Tensor, rule: Iterable[tuple[float, float]], logits_of: LogitsOf
    ) -> Tensor:
        """Σ_k weight_k · gradient at start + node_k (point − start), [batch, *shape].

        Streamed: one call's rows in memory at a time, however many nodes. Jobs run node by node, so within a call each
        case appears in runs of consecutive rows and every addition happens in the same order whatever the rows per call.

        Args:
            start, point: [batch, *shape], ends of the straight path.
            rule: (node in [0, 1], weight) pairs.
        """
        count = len(point)
        nodes = [(t, w) for t, w in rule]
        total = torch.zeros_like(point, dtype=torch.float32 if point.device.type == "mps" else torch.float64)
        span = point - start

        def stream() -> Iterator[tuple[Tensor, Tensor]]:
            for part in self.calls.chunks(count * len(nodes)):
                job = torch.arange(part.start, part.stop, device=point.device)
                rows = job % count
                node = torch.tensor([nodes[k][0] for k in range(part.start // count, (part.stop - 1) // count + 1)])
                t = node.to(point)[job // count - part.start // count].reshape(-1, *[1] * (point.ndim - 1))
                yield torch.addcmul(start[rows], t, span[rows]), rows

        first = 0
        for gradient, _ in self.calls.gradients(stream(), logits_of, self.batch.targets):
            done = 0
            while done < len(gradient):  # one run per node that this call touches
                node_index, row = divmod(first + done, count)
                length = min(count - row, len(gradient) - done)
                total[row : row + length] += nodes[node_index][1] * gradient[done : done + length].to(total)
                done += length
            first += len(gradient)
        return total.to(point)

    def target_logit(self, points: Tensor) -> Tensor:
        """Target logit [batch] at other points [batch, *shape] of the same cases."""
        _, logits_of = self.model.differentiable(self.batch.inputs)
        found = self.calls.logits_at(self._rows(points), logits_of)
        return torch.cat(list(found)).gather(1, self.batch.targets[:, None])[:, 0]

    def reduce(self, values: Tensor, how: Literal["sum", "max_abs"]) -> Tensor:
        """Values at `differentiable` points [batch, *shape] to [batch, *element_shape].

        Leading dimensions (channels) are joined; of embeddings the last one (their width).
        """
        dim = 1 if self.batch.x.is_floating_point() else -1
        for _ in range(values.ndim - 1 - len(self.batch.features.element_shape)):
            values = values.sum(dim=dim) if how == "sum" else values.abs().amax(dim=dim)
        return values.abs() if how == "max_abs" else values


class Explainer(Protocol):
    """An attribution method: a frozen dataclass of options. The registry name is the file name."""

    title: ClassVar[str]
    citation: ClassVar[str]
    failings: ClassVar[str]  # known failings, one sentence, for the report's definitions
    unit: ClassVar[str]
    needs: ClassVar[frozenset[str]]
    complete: ClassVar[bool]  # attributions sum to v(input) - v(baseline)
    signed: ClassVar[bool]
    pool: ClassVar[Literal["sum", "mean"]]
    level: ClassVar[Literal["element", "feature"]]

    def cost(self, features: int) -> tuple[int, int]:
        """(forwards, backwards) per case."""
        ...

    def attribute(self, context: Context) -> Attribution:
        """Attributions of the target logit."""
        ...


def applies(method: Explainer, model: AuditedModel, features: int) -> str:
    """Why the method cannot run on this model with this many features; '' when it can."""
    for need in sorted(method.needs - model.can):
        return model.reasons.get(need, f"the model offers no {need}")
    own: Callable[[AuditedModel, int], str] | None = getattr(method, "applies", None)  # what no capability tells
    return own(model, features) if own else ""


def cost_under(method: Explainer, features: int, draws: Mapping[str, int]) -> tuple[int, int]:
    """(forwards, backwards) per case, in rows of the model.

    Args:
        method: one with a field `fill` plays the removal game, where each coalition costs the fill's draws.
        features: F.
        draws: of each fill of the audit, the primary one first.
    """
    forwards, backwards = method.cost(features)
    if not hasattr(method, "fill"):
        return forwards, backwards
    named: str | None = method.fill
    return forwards * (draws.get(named, 1) if named else next(iter(draws.values()), 1)), backwards


def fitted(method: Explainer, model: AuditedModel) -> Explainer:
    """The method with the options the model decides (Grad-CAM's layer) written out, so that they can be recorded."""
    own: Callable[[AuditedModel], Explainer] | None = getattr(method, "fitted", None)
    return own(model) if own else method


def order_values(method: Explainer, values: Tensor) -> Tensor:
    """What features are ranked and removed by: signed values as they are, unsigned ones by magnitude."""
    return values if method.signed else values.abs()
