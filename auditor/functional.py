"""Bare functions on tensors: attributions and faithfulness curves without a plan, a run or a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast, get_args

import torch
from torch import Tensor, nn

from auditor import registry
from auditor.errors import AuditError
from auditor.explain._context import Context, Explainer, applies
from auditor.functional_pieces import Pieces
from auditor.functional_presets import preset_of, preset_scores
from auditor.inputs.model import NotAvailable
from auditor.inputs.ownership import borrowed
from auditor.plan.bounds import CURVES_ONLY
from auditor.removal.game import RemovalGame, Score
from auditor.removal.orders import Curves, deletion, levels
from auditor.removal.presets import Preset, PresetCurves


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
        fill: what removal methods replace features by: a name, a number, or a tensor of one sample's shape. Of the names
            mean, marginal and noise need the reference rows of an audit; blur takes inputs [batch, channels, height, width]
            for images and others for series; road serves curves only, and replaces an image that is all removed by the
            mean of each of its channels.
        seed: of methods that draw.

    Raises:
        AuditError: inputs, targets or features of the wrong shape or type, or a method that cannot run on this model.
    """
    explainer: Explainer = registry.load("explain", method, "METHOD")() if isinstance(method, str) else method
    with borrowed(model):
        pieces = Pieces.of(model, inputs, targets, features, fill)
        pieces.model.probe({"x": inputs[:1]})
        _refuse_curves_only(explainer, pieces.fill.name)
        reason = applies(explainer, pieces.model, pieces.batch.features.spots)
        if reason:
            raise _cannot(explainer, reason)
        context = Context(pieces.model, pieces.calls, pieces.batch, {"given": pieces.fill}, "given", seed)
        try:
            values = explainer.attribute(context).values.detach()
        except NotAvailable as error:
            raise _cannot(explainer, str(error)) from error
    if explainer.level == "feature":
        values = pieces.batch.features.spread(values)
    return values.reshape(inputs.shape).to(inputs)


def _refuse_curves_only(explainer: Explainer, given: str) -> None:
    named = getattr(explainer, "fill", "")  # None: the fill given to the call
    if (given if named is None else named) in CURVES_ONLY:
        raise AuditError(
            f"{explainer.title} cannot use this fill.",
            found=f"fill: {given if named is None else named}",
            expected="a fill with a value for everything removed: this one serves curves only",
            fix="choose another, such as blur, zeros or a tensor of one sample's shape",
        )


def _cannot(explainer: Explainer, reason: str) -> AuditError:
    return AuditError(
        f"{explainer.title} cannot run on this model.", found=reason, fix="choose another method: auditor methods"
    )


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
    protocol: str | None = None,
) -> FaithfulnessCurves:
    """Deletion and insertion curves (Petsiuk, Das & Saenko 2018, arXiv:1806.07421) of given attributions.

    Features are removed by their summed attribution, largest first. Attributions closer than 1e-6 of the sample's largest
    magnitude are tied; where a step cuts through a tie, its value is the mean over 8 seeded orders.

    Args:
        attributions: [batch, *shape] like the inputs, or without the channels: [batch, height, width].
        steps: number of steps K (fewer when there are fewer features).
        score: probability, logit or log_odds of the target.
        protocol: rise-2018, torch-cam or xplique-10: that tool's curves and areas instead, over single pixels of images; it
            fixes features, fill, steps, score and how ties fall, and reads no seed.
        model, inputs, targets, features, fill, seed: as in `attribute`.
    """
    if protocol is not None:
        given = {"features": features is not None, "fill": not isinstance(fill, str) or fill != "zeros"}
        given |= {"steps": steps != 20, "score": score != "probability"}
        preset = preset_of(protocol, [name for name, set_ in given.items() if set_])
        return _by_preset(preset, *preset_scores(preset, model, inputs, attributions, targets))
    if score not in get_args(Score):
        raise AuditError("Unknown score.", found=str(score), expected="probability, logit or log_odds", fix="pass one of them")
    if features is None and attributions.ndim < inputs.ndim:
        features = torch.arange(attributions[0].numel(), device=inputs.device).reshape(attributions.shape[1:])
    with borrowed(model):
        pieces = Pieces.of(model, inputs, targets, features, fill)
        shape = pieces.batch.features.element_shape
        if tuple(attributions.shape) != (len(inputs), *shape):
            raise AuditError(
                "Attributions do not fit the inputs.",
                found=str(list(attributions.shape)),
                expected=str([len(inputs), *shape]),
                fix="one value per feature element; drop the channels of both `attributions` and `features`, or of neither",
            )
        pooled = pieces.batch.features.pool(attributions, "sum").to(inputs.device)
        game = RemovalGame(pieces.calls, pieces.batch, pieces.fill, cast(Score, score))
        forth = deletion(game, levels(pooled, 1e-6), steps, seed)
        back = deletion(game, levels(-pooled, 1e-6), steps, seed)
    return _joined(forth, back, pieces.batch.features.counts.to(inputs.device))


def _by_preset(preset: Preset, curves: PresetCurves, fractions: Tensor, ties: Tensor) -> FaithfulnessCurves:
    return FaithfulnessCurves(
        fractions=fractions,
        deletion=curves.deletion,
        insertion=curves.insertion,
        insertion_fractions=fractions,
        deletion_auc=preset.areas(curves.deletion, curves.changed).float(),
        insertion_auc=preset.areas(curves.insertion, curves.changed).float(),
        tie_share=ties,
    )


def _joined(forth: Curves, back: Curves, counts: Tensor) -> FaithfulnessCurves:
    removed = forth.removed / counts[:, None]
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
