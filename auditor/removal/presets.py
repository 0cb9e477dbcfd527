"""Other tools' deletion and insertion curves, as these tools define them: for comparison with their numbers.

No two tools agree on what replaces a pixel, in how many steps, which score is read, how ties fall and how an area is taken,
so each preset is one whole definition. All of them change single pixels in every channel, in the order of a map of the image.
Sources: the evaluation code published with Petsiuk, Das & Saenko, 2018 (https://arxiv.org/abs/1806.07421); torch-cam 0.5,
`DeletionInsertionMetric`; Xplique 1, `Deletion` and `Insertion` with their defaults.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.batch import Batch
from auditor.inputs.features import FeatureMap
from auditor.removal.calls import Calls
from auditor.removal.fill import Fill
from auditor.removal.fills.blur import BlurFill
from auditor.removal.fills.zeros import zeros
from auditor.removal.game import RemovalGame, Score
from auditor.removal.material import Material

KERNEL = 11  # pixels


@dataclass(frozen=True)
class ImpulseBlur(BlurFill):
    """The blur of RISE's evaluation code: the kernel is an impulse, smoothed inside its own box of 11 × 11 pixels.

    At the border of the box the Gaussian is reflected, so the kernel is far flatter than a Gaussian of standard deviation 5.
    """

    def weights(self) -> Tensor:
        """float64 [11], sum 1; the kernel is its outer product with itself."""
        impulse = np.zeros(KERNEL)
        impulse[KERNEL // 2] = 1.0
        return torch.from_numpy(gaussian_filter1d(impulse, self.sigma))

    def sha256(self) -> str:
        """Digest of its kernel's parameters."""
        return hashlib.sha256(f"impulse blur:{self.sigma}:{KERNEL}".encode()).hexdigest()


@dataclass(frozen=True)
class Preset:
    """One tool's definition.

    Attributes:
        name: in the plan.
        steps: into how many the pixels are cut.
        cut: "ceil": every step but the last has ceil(P / steps) pixels; "linspace": floor(k P / steps) pixels after k steps.
        score: what is read: the probability, or the model's raw output (here the logit).
        ties: which of two equal pixels is changed first: the one of the "larger" or of the "smaller" index.
        area: "equal spacing": (Σ − ½ first − ½ last)/(n − 1); "fractions": trapezoid over the true fractions.
        blurred: whether insertion starts from the blurred image; else from zeros, where deletion always ends.
    """

    name: str
    steps: int
    cut: Literal["ceil", "linspace"]
    score: Score
    ties: Literal["larger", "smaller"]
    area: Literal["equal spacing", "fractions"]
    blurred: bool = False

    def changed(self, pixels: int) -> list[int]:
        """Pixels changed at each point, from 0 to all of them."""
        if self.cut == "linspace":
            return sorted(set(np.linspace(0, pixels, self.steps + 1, dtype=np.int32).tolist()))
        return [*range(0, pixels, -(-pixels // self.steps)), pixels]

    def order(self, values: Tensor) -> Tensor:
        """int64 [batch, P]: pixels by their value, largest first."""
        if self.ties == "smaller":
            return values.argsort(dim=1, descending=True, stable=True)
        return values.argsort(dim=1, stable=True).flip(1)

    def areas(self, score: Tensor, changed: Sequence[int]) -> Tensor:
        """Area under each curve, float64 [batch], of scores [batch, points]."""
        x = torch.tensor(changed, dtype=torch.float64, device=score.device) / changed[-1]
        if self.area == "equal spacing":
            x = torch.linspace(0, 1, len(changed), dtype=torch.float64, device=score.device)
        return torch.trapezoid(score.double(), x, dim=1)

    @property
    def inserted_into(self) -> Fill:
        """What insertion starts from."""
        return ImpulseBlur(dims=2) if self.blurred else zeros(Material(None))


PRESETS = {
    one.name: one
    for one in (
        Preset("rise-2018", 28, "ceil", "probability", "larger", "equal spacing", blurred=True),
        Preset("torch-cam", 20, "ceil", "logit", "smaller", "fractions"),
        Preset("xplique-10", 10, "linspace", "logit", "larger", "equal spacing"),
    )
}


class PresetCurves(NamedTuple):
    """Scores of each case while pixels are changed.

    Attributes:
        changed: pixels changed at each point.
        deletion: float32 [batch, points], from the image to zeros.
        insertion: float32 [batch, points], from what insertion starts from to the image.
    """

    changed: list[int]
    deletion: Tensor
    insertion: Tensor


def preset_curves(preset: Preset, calls: Calls, batch: Batch, values: Tensor) -> PresetCurves:
    """Both curves of a preset.

    Args:
        calls: of the audited model.
        batch: images [batch, channels, height, width] or [batch, height, width].
        values: [batch, height · width], the map whose largest pixels are changed first.

    Raises:
        AuditError: the inputs are no images.
    """
    shape = tuple(batch.x.shape[1:])
    if len(shape) not in (2, 3):
        raise AuditError(
            f"The protocol `{preset.name}` is defined for images.",
            found=f"inputs of shape {list(shape)}",
            expected="[channels, height, width] or [height, width]",
            fix="leave the protocol out",
        )
    pixels = shape[-1] * shape[-2]
    element = torch.arange(pixels, device=batch.x.device).reshape(1, *shape[-2:])
    single = replace(batch, features=FeatureMap(element, torch.tensor([pixels]), ((),), pixels))
    place, changed = preset.order(values.to(batch.x.device)).argsort(dim=1), preset.changed(pixels)
    ends = (zeros(Material(None)), preset.inserted_into)
    deletion = _along(RemovalGame(calls, single, ends[0], preset.score), place, changed, False)
    insertion = _along(RemovalGame(calls, single, ends[1], preset.score), place, changed, True)
    return PresetCurves(changed, deletion, insertion)


def _along(game: RemovalGame, place: Tensor, changed: list[int], inserts: bool) -> Tensor:
    """float32 [batch, points] of deletion (what comes first is replaced) or insertion (what comes first is kept)."""
    count, inner = len(place), torch.tensor(changed[1:-1], dtype=torch.int64, device=place.device)
    row = torch.arange(count, device=place.device).repeat_interleave(len(inner))
    taken = inner.repeat(count)

    def keep(part: slice) -> Tensor:
        early = place[row[part]] < taken[part, None]
        return early if inserts else ~early

    between = game.values(row, keep).reshape(count, len(inner))
    first, last = (game.empty(), game.full()) if inserts else (game.full(), game.empty())
    return torch.cat([first[:, None], between, last[:, None]], dim=1)
