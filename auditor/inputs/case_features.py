"""The features of any cases of an evaluation set: one map for all, or a map of each case's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from auditor.evidence.facts import FeatureFacts
from auditor.inputs.features import FeatureMap, build_features
from auditor.inputs.items import OwnFeatures
from auditor.inputs.private_names import rare_names, without_order
from auditor.inputs.rows import EvaluationSet
from auditor.inputs.segments import segments
from auditor.plan.data_fields import FeaturesPlan

LENGTHS = "lengths"
"""A forward argument of this name says how many steps of a series are its own; the rest is padding."""
MASK = "attention_mask"
"""A forward argument of this name is 1 at the tokens of a text that are its own."""


@dataclass(frozen=True)
class CaseFeatures:
    """Feature maps of cases, asked for batch by batch.

    Attributes:
        shared: the map of all cases; None where each has its own.
        spots: F, the width of every array of features in this audit, whatever the batch.
        facts: for the reader.
        data: where own features come from.
        segments: how many segments an image is cut into; 0 where features are no segments.
        rare: names of words that few texts hold -> what is stored instead; None: words are stored as they stand.
    """

    shared: FeatureMap | None
    spots: int
    facts: FeatureFacts
    data: EvaluationSet
    segments: int = 0
    rare: Mapping[str, str] | None = None

    def of(self, rows: Sequence[int], arguments: Mapping[str, Tensor]) -> FeatureMap:
        """The map of some rows.

        Args:
            rows: of the data.
            arguments: their forward arguments, [n, *shape] on the CPU.
        """
        if self.shared is None:
            return _own_map(self._own(rows, arguments), self.spots)
        if LENGTHS in arguments and self.facts.kind == "windows":
            return _within(self.shared, arguments[LENGTHS].flatten())
        return self.shared

    def _own(self, rows: Sequence[int], arguments: Mapping[str, Tensor]) -> Sequence[OwnFeatures]:
        if self.segments:
            return [segments(x, self.segments) for x in next(iter(arguments.values()))]
        own = self.data.features(rows)
        found = _tokens(arguments) if own is None else own
        return found if self.rare is None else [without_order(one, self.rare) for one in found]


def case_features(plan: FeaturesPlan, data: EvaluationSet, usable: Sequence[int], private: bool = False) -> CaseFeatures:
    """The features the plan asks for, over the rows that can be used; `private`: words of single texts are not told."""
    modality = data.modality
    if data.features(usable[:1]) is not None:
        own = data.features(usable) or ()
        counts = [len(one.names) for one in own]
        kind, noun = ("words", "words") if modality == "text" else ("segments", "features")
        text = f"{noun} of each case, from {min(counts):,} to {max(counts):,} of them; padding is no feature"
        facts = FeatureFacts(kind=kind, names=(), most=max(counts), description=text)
        rare = rare_names(one.names for one in own) if private and modality == "text" else None
        return CaseFeatures(None, max(counts), facts, data, rare=rare)
    first = data.arguments(usable[:1])
    if modality == "text":
        spots = next(iter(first.values())).shape[1]
        text = f"tokens, up to {spots:,} a text, known by their number in the vocabulary; masked ones are no feature"
        each = (one.names for row in usable for one in _tokens(data.arguments([row]))) if private else ()
        facts = FeatureFacts(kind="words", names=(), most=spots, description=text)
        return CaseFeatures(None, spots, facts, data, rare=rare_names(each) if private else None)
    if plan.kind == "segments":
        most = plan.size or 50
        text = f"about {most} segments of each image, found by SLIC on the values the model receives, all channels together"
        return CaseFeatures(None, 2 * most, FeatureFacts(kind="segments", names=(), most=most, description=text), data, most)
    shape = next(iter(first.values())).shape[1:]
    shared, facts = build_features(plan, shape, modality, data.encoding.columns)
    if LENGTHS in first and facts.kind == "windows":
        facts = replace_text(facts, facts.description + "; steps beyond a series' own length are no feature", shared.spots)
    return CaseFeatures(shared, shared.spots, facts, data)


def _own_map(own: Sequence[OwnFeatures], spots: int) -> FeatureMap:
    """One map of cases with features of their own; names end where a case's features do."""
    element = torch.stack([one.element for one in own]).long()
    counts = torch.tensor([len(one.names) for one in own])
    return FeatureMap(element, counts, tuple(one.names for one in own), spots)


def _tokens(arguments: Mapping[str, Tensor]) -> list[OwnFeatures]:
    """Each token that is not masked, for data sets that give token numbers and no words."""
    ids = next(iter(arguments.values()))
    kept = arguments[MASK].bool() if MASK in arguments else torch.ones_like(ids, dtype=torch.bool)
    place = torch.where(kept, kept.long().cumsum(1) - 1, -1)
    named = [[f"token {int(i)}" for i in row[own]] for row, own in zip(ids, kept, strict=True)]
    return [OwnFeatures(element, tuple(names)) for element, names in zip(place, named, strict=True)]


def replace_text(facts: FeatureFacts, description: str, most: int) -> FeatureFacts:
    """The same facts in other words."""
    return facts.model_copy(update={"description": description, "most": most})


def _within(shared: FeatureMap, lengths: Tensor) -> FeatureMap:
    """The map of series of these lengths: windows are numbered along time, so those that remain come first."""
    steps = torch.arange(shared.element.shape[-1])
    inside = (steps < lengths[:, None]).reshape(len(lengths), *[1] * (shared.element.ndim - 2), -1)
    element = torch.where(inside, shared.element, -1)
    counts = element.flatten(1).amax(1) + 1
    return replace(shared, element=element, counts=counts, names=shared.names * len(lengths))
