"""Bare deletion and insertion curves as other tools define them: `auditor.faithfulness_curves(..., protocol="rise-2018")`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from auditor.errors import AuditError, did_you_mean
from auditor.functional_pieces import Pieces
from auditor.inputs.ownership import borrowed
from auditor.removal.presets import PRESETS, Preset, PresetCurves, preset_curves


def preset_of(protocol: str, fixed: list[str]) -> Preset:
    """The preset of that name.

    Args:
        fixed: arguments that were given although the protocol decides on them.
    """
    if protocol not in PRESETS:
        raise AuditError(
            f"Unknown protocol `{protocol}`.",
            found=protocol,
            expected=", ".join(PRESETS),
            fix=did_you_mean(protocol, tuple(PRESETS)),
        )
    if fixed:
        raise AuditError(
            f"The protocol `{protocol}` decides on more than its name.",
            found=", ".join(f"`{name}` beside `protocol`" for name in fixed),
            expected="the protocol alone: it fixes features, fill, steps and score",
            fix="leave the others out, or the protocol",
        )
    return PRESETS[protocol]


def preset_scores(
    preset: Preset, model: nn.Module, inputs: Tensor, attributions: Tensor, targets: Tensor | None
) -> tuple[PresetCurves, Tensor, Tensor]:
    """Curves of given maps, the fractions of pixels at their points, and the share of points that cut through ties [batch].

    Args:
        attributions: [batch, height, width]; Xplique also takes the inputs' shape and averages channels with their sign.
    """
    shape = tuple(inputs.shape)
    maps = attributions
    if preset.name == "xplique-10" and tuple(maps.shape) == shape and len(shape) == 4:
        maps = maps.mean(dim=1)
    if len(shape) not in (3, 4) or tuple(maps.shape) != (shape[0], *shape[-2:]):
        raise AuditError(
            f"Attributions do not fit the protocol `{preset.name}`.",
            found=f"attributions {list(attributions.shape)} of inputs {list(shape)}",
            expected="[batch, height, width], one value per pixel of images [batch, channels, height, width]",
            fix="join the channels: attributions.sum(1)",
        )
    with borrowed(model):
        pieces = Pieces.of(model, inputs, targets, None, "zeros")
        values = maps.flatten(1).to(inputs.device)
        curves = preset_curves(preset, pieces.calls, pieces.batch, values)
    ordered = values.gather(1, preset.order(values))
    inner = torch.tensor(curves.changed[1:-1], dtype=torch.int64, device=values.device)
    tied = (ordered[:, inner - 1] == ordered[:, inner]).float().mean(dim=1) if len(inner) else torch.zeros(len(values))
    fractions = torch.tensor(curves.changed, dtype=torch.float32, device=values.device) / curves.changed[-1]
    return curves, fractions.expand(len(values), -1), tied
