"""Bare functions on tensors: attributions and faithfulness curves without a plan, a run or a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from auditor import registry
from auditor.errors import AuditError
from auditor.explain._context import Context, Explainer, applies
from auditor.inputs.batch import Batch
from auditor.inputs.features import FeatureMap, element_map
from auditor.inputs.model import TorchModel, activation_bytes
from auditor.inputs.ownership import borrowed
from auditor.inputs.randomness import sample_keys
from auditor.removal.calls import Calls
from auditor.removal.fill import ReferenceFill
from auditor.removal.game import RemovalGame
from auditor.removal.material import Material, make_fill
from auditor.removal.orders import deletion, levels
from auditor.removal.rows import rows_per_call


@dataclass(frozen=True)
class FaithfulnessCurves:
    """Deletion and insertion curves of each sample.

    Attributes:
        fractions: [batch, K + 1], fraction of features removed (deletion).
        deletion: [batch, K + 1], score from the clean input to everything filled.
        insertion: [batch, K + 1], score from everything filled to the clean input, at `insertion_fractions`.
        insertion_fractions: [batch, K + 1]; equals `fractions` but in the middle when K is even and F odd.
        deletion_auc, insertion_auc: [batch], trapezoid over each sample's true fractions.
        tie_share: [batch], share of points that cut through tied features.
    """

    fractions: Tensor
    deletion: Tensor
    insertion: Tensor
    insertion_fractions: Tensor
    deletion_auc: Tensor
    insertion_auc: Tensor
    tie_share: Tensor


class _Adapted(nn.Module):
    def __init__(self, model: nn.Module, forward: Callable[[nn.Module, Tensor], Tensor]) -> None:
        super().__init__()
        self.model = model
        self._forward = forward

    def forward(self, x: Tensor) -> Tensor:
        return self._forward(self.model, x)


def adapt(model: nn.Module, *, forward: Callable[[nn.Module, Tensor], Tensor]) -> nn.Module:
    """A model that is not one float tensor → logits, as one that is.

    Args:
        model: any module.
        forward: called as ``forward(model, x)`` with x [batch, *shape]; returns logits [batch, classes].
    """
    return _Adapted(model, forward)


def attribute(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor | None = None,
    *,
    method: str | Explainer,
    features: Tensor | None = None,
    fill: str | float | Tensor = "zeros",
    seed: int = 0,
) -> Tensor:
    """Attributions of the target logits, with the shape of `inputs`.

    Args:
        model: from float inputs to logits [batch, classes]; left as it was found.
        inputs: float [batch, *shape].
        targets: int64 [batch], classes to explain; default: the predicted class.
        method: a name from ``auditor methods`` or a method object such as ``auditor.methods.IntegratedGradients(steps=128)``.
        features: int64 [*shape] or [batch, *shape], -1 for no feature; default: every element is one. Removal methods
            attribute features and their value is spread evenly over a feature's elements; gradient methods do not use it.
        fill: what removal methods replace features by: a name, a number, or a tensor of one sample's shape.
        seed: of methods that draw.

    Raises:
        AuditError: inputs, targets or features of the wrong shape or type, or a method that cannot run on this model.
    """
    explainer: Explainer = registry.load("explain", method, "METHOD")() if isinstance(method, str) else method
    with borrowed(model):
        bench = _Bench.of(model, inputs, targets, features, fill)
        bench.model.probe({"x": inputs[:1]})
        reason = applies(explainer, bench.model)
        if reason:
            raise AuditError(f"{explainer.title} cannot run on this model.", found=reason, fix="choose another method: auditor methods")
        context = Context(bench.model, bench.calls, bench.batch, {"given": bench.fill}, "given", seed)
        values = explainer.attribute(context).values.detach()
    if explainer.level == "feature":
        values = bench.batch.features.spread(values)
    return values.reshape(inputs.shape).to(inputs)


def faithfulness_curves(
    model: nn.Module,
    inputs: Tensor,
    attributions: Tensor,
    targets: Tensor | None = None,
    *,
    features: Tensor | None = None,
    fill: str | float | Tensor = "zeros",
    steps: int = 20,
    score: str = "probability",
    seed: int = 0,
) -> FaithfulnessCurves:
    """Deletion and insertion curves (Petsiuk, Das & Saenko 2018, arXiv:1806.07421) of given attributions.

    Features are removed by their summed attribution, largest first. Attributions closer than 1e-6 of the sample's largest
    magnitude are tied; where a step cuts through a tie, its value is the mean over 8 seeded orders.

    Args:
        attributions: [batch, *shape] like the inputs, or without the channels: [batch, height, width].
        steps: number of steps K (fewer when there are fewer features).
        score: probability, logit or log_odds of the target.
        model, inputs, targets, features, fill, seed: as in `attribute`.
    """
    if score not in ("probability", "logit", "log_odds"):
        raise AuditError("Unknown score.", found=str(score), expected="probability, logit or log_odds", fix="pass one of them")
    if features is None and attributions.ndim < inputs.ndim:
        features = torch.arange(attributions[0].numel(), device=inputs.device).reshape(attributions.shape[1:])
    with borrowed(model):
        bench = _Bench.of(model, inputs, targets, features, fill)
        shape = bench.batch.features.element_shape
        if tuple(attributions.shape) != (len(inputs), *shape):
            raise AuditError(
                "Attributions do not fit the inputs.",
                found=str(list(attributions.shape)),
                expected=str([len(inputs), *shape]),
                fix="one value per feature element; drop the channels of both `attributions` and `features`, or of neither",
            )
        pooled = bench.batch.features.pool(attributions, "sum").to(inputs.device)
        game = RemovalGame(bench.calls, bench.batch, bench.fill, score)  # type: ignore[arg-type]  # checked above
        forth = deletion(game, levels(pooled, 1e-6), steps, seed)
        back = deletion(game, levels(-pooled, 1e-6), steps, seed)
    removed = forth.removed / bench.batch.features.counts.to(inputs.device)[:, None]
    inserted, insertion = (1 - removed).flip(1), back.score.flip(1)
    return FaithfulnessCurves(
        fractions=removed,
        deletion=forth.score,
        insertion=insertion,
        insertion_fractions=inserted,
        deletion_auc=torch.trapezoid(forth.score, removed, dim=1),
        insertion_auc=torch.trapezoid(insertion, inserted, dim=1),
        tie_share=forth.tie_share,
    )


@dataclass(frozen=True)
class _Bench:
    """What a bare call needs, checked."""

    model: TorchModel
    calls: Calls
    batch: Batch
    fill: ReferenceFill

    @classmethod
    def of(
        cls, module: nn.Module, inputs: Tensor, targets: Tensor | None, features: Tensor | None, fill: str | float | Tensor
    ) -> _Bench:
        if not isinstance(module, nn.Module):
            raise AuditError("`model` is not a torch module.", found=type(module).__name__, expected="torch.nn.Module", fix="see auditor.adapt")
        if inputs.ndim < 2 or not inputs.is_floating_point() or len(inputs) == 0:
            raise AuditError(
                "`inputs` must be a batch of floating point tensors.", found=f"{inputs.dtype} {list(inputs.shape)}", expected="float [batch, *shape]"
            )
        with torch.no_grad():
            width = module(inputs[:1].clone())
        if not isinstance(width, Tensor) or width.ndim != 2:
            raise AuditError("The model does not return logits [batch, classes].", found=type(width).__name__, fix="wrap it with auditor.adapt")
        model = TorchModel(module, tuple(str(c) for c in range(width.shape[1])))
        model.choose_layout({"x": inputs[:1]})
        calls = Calls(model, rows_per_call(activation_bytes(module, inputs[:1]), inputs.device.type))
        clean = torch.cat(list(calls.logits({"x": inputs[part].clone()} for part in calls.chunks(len(inputs)))))
        chosen = clean.argmax(dim=1) if targets is None else _checked_targets(targets, clean)
        ids = tuple(str(i) for i in range(len(inputs)))
        unknown = torch.full_like(chosen, -1)
        feature_map = _feature_map(features, inputs).to(inputs.device)
        batch = Batch(ids, sample_keys(ids), {"x": inputs}, "x", feature_map, chosen, unknown, clean)
        return cls(model, calls, batch, _fill(fill, inputs.shape[1:]))


def _checked_targets(targets: Tensor, clean: Tensor) -> Tensor:
    if targets.shape != (len(clean),) or targets.dtype != torch.int64:
        raise AuditError("`targets` must name one class per sample.", found=f"{targets.dtype} {list(targets.shape)}", expected=f"int64 [{len(clean)}]")
    if int(targets.min()) < 0 or int(targets.max()) >= clean.shape[1]:
        found = f"values from {int(targets.min())} to {int(targets.max())}"
        raise AuditError("`targets` names classes that do not exist.", found=found, expected=f"0 to {clean.shape[1] - 1}")
    return targets.to(clean.device)


def _feature_map(features: Tensor | None, inputs: Tensor) -> FeatureMap:
    if features is None:
        return element_map(torch.arange(inputs[0].numel()).reshape(inputs.shape[1:]))
    if features.ndim < inputs.ndim or features.shape[0] != len(inputs):
        return element_map(features)
    spots = int(features.max()) + 1
    counts = torch.tensor([int(sample.max()) + 1 for sample in features])
    names = tuple(tuple(f"feature {j}" for j in range(spots)) for _ in features)
    return FeatureMap(features.long(), counts, names, spots)


def _fill(fill: str | float | Tensor, shape: Sequence[int]) -> ReferenceFill:
    if isinstance(fill, str):
        return make_fill(fill, Material(None))
    if isinstance(fill, Tensor):
        if fill.ndim and tuple(fill.shape) != tuple(shape):
            raise AuditError("`fill` has another shape than a sample.", found=str(list(fill.shape)), expected=str(list(shape)))
        return ReferenceFill("given", fill, "a tensor given by the caller")
    return ReferenceFill("given", torch.tensor(float(fill)), f"the value {fill}")
