"""The plan's `protocols`: other tools' definitions of the curves, whole and in words, and the pass that computes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from auditor.errors import AuditError
from auditor.evidence.facts import PresetFacts
from auditor.explain._context import Explainer
from auditor.inputs.encoding import Encoding
from auditor.observe.presets import Presets
from auditor.plan.fields import AuditPlan
from auditor.removal.material import Material
from auditor.removal.presets import KERNEL, PRESETS, Preset
from auditor.run.job import Case
from auditor.run.passes import Check


def preset_checks(
    plan: AuditPlan, shape: Sequence[int], encoding: Encoding, methods: Mapping[str, Explainer], cases: Sequence[Case]
) -> tuple[tuple[PresetFacts, ...], list[Check]]:
    """The facts of the plan's presets, and the pass over all explained cases; nothing where the plan names none.

    Args:
        shape: of one input, without the batch.
        methods: those that apply.
    """
    if not plan.protocols:
        return (), []
    if len(shape) not in (2, 3):
        raise AuditError(
            "The plan's `protocols` are defined for images.",
            found=f"inputs of shape {list(shape)}",
            expected="[channels, height, width] or [height, width]",
            fix="delete `protocols:`",
        )
    pixels = int(shape[-1]) * int(shape[-2])
    material = Material(None, scale=encoding.scale, offset=encoding.offset)
    facts = tuple(
        PresetFacts(
            name=name, score=PRESETS[name].score, area=PRESETS[name].area, terms=_terms(PRESETS[name], pixels, material)
        )
        for name in plan.protocols
    )
    observer = Presets(plan.protocols, pixels)
    return facts, [Check("protocols", observer, cases, {})] if methods else []


def preset_costs(
    plan: AuditPlan, shape: Sequence[int], methods: Mapping[str, Explainer], cases: int
) -> list[tuple[str, int, int]]:
    """(pass, forwards, backwards) of the presets, for a forecast."""
    if not plan.protocols or not methods or len(shape) not in (2, 3):
        return []
    forwards, backwards = Presets(plan.protocols, int(shape[-1]) * int(shape[-2])).cost(methods, 0, 0, {})
    return [("protocols", forwards * cases, backwards * cases)]


def _terms(preset: Preset, pixels: int, material: Material) -> dict[str, str]:
    zero = f"the value {material.raw(0.0)} in the tensor the model receives"
    blur = (
        f"the image convolved with an impulse that a Gaussian of standard deviation 5 smooths in {KERNEL} × {KERNEL} pixels "
        "(reflected at their border); beyond the image the tensor counts as 0"
    )
    changed = preset.changed(pixels)
    sizes = sorted({after - before for before, after in pairwise(changed)})
    spoken = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    areas = {
        "equal spacing": "(Σ − ½ first − ½ last) / (points − 1) of each case: points count as equally spaced",
        "fractions": "trapezoid of each case over the true fractions of pixels",
    }
    return {
        "deletion ends at": zero,
        "insertion starts from": blur if preset.blurred else zero,
        "points": f"{len(changed)}: {len(changed) - 1} steps of {spoken} of {pixels:,} pixels",
        "score": "probability (softmax)" if preset.score == "probability" else "the target's logit, as the model returns it",
        "channels": "a pixel is changed in all channels at once",
        "map": "each pixel has the stored value of its feature, signed for signed methods; a sum is divided by its pixels",
        "order": "largest value first",
        "ties": f"the pixel of the {preset.ties} index (row by row) first",
        "area": areas[preset.area],
        "mean": "over cases, weighted to all evaluated rows; the tool itself takes the plain mean of the images it is given",
    }
